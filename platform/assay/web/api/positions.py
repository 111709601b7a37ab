"""Positions and their candidates, for programs."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from sqlmodel import Session, col

from assay.auth.principal import Member, Staff, require
from assay.db.states import locked
from assay.db.tables import Assessment, Position
from assay.domain.errors import NotFound
from assay.domain.hiring import Stage
from assay.domain.permissions import Action
from assay.domain.weights import weights_of
from assay.features.positions import service
from assay.features.positions.rows import Candidate
from assay.features.positions.stages import counts_of
from assay.web.api import PREFIX
from assay.web.api.answers import refusals
from assay.web.api.position_schemas import (
    CandidateOut,
    CandidatesOut,
    DoneOut,
    ExtendManyIn,
    InviteeOut,
    InviteesOut,
    PeopleIn,
    PositionIn,
    PositionOut,
    PositionsOut,
    RefusedOut,
    ReviewerOut,
    RevokeManyIn,
    TermsIn,
    TickedIn,
)
from assay.web.dependencies import ACaller, RowId, ThePlatform, actor_of
from assay.web.inviting import Letterhead, invite_all
from assay.web.pipeline_filters import AnApiFilter
from assay.web.pipelines import (
    Deed,
    done_to_each,
    extending_by,
    place_of,
    positions_of,
    reminding_by,
    revoking_by,
    shown_to,
    ticked_by,
)
from assay.web.platform import Platform
from assay.web.unseen import TAGGED, ACondition

router = APIRouter(prefix=PREFIX, tags=["positions"])

WITH_TAG: dict[int | str, dict[str, Any]] = {200: {"headers": TAGGED}}


@router.get("/positions", operation_id="listPositions", responses=refusals())
def list_positions(platform: ThePlatform, caller: ACaller) -> PositionsOut:
    """The positions of the organisation, the open ones first."""
    staff = require(caller, Action.SEE_ASSESSMENTS)
    with platform.database.read() as session:
        ours = col(Assessment.organisation_id) == staff.organisation_id
        counts = counts_of(session, ours)
        rows = positions_of(session, staff.organisation_id)
        return PositionsOut(positions=[_position(row, counts.get(row.id, {})) for row in rows])


@router.post(
    "/positions", operation_id="openPosition", status_code=201, responses=refusals(404, 413)
)
def open_position(
    request: Request, platform: ThePlatform, caller: ACaller, order: PositionIn
) -> PositionOut:
    """Open a position."""
    staff = require(caller, Action.MANAGE_POSITIONS)
    package = platform.challenges.get(order.challenge)
    if package is None:
        raise NotFound("There is no such challenge here; `listChallenges` names them.")
    with platform.database.write() as session:
        made = service.open_position(
            session,
            package.challenge,
            order.terms(),
            platform.now(),
            actor=actor_of(request, caller),
            created_by=staff.user_id if isinstance(staff, Member) else None,
        )
        return _position(made, {})


@router.get(
    "/positions/{position_id}", operation_id="getPosition", responses=refusals(404) | WITH_TAG
)
def get_position(
    platform: ThePlatform, caller: ACaller, position_id: RowId, condition: ACondition
) -> PositionOut:
    """One position. Its `ETag` is what a change can be made to depend on."""
    staff = require(caller, Action.SEE_ASSESSMENTS)
    with platform.database.read() as session:
        row = service.own_position(session, staff.organisation_id, position_id)
        condition.tell(row)
        return _told(session, row)


@router.put(
    "/positions/{position_id}",
    operation_id="changePosition",
    responses=refusals(404, 409, 412, 413) | WITH_TAG,
)
def change_position(
    request: Request,
    platform: ThePlatform,
    caller: ACaller,
    position_id: RowId,
    terms: TermsIn,
    condition: ACondition,
) -> PositionOut:
    """Other terms from now on. Weights are fixed once a candidate has started.

    With `If-Match` nothing is written over that the program has not seen.
    """
    staff = require(caller, Action.MANAGE_POSITIONS)
    with platform.database.write() as session:
        row = service.own_position(session, staff.organisation_id, position_id)
        condition.refuse_unseen(locked(session, Position, row.id))
        package = platform.challenges.get(row.challenge)
        by, challenge = actor_of(request, caller), package.challenge if package else None
        now, wanted = platform.now(), terms.terms()
        row = service.change_position(session, row.id, challenge, wanted, now, actor=by)
        condition.tell(row)
        return _told(session, row)


@router.post(
    "/positions/{position_id}/close", operation_id="closePosition", responses=refusals(404)
)
def close_position(
    request: Request, platform: ThePlatform, caller: ACaller, position_id: RowId
) -> PositionOut:
    """Nobody can be invited any more. Again changes nothing."""
    staff = require(caller, Action.MANAGE_POSITIONS)
    with platform.database.write() as session:
        service.own_position(session, staff.organisation_id, position_id)
        by = actor_of(request, caller)
        return _told(
            session, service.close_position(session, position_id, platform.now(), actor=by)
        )


@router.get(
    "/positions/{position_id}/candidates", operation_id="listCandidates", responses=refusals(404)
)
def list_candidates(
    platform: ThePlatform, caller: ACaller, position_id: RowId, filters: AnApiFilter
) -> CandidatesOut:
    """The candidates of a position, filtered and ordered as on its page."""
    staff = require(caller, Action.SEE_RESULTS)
    with platform.database.read() as session:
        place = place_of(session, staff, position_id)
        after, limit = filters.after or "", filters.limit
        shown = shown_to(session, staff, place, filters.wanted(), after, limit)
    return CandidatesOut(candidates=[_candidate(row) for row in shown.rows], after=shown.after)


@router.post(
    "/positions/{position_id}/candidates",
    operation_id="inviteMany",
    status_code=201,
    responses=refusals(404, 409, 413),
)
def invite_many(
    request: Request, platform: ThePlatform, caller: ACaller, position_id: RowId, people: PeopleIn
) -> InviteesOut:
    """Invite to a position. Who was invited to it before gets nothing again."""
    staff = require(caller, Action.INVITE)
    with platform.database.read() as session:
        row = service.own_position(session, staff.organisation_id, position_id)
    head = Letterhead(staff, actor_of(request, caller), row, timedelta(days=people.valid_days))
    found = invite_all(platform, head, people.persons())
    return InviteesOut(
        invited=[
            InviteeOut(
                email=one.person.email,
                assessment_id=one.invitation.assessment_id,
                invitation_url=platform.public_url + one.invitation.path,
            )
            for one in found
            if one.invitation
        ],
        known=[one.person.email for one in found if one.invitation is None],
    )


@router.post(
    "/positions/{position_id}/remind",
    operation_id="remindCandidates",
    responses=refusals(404, 413),
)
def remind(
    request: Request, platform: ThePlatform, caller: ACaller, position_id: RowId, whom: TickedIn
) -> DoneOut:
    """Write to candidates again, each with a new link."""
    staff = require(caller, Action.INVITE)
    deed = reminding_by(platform, actor_of(request, caller))
    return _done(platform, staff, position_id, whom.assessment_ids, deed)


@router.post(
    "/positions/{position_id}/extend",
    operation_id="extendCandidates",
    responses=refusals(404, 413),
)
def extend(
    request: Request, platform: ThePlatform, caller: ACaller, position_id: RowId, more: ExtendManyIn
) -> DoneOut:
    """Give candidates more time."""
    staff = require(caller, Action.EXTEND)
    deed = extending_by(platform, actor_of(request, caller), more.hours, more.reason)
    return _done(platform, staff, position_id, more.assessment_ids, deed)


@router.post(
    "/positions/{position_id}/revoke",
    operation_id="revokeCandidates",
    responses=refusals(404, 413),
)
def revoke(
    request: Request, platform: ThePlatform, caller: ACaller, position_id: RowId, why: RevokeManyIn
) -> DoneOut:
    """Withdraw invitations and sittings."""
    staff = require(caller, Action.REVOKE)
    deed = revoking_by(platform, actor_of(request, caller), why.reason)
    return _done(platform, staff, position_id, why.assessment_ids, deed)


def _done(
    platform: Platform, staff: Staff, position_id: str, ids: Sequence[str], deed: Deed
) -> DoneOut:
    with platform.database.read() as session:
        place = place_of(session, staff, position_id)
        there = [row.id for row in ticked_by(session, staff, place, ids)]
    found = done_to_each(platform, deed, there)
    return DoneOut(
        done=[one.assessment_id for one in found if not one.why_not],
        refused=[
            RefusedOut(assessment_id=one.assessment_id, why=one.why_not)
            for one in found
            if one.why_not
        ],
    )


def _told(session: Session, row: Position) -> PositionOut:
    here = col(Assessment.position_id) == row.id
    return _position(row, counts_of(session, here).get(row.id, {}))


def _position(row: Position, stages: Mapping[Stage, int]) -> PositionOut:
    return PositionOut(
        id=row.id,
        title=row.title,
        challenge=row.challenge,
        weights={area: float(factor) for area, factor in weights_of(row.weights).items()},
        time_box_s=row.time_box_s,
        release=row.release,
        keep_days=row.keep_days,
        created_at=row.created_at,
        closed_at=row.closed_at,
        stages=dict(stages),
    )


def _candidate(row: Candidate) -> CandidateOut:
    return CandidateOut(
        assessment_id=row.id,
        number=row.number,
        name=row.name,
        email=row.email,
        stage=row.stage,
        complete=row.is_complete,
        score=row.score,
        weighted=row.weighted,
        interval=row.interval,
        weighted_with_overrides=row.with_people,
        percentile=row.rank.percentile,
        percentile_of=row.rank.n,
        flags=row.flags,
        reviewers=[
            ReviewerOut(user_id=who.user_id, name=who.name, handed_in_at=who.handed_in_at)
            for who in row.reviewers
        ],
        decision=row.decision,
        pushes=row.pushes,
        invited_at=row.invited_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        released_at=row.released_at,
        last_activity_at=row.last_at,
    )
