"""Reviewing: what waits, the form, handing in, and looking at what people said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.auth.principal import Member, require
from assay.db.tables import Assessment, Evaluation, Review
from assay.domain.errors import BadInput, Refused
from assay.domain.human_rubric import (
    FLAG,
    HIGHEST,
    LOWEST,
    NOTE_MAX,
    SUMMARY_MAX,
    Opinion,
    ReviewLine,
    lines_for,
)
from assay.domain.permissions import Action, Role, may
from assay.features.reviews import service
from assay.features.reviews.blind import is_blind
from assay.features.reviews.reading import lines_over, reviews_of
from assay.features.reviews.results import FlagPart, flags_of, required
from assay.features.reviews.service import Desk, Draft, opinions_of
from assay.features.reviews.waiting import piles_of
from assay.features.scorecards.wording import LOOKED_AT
from assay.kit.text import plain_lines
from assay.web.blinding import face
from assay.web.dependencies import AMember, RowId, ThePlatform, actor_of
from assay.web.forms import Words
from assay.web.listing import own_assessment
from assay.web.pages.hiring import me_of
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

SCORE, NOTE, SUMMARY, DEED = "score-", "note-", "summary", "deed"
"""Beginnings of names of fields: "score-design", "note-flag:answers_by_id"."""
HAND_IN = "hand_in"
FIELDS_MAX = 200


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page begins with.

    Attributes:
        draft: What was typed just now; None: what is stored.
        problems: Line, "summary", or "" for all of it -> what to do.
        saved: Whether the draft was kept a moment ago.
    """

    draft: Draft | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    saved: bool = False


async def the_form(request: Request) -> FormData:
    """The fields: which there are is up to the challenge."""
    return await request.form(max_fields=FIELDS_MAX, max_files=0)


TheForm = Annotated[FormData, Depends(the_form)]


@router.get("/hiring/reviews")
def queue(platform: ThePlatform, member: AMember) -> str:
    """What waits for this reviewer, in an order of their own."""
    require(member, Action.REVIEW)
    with platform.database.read() as session:
        return render(
            "hiring/reviews/queue.html",
            nav="reviews",
            me=me_of(session, member),
            piles=piles_of(session, member.organisation_id, member.user_id),
            titles={slug: one.challenge.title for slug, one in platform.challenges.items()},
        )


@router.get("/hiring/assessments/{assessment_id}/review")
def form(platform: ThePlatform, member: AMember, assessment_id: RowId, saved: bool = False) -> str:
    """The own review: to write, or as it was handed in, beside those of others."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_assessment(session, member.organisation_id, assessment_id)
        return _page(session, platform, member, row, Sheet(saved=saved))


@router.post("/hiring/assessments/{assessment_id}/review")
def save(
    request: Request, platform: ThePlatform, member: AMember, assessment_id: RowId, sent: TheForm
) -> Response:
    """Keep the draft, and hand it in if that was asked for. What was typed is never lost."""
    require(member, Action.REVIEW)
    desk = _desk(request, member, assessment_id)
    with platform.database.write() as session:
        row = own_assessment(session, member.organisation_id, assessment_id)
        lines = review_lines(platform, row)
        draft = _draft(sent, lines)
        try:
            service.save(session, desk, draft, platform.now())
        except (BadInput, Refused) as error:
            if service.is_handed_in(session, desk, draft):
                return _back(assessment_id)  # it was sent twice
            again = Sheet(draft, {"": str(error)})
            return HTMLResponse(_page(session, platform, member, row, again), 422)
        missing: Mapping[str, str] = {}
        if sent.get(DEED) == HAND_IN:
            missing = service.hand_in(session, desk, lines, platform.now())
        if missing:
            return HTMLResponse(_page(session, platform, member, row, Sheet(draft, missing)), 422)
    done = "" if sent.get(DEED) == HAND_IN else "?saved=1"
    return _back(assessment_id, done)


@router.post("/hiring/assessments/{assessment_id}/review/names")
def names(
    request: Request, platform: ThePlatform, member: AMember, assessment_id: RowId
) -> Response:
    """Let an owner who reviews see whom it is about; on record."""
    require(member, Action.DECIDE)
    with platform.database.write() as session:
        own_assessment(session, member.organisation_id, assessment_id)
        service.see_names(session, _desk(request, member, assessment_id), platform.now())
    return _back(assessment_id)


@router.post("/hiring/assessments/{assessment_id}/review/reopen")
def reopen(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    assessment_id: RowId,
    reason: Words,
) -> Response:
    """Change the own review after it was handed in, with a reason."""
    require(member, Action.REVIEW)
    with platform.database.write() as session:
        own_assessment(session, member.organisation_id, assessment_id)
        desk = _desk(request, member, assessment_id)
        service.reopen(session, desk, member.user_id, reason, platform.now())
    return _back(assessment_id)


def review_lines(platform: Platform, row: Assessment) -> tuple[ReviewLine, ...]:
    """The lines that are asked about this candidate's work."""
    package = platform.challenges.get(row.challenge)
    return lines_for(package.challenge.review if package else ())


