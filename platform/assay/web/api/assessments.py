"""Challenges and assessments, for programs."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from assay.auth.principal import Member, Principal, require
from assay.db.tables import Assessment
from assay.db.wiping import wipe_log
from assay.domain.errors import NotFound
from assay.domain.lifecycle import AssessmentState
from assay.domain.permissions import Action
from assay.features.assessments import removal, service
from assay.features.assessments.orders import InvitationOrder, offer_of
from assay.web.api import PREFIX, answers
from assay.web.api.answers import refusals
from assay.web.api.schemas import (
    AssessmentOut,
    AssessmentsOut,
    ChallengeOut,
    ExtendIn,
    InvitedOut,
    InviteIn,
    RevokeIn,
)
from assay.web.blinding import face_of, faces_of
from assay.web.dependencies import ID_PATTERN, ACaller, RowId, ThePlatform, actor_of
from assay.web.listing import PAGE, assessments_of, own_assessment, row_of

router = APIRouter(prefix=PREFIX, tags=["assessments"])


@router.get("/challenges", operation_id="listChallenges", responses=refusals())
def list_challenges(platform: ThePlatform, caller: ACaller) -> list[ChallengeOut]:
    """What can be invited to."""
    require(caller, Action.SEE_ASSESSMENTS)
    return [answers.challenge(offer_of(package)) for package in platform.challenges.values()]


@router.post(
    "/assessments", operation_id="invite", status_code=201, responses=refusals(404, 409, 413)
)
def invite(request: Request, platform: ThePlatform, caller: ACaller, order: InviteIn) -> InvitedOut:
    """Invite one candidate. The invitation is mailed; its address is answered this once."""
    staff = require(caller, Action.INVITE)
    package = platform.challenges.get(order.challenge)
    if package is None:
        raise NotFound("There is no such challenge here; `listChallenges` names them.")
    wanted = InvitationOrder(
        organisation_id=staff.organisation_id,
        offer=offer_of(package),
        candidate_email=order.candidate_email,
        candidate_name=order.candidate_name,
        variant=order.variant,
        public_url=platform.public_url,
        actor=actor_of(request, caller),
        invited_by=staff.user_id if isinstance(staff, Member) else None,
        valid_for=timedelta(days=order.valid_days),
        unproven=platform.allow_unproven,
    )
    with platform.database.write() as session:
        made = service.invite(session, wanted, platform.now())
    url = platform.public_url + made.path
    return InvitedOut(assessment_id=made.assessment_id, invitation_url=url)


@router.get("/assessments", operation_id="listAssessments", responses=refusals(404))
def list_assessments(
    platform: ThePlatform,
    caller: ACaller,
    state: AssessmentState | None = None,
    after: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
) -> AssessmentsOut:
    """The assessments of the organisation, the newest first."""
    staff = require(caller, Action.SEE_RESULTS)
    with platform.database.read() as session:
        listing = assessments_of(
            session, staff.organisation_id, state=state, after=after or "", limit=limit
        )
        faces = faces_of(session, caller, [row.assessment for row in listing.rows])
        found = [answers.assessment(row, faces[row.assessment.id]) for row in listing.rows]
    return AssessmentsOut(assessments=found, after=listing.after)


@router.get("/assessments/{assessment_id}", operation_id="getAssessment", responses=refusals(404))
def get_assessment(platform: ThePlatform, caller: ACaller, assessment_id: RowId) -> AssessmentOut:
    """One assessment."""
    staff = require(caller, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_assessment(session, staff.organisation_id, assessment_id)
        return _told(session, caller, row)


@router.post(
    "/assessments/{assessment_id}/extend",
    operation_id="extendAssessment",
    responses=refusals(404, 409, 413),
)
def extend(
    request: Request, platform: ThePlatform, caller: ACaller, assessment_id: RowId, more: ExtendIn
) -> AssessmentOut:
    """Give more time: to the sitting if it runs, to the invitation before that."""
    staff = require(caller, Action.EXTEND)
    with platform.database.write() as session:
        row = own_assessment(session, staff.organisation_id, assessment_id)
        by, hours = actor_of(request, caller), timedelta(hours=more.hours)
        service.extend(session, assessment_id, hours, more.reason, platform.now(), actor=by)
        session.flush()
        return _told(session, caller, row)


@router.post(
    "/assessments/{assessment_id}/revoke",
    operation_id="revokeAssessment",
    responses=refusals(404, 409, 413),
)
def revoke(
    request: Request, platform: ThePlatform, caller: ACaller, assessment_id: RowId, why: RevokeIn
) -> AssessmentOut:
    """Withdraw an invitation or a sitting."""
    staff = require(caller, Action.REVOKE)
    with platform.database.write() as session:
        row = own_assessment(session, staff.organisation_id, assessment_id)
        by, now = actor_of(request, caller), platform.now()
        service.revoke(session, platform.jobs, assessment_id, why.reason, now, actor=by)
        session.flush()
        return _told(session, caller, row)


@router.post(
    "/assessments/{assessment_id}/release",
    operation_id="releaseResult",
    responses=refusals(404, 409),
)
def release(
    request: Request, platform: ThePlatform, caller: ACaller, assessment_id: RowId
) -> AssessmentOut:
    """Let the candidate see the result. Again changes nothing."""
    staff = require(caller, Action.RELEASE)
    with platform.database.write() as session:
        row = own_assessment(session, staff.organisation_id, assessment_id)
        by, now = actor_of(request, caller), platform.now()
        service.release(session, assessment_id, platform.public_url, now, actor=by)
        session.flush()
        return _told(session, caller, row)


@router.delete(
    "/assessments/{assessment_id}",
    operation_id="deleteAssessment",
    status_code=204,
    responses=refusals(404),
)
def delete(
    request: Request, platform: ThePlatform, caller: ACaller, assessment_id: RowId
) -> Response:
    """Delete everything about the candidate. A line without a name stays in the ledger."""
    staff = require(caller, Action.DELETE)
    with platform.database.write() as session:
        own_assessment(session, staff.organisation_id, assessment_id)
        by, now = actor_of(request, caller), platform.now()
        jobs, repositories = platform.jobs, platform.repositories
        removal.delete(session, jobs, assessment_id, repositories, now, actor=by)
    wipe_log(platform.database)
    return Response(status_code=204)


def _told(session: Session, caller: Principal, row: Assessment) -> AssessmentOut:
    return answers.assessment(row_of(session, row), face_of(session, caller, row))
