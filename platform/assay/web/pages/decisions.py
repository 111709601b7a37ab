"""Deciding about a candidate, and overriding lines of the machine's score: kept for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.auth.principal import Member, require
from assay.db.overrides import overrides_before, overrides_of, standing
from assay.db.results import judged_evaluation
from assay.db.tables import Assessment, Decision, Override, User
from assay.domain.errors import BadInput, Refused
from assay.domain.hiring import Verdict
from assay.domain.permissions import Action, may
from assay.features.reviews import deciding, overriding, results
from assay.features.reviews.blind import is_blind
from assay.features.reviews.deciding import Overtaken, Ruling, Unconfirmed
from assay.features.reviews.overriding import Totals, Wish
from assay.features.reviews.reading import agreement_of, lines_over, reviews_of
from assay.features.scorecards.wording import LOOKED_AT
from assay.kit.text import plain_lines
from assay.web.blinding import UNTIL_REVIEWED, face_of
from assay.web.dependencies import AMember, RowId, ThePlatform, actor_of
from assay.web.forms import FormLine
from assay.web.listing import own_assessment
from assay.web.pages.hiring import me_of
from assay.web.pages.reviews import review_lines
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

VERDICTS: dict[Verdict, tuple[str, str]] = {
    Verdict.ADVANCE: ("Advance", "good"),
    Verdict.HOLD: ("Hold", "fair"),
    Verdict.REJECT: ("Reject", "poor"),
}
"""Verdict -> its word and colour."""
PERCENT = 100
LAST_ID = 2**53


class RulingForm(BaseModel):
    """A decision, as it is typed.

    `confirmed` is the tick that says it is meant, `seen` the latest decision on the page.
    """

    verdict: Verdict
    reason: str = Field(max_length=4 * deciding.REASON_MAX)
    confirmed: FormLine = ""
    seen: int | None = Field(None, ge=0, le=LAST_ID)


class OverrideForm(BaseModel):
    """An override, as it is typed. `share`: per cent; empty: as measured again."""

    criterion: FormLine
    reason: str = Field(max_length=4 * overriding.REASON_MAX)
    share: FormLine = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody typed, and what is wrong with it: shown again, so that nothing is lost."""

    choice: str = ""
    share: str = ""
    reason: str = ""
    problems: Sequence[str] = ()
    concerns: Sequence[str] = ()


@router.get("/hiring/assessments/{assessment_id}/decision")
def decision(platform: ThePlatform, member: AMember, assessment_id: RowId) -> str:
    """What people said, what was decided, and the form to decide."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_assessment(session, member.organisation_id, assessment_id)
        return _decision(session, platform, member, row, Entry())


@router.post("/hiring/assessments/{assessment_id}/decision")
def decide(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    assessment_id: RowId,
    form: Annotated[RulingForm, Form()],
) -> Response:
    """Decide. What is missing is told first, and asked about once."""
    require(member, Action.DECIDE)
    reason, confirmed = plain_lines(form.reason), bool(form.confirmed)
    ruling = Ruling(form.verdict, reason, member.user_id, confirmed, form.seen)
    with platform.database.write() as session:
        row = own_assessment(session, member.organisation_id, assessment_id)
        by, now = actor_of(request, member), platform.now()
        try:
            deciding.decide(session, assessment_id, ruling, now, actor=by)
        except Unconfirmed as missing:
            entry = Entry(form.verdict, reason=reason, concerns=missing.concerns)
            return HTMLResponse(_decision(session, platform, member, row, entry), 409)
        except (BadInput, Overtaken) as wrong:
            entry = Entry(form.verdict, reason=reason, problems=[str(wrong)])
            status = 422 if isinstance(wrong, BadInput) else 409
            return HTMLResponse(_decision(session, platform, member, row, entry), status)
    return RedirectResponse(f"/hiring/assessments/{assessment_id}/decision", 303)


@router.get("/hiring/assessments/{assessment_id}/overrides")
def overrides(platform: ThePlatform, member: AMember, assessment_id: RowId) -> str:
    """Every line as the machine has it, what people decided instead, and the form to do so."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_assessment(session, member.organisation_id, assessment_id)
        return _overrides(session, member, row, Entry())