def _desk(request: Request, member: Member, assessment_id: str) -> Desk:
    return Desk(assessment_id, member.user_id, actor_of(request, member))


def _draft(sent: FormData, lines: tuple[ReviewLine, ...]) -> Draft:
    """What was typed, as far as there is such a line or flag."""
    opinions = {one.id: Opinion(_score(sent, one.id), _text(sent, NOTE + one.id)) for one in lines}
    flags = (FLAG + kind for kind in LOOKED_AT)
    opinions |= {name: Opinion(None, _text(sent, NOTE + name)) for name in flags}
    said = {name: one for name, one in opinions.items() if not one.is_empty}
    return Draft(said, _text(sent, SUMMARY))


def _score(sent: FormData, name: str) -> int | None:
    typed = _text(sent, SCORE + name)
    return int(typed) if typed.isdecimal() and len(typed) == 1 else None


def _text(sent: FormData, name: str) -> str:
    """A text of several lines, without what cannot be seen."""
    typed = sent.get(name)
    return plain_lines(typed) if isinstance(typed, str) else ""


def _page(
    session: Session, platform: Platform, member: Member, row: Assessment, sheet: Sheet
) -> str:
    evaluation = required(session, row.id)
    own = service.own_review(session, row.id, member.user_id)
    reviews_it = may(member.role, Action.REVIEW) and not (own and own.handed_in_at)
    knows = own is not None and own.names_seen_at is not None
    shown = face(row, hidden=reviews_it and not knows)
    may_read = not is_blind(session, member.user_id, row.id) and not (reviews_it and not knows)
    lines = review_lines(platform, row)
    reviews = reviews_of(session, row.id, member.user_id) if may_read else []
    return render(
        "hiring/reviews/review.html",
        nav="reviews",
        me=me_of(session, member),
        one=row,
        face=shown,
        lines=lines,
        steps=range(LOWEST, HIGHEST + 1),
        flags=_flags(session, evaluation, shown.hidden, row),
        flag_titles=LOOKED_AT,
        sheet=sheet,
        draft=sheet.draft or _stored(own),
        own=own,
        writing=reviews_it,
        is_owner=member.role is Role.OWNER,
        may_read=may_read,
        reviews=reviews,
        compared=lines_over(reviews, lines),
        note_max=NOTE_MAX,
        summary_max=SUMMARY_MAX,
    )


def _flags(
    session: Session, evaluation: Evaluation, hidden: bool, row: Assessment
) -> list[FlagPart]:
    veil = face(row, hidden=hidden).veil
    return [
        flag.model_copy(update={"reason": veil(flag.reason)})
        for flag in flags_of(session, evaluation)
    ]


def _stored(own: Review | None) -> Draft:
    return Draft(opinions_of(own), own.summary) if own else Draft()


def _back(assessment_id: str, more: str = "") -> Response:
    return RedirectResponse(f"/hiring/assessments/{assessment_id}/review{more}", 303)
