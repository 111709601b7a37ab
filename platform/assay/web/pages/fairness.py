"""Whether a position treats its candidates alike, as far as figures can tell."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.auth.principal import Member, require
from assay.db.tables import Position
from assay.domain.errors import BadInput
from assay.domain.fairness import GROUP_MIN, TOTAL_MIN
from assay.domain.permissions import Action
from assay.features.fairness import groups
from assay.features.fairness.reading import fairness_of
from assay.features.positions.service import own_position
from assay.kit.sheets import Unreadable, table_text
from assay.web.bodies import UPLOAD_MAX
from assay.web.dependencies import AMember, RowId, ThePlatform, actor_of
from assay.web.pages.hiring import me_of
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Pasted = Annotated[str, Form(max_length=UPLOAD_MAX)]
Uploaded = Annotated[UploadFile | None, File()]


@router.get("/hiring/positions/{position_id}/fairness")
def fairness(platform: ThePlatform, member: AMember, position_id: RowId) -> str:
    """Scores by variant, host and time of day; selection rates by group."""
    require(member, Action.SEE_FAIRNESS)
    with platform.database.read() as session:
        position = own_position(session, member.organisation_id, position_id)
        return _page(session, platform, member, position)


@router.post("/hiring/positions/{position_id}/groups")
def upload(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    position_id: RowId,
    text: Pasted = "",
    file: Uploaded = None,
) -> Response:
    """Take the groups of a list in place of those there were; bad lines are named."""
    require(member, Action.SEE_FAIRNESS)
    try:
        given = _given(text, file)
        with platform.database.write() as session:
            position = own_position(session, member.organisation_id, position_id)
            by, now = actor_of(request, member), platform.now()
            groups.upload(session, position, given, now, by=by)
    except (BadInput, Unreadable) as wrong:
        return _refused(platform, member, position_id, text, wrong)
    return _back(position_id)


@router.post("/hiring/positions/{position_id}/groups/delete")
def take_away(
    request: Request, platform: ThePlatform, member: AMember, position_id: RowId
) -> Response:
    """Delete the groups of a position."""
    require(member, Action.SEE_FAIRNESS)
    with platform.database.write() as session:
        position = own_position(session, member.organisation_id, position_id)
        groups.take_away(session, position, platform.now(), by=actor_of(request, member))
    return _back(position_id)


def _given(text: str, file: UploadFile | None) -> str:
    """What was pasted, or what is in the file; never one of them unread."""
    if file is None or not file.filename:
        return text
    if text.strip():
        raise BadInput("there is a pasted list and a file: use one of them, so that none is missed")
    return table_text(file.file.read())


def _refused(
    platform: Platform, member: Member, position_id: str, text: str, wrong: Exception
) -> Response:
    told = wrong.problems if isinstance(wrong, BadInput) else (wrong,)
    with platform.database.read() as session:
        position = own_position(session, member.organisation_id, position_id)
        problems = [str(problem) for problem in told]
        page = _page(session, platform, member, position, problems, text)
    return HTMLResponse(page, 422)


def _page(
    session: Session,
    platform: Platform,
    member: Member,
    position: Position,
    problems: list[str] | None = None,
    text: str = "",
) -> str:
    return render(
        "hiring/fairness/index.html",
        nav="list",
        me=me_of(session, member),
        position=position,
        found=fairness_of(session, position),
        with_group=groups.count_of(session, position.id),
        group_min=GROUP_MIN,
        total_min=TOTAL_MIN,
        problems=problems or [],
        text=text,
        example=groups.EXAMPLE,
        now=platform.now(),
    )


def _back(position_id: str) -> Response:
    return RedirectResponse(f"/hiring/positions/{position_id}/fairness#groups", 303)
