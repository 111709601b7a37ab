"""Reviews, overrides, decisions and the audit log, for programs.

Only people review and override: a key is nobody who could be asked why.
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlmodel import Session

from assay.auth.principal import Member, Principal, require
from assay.db.overrides import overrides_of
from assay.db.tables import Assessment, Decision, Review, User
from assay.domain.errors import BadInput, Forbidden
from assay.domain.human_rubric import FLAG, Opinion
from assay.domain.permissions import Action
from assay.features.reviews import deciding, overriding, service
from assay.features.reviews.blind import is_blind, open_reviews
from assay.features.reviews.deciding import Ruling
from assay.features.reviews.deeds import Filter, deeds
from assay.features.reviews.overriding import Wish
from assay.features.reviews.reading import ReviewView, reviews_of
from assay.features.reviews.results import required, result_of
from assay.features.reviews.service import Desk, Draft, opinions_of
from assay.features.scorecards.wording import LOOKED_AT
from assay.web.api import PREFIX
from assay.web.api.answers import refusals
from assay.web.api.review_schemas import (
    DecisionIn,
    DecisionOut,
    DecisionsOut,
    DeedOut,
    DeedsIn,
    DeedsOut,
    LineOut,
    OpinionOut,
    OverrideIn,
    OverrideOut,
    OverridesOut,
    ReviewIn,
    ReviewOut,
    ReviewsOut,
)
from assay.web.blinding import UNTIL_REVIEWED
from assay.web.dependencies import ACaller, RowId, ThePlatform, actor_of
from assay.web.listing import own_assessment
from assay.web.pages.reviews import review_lines
from assay.web.platform import Platform

router = APIRouter(prefix=PREFIX, tags=["reviews"])

PAGE = 100


@router.get(
    "/assessments/{assessment_id}/reviews", operation_id="listReviews", responses=refusals(404, 409)
)
def list_reviews(platform: ThePlatform, caller: ACaller, assessment_id: RowId) -> ReviewsOut:
    """What people say about the work. Who has to review it sees only the own draft until then."""
    staff = require(caller, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_assessment(session, staff.organisation_id, assessment_id)
        required(session, assessment_id)
        return _reviews(session, platform, caller, row)


@router.put(
    "/assessments/{assessment_id}/review",
    operation_id="writeReview",
    responses=refusals(404, 409, 413),
)
def write_review(
    request: Request, platform: ThePlatform, caller: ACaller, assessment_id: RowId, sent: ReviewIn
) -> ReviewsOut:
    """Save your review, and hand it in if you say so. Handed in, it cannot be changed."""
    member = _person(caller, Action.REVIEW)
    with platform.database.write() as session:
        row = own_assessment(session, member.organisation_id, assessment_id)
        lines = review_lines(platform, row)
        _refuse_unknown(sent, {line.id for line in lines})
        said = {name: Opinion(one.score, one.note) for name, one in sent.lines.items()}
        desk = Desk(assessment_id, member.user_id, actor_of(request, member))
        service.save(session, desk, Draft(said, sent.summary), platform.now())
    with platform.database.write() as session:  # of its own: what was saved stays
        if sent.hand_in:
            missing = service.hand_in(session, desk, lines, platform.now())
            if missing:
                raise BadInput(*missing.values())
        return _reviews(session, platform, caller, row)


@router.get(
    "/assessments/{assessment_id}/overrides",
    operation_id="listOverrides",
    responses=refusals(404, 409),
)
def list_overrides(platform: ThePlatform, caller: ACaller, assessment_id: RowId) -> OverridesOut:
    """What people decided instead of single lines, and the total with that."""
    staff = require(caller, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_assessment(session, staff.organisation_id, assessment_id)
        _refuse_blind(session, caller, assessment_id)
        return _overrides(session, row)


@router.post(
    "/assessments/{assessment_id}/overrides",
    operation_id="overrideLine",
    status_code=201,
    responses=refusals(404, 409, 413),
)
def override_line(
    request: Request, platform: ThePlatform, caller: ACaller, assessment_id: RowId, sent: OverrideIn
) -> OverridesOut:
    """Let a line earn something else. The measurement and every override before it are kept."""
    member = _person(caller, Action.OVERRIDE)
    with platform.database.write() as session:
        row = own_assessment(session, member.organisation_id, assessment_id)
        wish = Wish(sent.criterion, sent.fraction, sent.reason)
        by, now = actor_of(request, member), platform.now()
        overriding.override(session, assessment_id, member.user_id, wish, now, actor=by)
        return _overrides(session, row)


@router.get(
    "/assessments/{assessment_id}/decisions",
    operation_id="listDecisions",
    responses=refusals(404, 409),
)
def list_decisions(platform: ThePlatform, caller: ACaller, assessment_id: RowId) -> DecisionsOut:
    """What was decided about the candidate."""
    staff = require(caller, Action.SEE_RESULTS)
    with platform.database.read() as session:
        own_assessment(session, staff.organisation_id, assessment_id)
        _refuse_blind(session, caller, assessment_id)
        return _decisions(session, assessment_id)


@router.post(
    "/assessments/{assessment_id}/decisions",
    operation_id="decide",
    status_code=201,
    responses=refusals(404, 409, 413),
)
def decide(
    request: Request, platform: ThePlatform, caller: ACaller, assessment_id: RowId, sent: DecisionIn
) -> DecisionsOut:
    """Decide about the candidate. Refused once if something is missing; confirm it then."""
    staff = require(caller, Action.DECIDE)
    user_id = staff.user_id if isinstance(staff, Member) else None
    ruling = Ruling(sent.verdict, sent.reason, user_id, sent.confirmed)
    with platform.database.write() as session:
        own_assessment(session, staff.organisation_id, assessment_id)
        by, now = actor_of(request, caller), platform.now()
        deciding.decide(session, assessment_id, ruling, now, actor=by)
        return _decisions(session, assessment_id)


@router.get("/audit", operation_id="listAuditEntries", responses=refusals())
def list_audit_entries(
    platform: ThePlatform, caller: ACaller, asked: Annotated[DeedsIn, Query()]
) -> DeedsOut:
    """Who did what, the latest first, 100 at once."""
    staff = require(caller, Action.SEE_AUDIT)
    wanted = Filter(
        asked.actor,
        asked.action,
        asked.assessment,
        _utc(asked.since),
        _utc(asked.until),
        asked.before,
    )
    with platform.database.read() as session:
        hidden = open_reviews(session, staff.user_id) if isinstance(staff, Member) else set()
        found = deeds(session, staff.organisation_id, wanted, hidden, PAGE)
    return DeedsOut(
        entries=[
            DeedOut(
                id=one.id,
                at=one.at,
                who=one.who,
                actor=one.actor,
                action=one.action,
                about=one.about,
                subject=one.subject,
                details=one.details,
                address=one.address,
            )
            for one in found.deeds
        ],
        before=found.before,
    )


def _person(caller: Principal, action: Action) -> Member:
    """Who asks, if it is a person who may.

    Raises:
        Forbidden: it is a program, or somebody who may not.
    """
    staff = require(caller, action)
    if not isinstance(staff, Member):
        raise Forbidden("only people review and override: sign in; a key cannot be asked why")
    return staff


def _refuse_blind(session: Session, caller: Principal, assessment_id: str) -> None:
    """Nothing that the others said is given to who reviews the candidate blindly.

    Raises:
        Forbidden: that is so.
    """
    if isinstance(caller, Member) and is_blind(session, caller.user_id, assessment_id):
        raise Forbidden(UNTIL_REVIEWED)


def _refuse_unknown(sent: ReviewIn, lines: set[str]) -> None:
    known = lines | {FLAG + kind for kind in LOOKED_AT}
    strange = sorted(set(sent.lines) - known)
    if strange:
        names = ", ".join(sorted(lines))
        raise BadInput(*(f"there is no line {name!r}; use one of {names}" for name in strange))


def _utc(moment: datetime | None) -> datetime | None:
    """An instant without a zone is meant in UTC.

    Raises:
        BadInput: it lies outside of what calendars hold.
    """
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise BadInput(f"{moment} lies outside of the calendar; give a day of ours") from error


def _reviews(
    session: Session, platform: Platform, caller: Principal, row: Assessment
) -> ReviewsOut:
    user_id = caller.user_id if isinstance(caller, Member) else ""
    blind = bool(user_id) and is_blind(session, user_id, row.id)
    handed_in = [] if blind else reviews_of(session, row.id, user_id)
    own = next((_review(one) for one in handed_in if one.is_own), None)
    draft = service.own_review(session, row.id, user_id) if own is None and user_id else None
    return ReviewsOut(
        blind=blind,
        lines=[LineOut(**line.model_dump()) for line in review_lines(platform, row)],
        own=_own_draft(session, draft) if draft else own,
        reviews=[_review(one) for one in handed_in],
    )


def _own_draft(session: Session, draft: Review) -> ReviewOut:
    user = session.get_one(User, draft.user_id)
    return ReviewOut(
        id=draft.id,
        reviewer=user.name or user.email,
        blindness="",
        lines={
            name: OpinionOut(score=one.score, note=one.note)
            for name, one in opinions_of(draft).items()
        },
        summary=draft.summary,
        handed_in_at=None,
    )


def _review(one: ReviewView) -> ReviewOut:
    return ReviewOut(
        id=one.id,
        reviewer=one.reviewer,
        blindness=one.blindness,
        lines={
            name: OpinionOut(score=said.score, note=said.note)
            for name, said in one.opinions.items()
        },
        summary=one.summary,
        handed_in_at=one.handed_in_at,
    )


def _overrides(session: Session, row: Assessment) -> OverridesOut:
    evaluation = required(session, row.id)
    result = result_of(session, evaluation.id)
    totals = overriding.totals_of(session, row, evaluation, result)
    return OverridesOut(
        machine_total=totals.machine,
        unweighted_total=totals.unweighted,
        total=totals.with_people,
        overrides=[
            OverrideOut(
                criterion=one.criterion,
                was=one.was,
                now=one.now,
                reason=one.reason,
                user_id=one.user_id,
                at=one.at,
            )
            for one in reversed(overrides_of(session, evaluation.id))
        ],
    )


def _decisions(session: Session, assessment_id: str) -> DecisionsOut:
    return DecisionsOut(
        assessment_id=assessment_id,
        concerns=deciding.concerns(session, assessment_id),
        decisions=[_decision(one) for one in deciding.decisions_of(session, assessment_id)],
    )


def _decision(row: Decision) -> DecisionOut:
    return DecisionOut(verdict=row.verdict, reason=row.reason, user_id=row.user_id, at=row.at)
