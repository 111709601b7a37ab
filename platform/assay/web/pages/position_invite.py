"""Inviting to a position: who is typed, pasted or in a file, looked at before anything is sent."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from pydantic import BaseModel, Field
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from assay.auth.principal import Member, require
from assay.db.tables import Position
from assay.domain.errors import BadInput
from assay.domain.permissions import Action
from assay.features.assessments.orders import VALID_DAYS, VALID_DAYS_MAX
from assay.features.positions.people import ROWS_MAX, People, people_text, read_people
from assay.features.positions.service import own_position
from assay.kit.sheets import Unreadable, table_text
from assay.web.bodies import UPLOAD_MAX
from assay.web.dependencies import AMember, RowId, ThePlatform, actor_of
from assay.web.forms import Line
from assay.web.inviting import Letterhead, invite_all, known_in, why_not_invite
from assay.web.pages.hiring import me_of
from assay.web.pages.hiring_forms import DAYS_WANTED, days_in
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

LINKS_SHOWN = 20
"""Links of so few are shown; longer lists are on their way by mail alone."""


class PeopleForm(BaseModel):
    """A list, and how long its invitations can be accepted."""

    people: str = Field(max_length=UPLOAD_MAX)
    valid_days: int = Field(VALID_DAYS, ge=1, le=VALID_DAYS_MAX)


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form begins with, and what is wrong with it."""

    people: str = ""
    valid_days: str = str(VALID_DAYS)
    problem: str = ""


@router.get("/hiring/positions/{position_id}/invite")
def form(platform: ThePlatform, member: AMember, position_id: RowId) -> str:
    """Where the list goes in."""
    require(member, Action.INVITE)
    with platform.database.read() as session:
        row = own_position(session, member.organisation_id, position_id)
        return _form_page(session, platform, member, row, Typed())


@router.post("/hiring/positions/{position_id}/invite/preview")
def preview(
    platform: ThePlatform,
    member: AMember,
    position_id: RowId,
    people: Annotated[str, Form(max_length=UPLOAD_MAX)] = "",
    valid_days: Line = str(VALID_DAYS),
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """What the list says, row by row. Nothing is sent, and what was typed stays."""
    require(member, Action.INVITE)
    text = people
    with platform.database.read() as session:
        row = own_position(session, member.organisation_id, position_id)
        try:
            text = _text(people, file)
            days = _days(valid_days)
            found = read_people(text, known_in(session, row.id))
        except BadInput as wrong:
            page = _form_page(session, platform, member, row, Typed(text, valid_days, str(wrong)))
            return HTMLResponse(page, 422)
        return HTMLResponse(_preview_page(session, platform, member, row, found, days))


@router.post("/hiring/positions/{position_id}/invite")
def confirm(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    position_id: RowId,
    form: Annotated[PeopleForm, Form()],
) -> str:
    """Send the invitations that were looked at."""
    require(member, Action.INVITE)
    with platform.database.read() as session:
        row = own_position(session, member.organisation_id, position_id)
        me = me_of(session, member)
    by, valid_for = actor_of(request, member), timedelta(days=form.valid_days)
    found = read_people(form.people)
    invited = invite_all(platform, Letterhead(member, by, row, valid_for), found.good)
    made = [one for one in invited if one.invitation]
    return render(
        "hiring/positions/invited.html",
        nav="list",
        me=me,
        row=row,
        made=made,
        before=len(invited) - len(made),
        links=len(made) <= LINKS_SHOWN,
        mail=platform.outward.mail,
        public_url=platform.public_url,
    )


def _days(text: str) -> int:
    days = days_in(text)
    if days is None:
        raise BadInput(f"days to accept: {DAYS_WANTED}")
    return days


def _text(people: str, file: UploadFile | None) -> str:
    """What was pasted, or what is in the file; never one of them unread."""
    content = file.file.read(UPLOAD_MAX + 1) if file is not None else b""
    if not content:
        return people
    if people.strip():
        raise BadInput("there is a pasted list and a file: use one of them, so that none is missed")
    if len(content) > UPLOAD_MAX:
        raise BadInput(f"the file is too large: at most {UPLOAD_MAX // 1024} KiB")
    try:
        return table_text(content)
    except Unreadable as wrong:
        raise BadInput(str(wrong)) from wrong


def _form_page(
    session: Session,
    platform: Platform,
    member: Member,
    row: Position,
    typed: Typed,
) -> str:
    return render(
        "hiring/positions/invite.html",
        nav="list",
        me=me_of(session, member),
        row=row,
        typed=typed,
        why_not=why_not_invite(platform, row),
        rows_max=ROWS_MAX,
        days_max=VALID_DAYS_MAX,
    )


def _preview_page(
    session: Session, platform: Platform, member: Member, row: Position, found: People, days: int
) -> str:
    return render(
        "hiring/positions/preview.html",
        nav="list",
        me=me_of(session, member),
        row=row,
        found=found,
        people=people_text(found.good),
        why_not=why_not_invite(platform, row),
        days=days,
    )
