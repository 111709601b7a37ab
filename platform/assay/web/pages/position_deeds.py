"""What is done to the candidates that are ticked: shown with their names, then done to each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.audit.ledger import Actor
from assay.auth.principal import Member, require
from assay.domain.hiring import Stage
from assay.domain.permissions import Action
from assay.features.assessments.reminding import remind
from assay.features.positions.service import own_position
from assay.web.dependencies import ID_PATTERN, AMember, RowId, ThePlatform, actor_of
from assay.web.forms import FormLine
from assay.web.listing import own_assessment
from assay.web.pages.hiring import me_of
from assay.web.pages.hiring_forms import HOURS_MAX, Mistyped, MoreTimeForm
from assay.web.pipelines import (
    TICKED_MAX,
    Deed,
    done_to_each,
    extending_by,
    place_of,
    reminding_by,
    revoking_by,
    ticked_by,
)
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class DeedName(StrEnum):
    """What can be done to several candidates at once."""

    REMIND = "remind"
    EXTEND = "extend"
    REVOKE = "revoke"


NEEDS = {
    DeedName.REMIND: Action.INVITE,
    DeedName.EXTEND: Action.EXTEND,
    DeedName.REVOKE: Action.REVOKE,
}
"""Deed -> what one must be allowed to do."""
FITTING = (Stage.INVITED, Stage.STARTED)
"""Stages in which any of them makes sense."""

AnId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]


class TickedForm(BaseModel):
    """Whom to do what to."""

    deed: DeedName
    ids: list[AnId] = Field(default_factory=list, max_length=TICKED_MAX)


class DeedForm(TickedForm, MoreTimeForm):
    """The same, and what else it takes."""

    hours: FormLine = "24"


@dataclass(frozen=True, slots=True)
class Wording:
    """How a deed is announced, and how its button is called."""

    title: str
    explained: str
    button: str


WORDINGS = {
    DeedName.REMIND: Wording(
        "Remind",
        "Each gets a mail with a new link. The link they had opens nothing any more: of links "
        "Assay keeps a digest only, so it cannot send the same one again.",
        "Send the reminders",
    ),
    DeedName.EXTEND: Wording(
        "Give more time",
        "Whoever has started gets a later deadline; whoever has not can accept for longer. Each "
        "is written to.",
        "Give more time",
    ),
    DeedName.REVOKE: Wording(
        "Withdraw",
        "Links and repositories open nothing any more, and nothing more is evaluated. This cannot "
        "be undone; nobody is written to.",
        "Withdraw for good",
    ),
}


@router.post("/hiring/positions/{position_id}/candidates")
def ask(
    platform: ThePlatform,
    member: AMember,
    position_id: RowId,
    form: Annotated[TickedForm, Form()],
) -> str:
    """Whom it will be done to. Nothing is done yet."""
    require(member, NEEDS[form.deed])
    with platform.database.read() as session:
        asked = DeedForm(deed=form.deed, ids=form.ids)
        return _asking(session, member, position_id, asked)


@router.post("/hiring/positions/{position_id}/candidates/done")
def do(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    position_id: RowId,
    form: Annotated[DeedForm, Form()],
) -> Response:
    """Do it, and say what became of each."""
    require(member, NEEDS[form.deed])
    with platform.database.read() as session:
        rows = ticked_by(session, member, place_of(session, member, position_id), form.ids)
        try:
            what = _deed(platform, actor_of(request, member), form)
        except Mistyped as wrong:
            page = _asking(session, member, position_id, form, wrong.at)
            return HTMLResponse(page, 422)
    outcomes = done_to_each(platform, what, [one.id for one in rows])
    called = {one.id: one.called for one in rows}
    with platform.database.read() as session:
        page = render(
            "hiring/positions/done.html",
            nav="list",
            me=me_of(session, member),
            row=own_position(session, member.organisation_id, position_id),
            wording=WORDINGS[form.deed],
            done=[called[one.assessment_id] for one in outcomes if not one.why_not],
            refused=[(called[one.assessment_id], one.why_not) for one in outcomes if one.why_not],
        )
    return HTMLResponse(page)


@router.post("/hiring/assessments/{assessment_id}/remind")
def remind_one(
    request: Request, platform: ThePlatform, member: AMember, assessment_id: RowId
) -> Response:
    """Write to one candidate again, from their own page."""
    require(member, Action.INVITE)
    with platform.database.write() as session:
        own_assessment(session, member.organisation_id, assessment_id)
        by, now = actor_of(request, member), platform.now()
        remind(session, assessment_id, platform.public_url, now, actor=by)
    return RedirectResponse(f"/hiring/assessments/{assessment_id}", 303)


def _asking(
    session: Session,
    member: Member,
    position_id: str,
    form: DeedForm,
    wrong: Mapping[str, str] | None = None,
) -> str:
    """Whom it will be done to, and what else it takes; again, if what was typed will not do."""
    rows = ticked_by(session, member, place_of(session, member, position_id), form.ids)
    return render(
        "hiring/positions/deed.html",
        nav="list",
        me=me_of(session, member),
        row=own_position(session, member.organisation_id, position_id),
        deed=form.deed.value,
        form=form,
        hours_max=HOURS_MAX,
        wrong=wrong or {},
        wording=WORDINGS[form.deed],
        fitting=[one for one in rows if one.stage in FITTING],
        others=[one for one in rows if one.stage not in FITTING],
    )


def _deed(platform: Platform, by: Actor, form: DeedForm) -> Deed:
    match form.deed:
        case DeedName.REMIND:
            return reminding_by(platform, by)
        case DeedName.EXTEND:
            hours, reason = form.more()
            return extending_by(platform, by, hours, reason)
        case DeedName.REVOKE:
            return revoking_by(platform, by, form.why())