@router.post("/hiring/assessments/{assessment_id}/overrides")
def override(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    assessment_id: RowId,
    form: Annotated[OverrideForm, Form()],
) -> Response:
    """Let a line earn something else; no share: what was measured counts again."""
    require(member, Action.OVERRIDE)
    with platform.database.write() as session:
        row = own_assessment(session, member.organisation_id, assessment_id)
        by, now = actor_of(request, member), platform.now()
        try:
            wish = Wish(form.criterion, _share(form.share), plain_lines(form.reason))
            overriding.override(session, assessment_id, member.user_id, wish, now, actor=by)
        except (BadInput, Refused) as wrong:
            told = str(wrong).split("\n")
            entry = Entry(form.criterion, form.share, form.reason, problems=told)
            return HTMLResponse(_overrides(session, member, row, entry), 422)
    return RedirectResponse(f"/hiring/assessments/{assessment_id}/overrides", 303)


def _share(typed: str) -> float | None:
    """Per cent as people type them -> a share; None: nothing was typed.

    Raises:
        BadInput: it is no number.
    """
    text = typed.removesuffix("%").strip().replace(",", ".")
    if not text:
        return None
    if not text.replace(".", "", 1).isdecimal():
        raise BadInput(f"{typed!r} is no share of the points: type a number from 0 to 100")
    return round(float(text) / PERCENT, 6)


def _decision(
    session: Session, platform: Platform, member: Member, row: Assessment, entry: Entry
) -> str:
    blind = is_blind(session, member.user_id, row.id)
    reviews = [] if blind else reviews_of(session, row.id, member.user_id)
    made = [] if blind else deciding.decisions_of(session, row.id)
    concerns = [] if blind else deciding.concerns(session, row.id)
    in_position = "" if blind else row.position_id
    return render(
        "hiring/reviews/decision.html",
        nav="assessment",
        me=me_of(session, member),
        one=row,
        face=face_of(session, member, row),
        blind=UNTIL_REVIEWED if blind else "",
        reviews=reviews,
        compared=lines_over(reviews, review_lines(platform, row)),
        flag_titles=LOOKED_AT,
        agreement=agreement_of(session, in_position) if in_position else None,
        totals=None if blind else _totals(session, row),
        since=deciding.since(session, made[0]) if made else [],
        made=made,
        people=_people(session, made),
        verdicts=VERDICTS,
        may_decide=may(member.role, Action.DECIDE),
        concerns=concerns,
        entry=entry,
        reason_max=deciding.REASON_MAX,
    )


def _totals(session: Session, row: Assessment) -> Totals | None:
    """None before a result stands."""
    evaluation = judged_evaluation(session, row.id)
    if evaluation is None:
        return None
    result = results.result_of(session, evaluation.id)
    return overriding.totals_of(session, row, evaluation, result)


def _overrides(session: Session, member: Member, row: Assessment, entry: Entry) -> str:
    evaluation = results.required(session, row.id)
    result = results.result_of(session, evaluation.id)
    blind = is_blind(session, member.user_id, row.id)
    rows = [] if blind else overrides_of(session, evaluation.id)
    before = [] if blind else overrides_before(session, row.id, evaluation.id)
    return render(
        "hiring/reviews/overrides.html",
        nav="assessment",
        me=me_of(session, member),
        one=row,
        face=face_of(session, member, row),
        blind=UNTIL_REVIEWED if blind else "",
        result=result,
        titles=result.titles(),
        machine=result.fractions(),
        in_force=standing(rows),
        totals=overriding.totals_of(session, row, evaluation, result),
        made=rows[::-1],
        before=before,
        people=_people(session, [*rows, *before]),
        may_override=may(member.role, Action.OVERRIDE) and not blind,
        entry=entry,
        reason_min=overriding.REASON_MIN,
        reason_max=overriding.REASON_MAX,
    )


def _people(session: Session, rows: Sequence[Decision] | Sequence[Override]) -> dict[str, str]:
    """Who did it, by id."""
    wanted = {row.user_id for row in rows if row.user_id}
    found = session.exec(select(User.id, User.name, User.email).where(col(User.id).in_(wanted)))
    return {one: name or email for one, name, email in found}
