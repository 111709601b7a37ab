"""The team's first page: its positions. And opening, changing and closing one."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlmodel import Session, col
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.auth.principal import Member, require
from assay.db.states import locked
from assay.db.tables import Assessment, Position
from assay.domain.challenge import Challenge
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.hiring import ReleasePolicy
from assay.domain.permissions import Action, may
from assay.domain.weights import USUAL
from assay.features.assessments.orders import offer_of
from assay.features.positions import service
from assay.features.positions.stages import counts_of
from assay.toolkit.package import ChallengePackage
from assay.web.dependencies import AMember, RowId, ThePlatform, actor_of
from assay.web.pages.hiring import me_of
from assay.web.pages.position_form import PositionForm, form_of
from assay.web.pipelines import positions_of
from assay.web.platform import Platform
from assay.web.rendering import render
from assay.web.unseen import mark_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

RELEASES = {
    ReleasePolicy.BY_HAND: "When somebody releases it by hand",
    ReleasePolicy.WITH_DECISION: "When it is decided that they go on, or that they do not",
    ReleasePolicy.AT_ONCE: "As soon as it stands",
}
"""How the form says when candidates see their result."""


@router.get("/hiring")
def index(platform: ThePlatform, member: AMember) -> str:
    """The positions of the organisation, each with where its candidates stand."""
    require(member, Action.SEE_ASSESSMENTS)
    ours = col(Assessment.organisation_id) == member.organisation_id
    with platform.database.read() as session:
        return render(
            "hiring/positions/index.html",
            nav="list",
            me=me_of(session, member),
            positions=positions_of(session, member.organisation_id),
            counts=counts_of(session, ours),
            titles=titles_of(platform),
            may_open=may(member.role, Action.MANAGE_POSITIONS),
            may_invite=may(member.role, Action.INVITE),
        )


@router.get("/hiring/positions/new")
def new_form(
    platform: ThePlatform,
    member: AMember,
    challenge: Annotated[str, Query(max_length=60)] = "",
) -> str:
    """First which challenge, then everything else about the position."""
    require(member, Action.MANAGE_POSITIONS)
    only = next(iter(platform.challenges)) if len(platform.challenges) == 1 else ""
    package = platform.challenges.get(challenge or only)
    with platform.database.read() as session:
        if package is None:
            offers = [offer_of(each) for each in platform.challenges.values()]
            return render(
                "hiring/positions/choose.html",
                nav="list",
                me=me_of(session, member),
                offers=offers,
                allow_unproven=platform.allow_unproven,
            )
        form = PositionForm(challenge=package.challenge.id)
        return _form_page(session, platform, member, form)


@router.post("/hiring/positions")
def create(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    form: Annotated[PositionForm, Form()],
) -> Response:
    """Open it. What is wrong is said beside what was typed."""
    require(member, Action.MANAGE_POSITIONS)
    package = platform.challenges.get(form.challenge)
    if package is None:
        raise NotFound("There is no such challenge here; choose one from the list.")
    try:
        with platform.database.write() as session:
            made = service.open_position(
                session,
                package.challenge,
                form.terms(),
                platform.now(),
                actor=actor_of(request, member),
                created_by=member.user_id,
            )
    except BadInput as wrong:
        return _refused(platform, member, form, wrong)
    return RedirectResponse(f"/hiring/positions/{made.id}", 303)


@router.get("/hiring/positions/{position_id}/settings")
def settings(platform: ThePlatform, member: AMember, position_id: RowId) -> str:
    """What the position says."""
    require(member, Action.SEE_ASSESSMENTS)
    with platform.database.read() as session:
        row = service.own_position(session, member.organisation_id, position_id)
        return _form_page(session, platform, member, form_of(row), row)


@router.post("/hiring/positions/{position_id}/settings")
def change(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    position_id: RowId,
    form: Annotated[PositionForm, Form()],
) -> Response:
    """Other terms from now on. Nothing is written over that was not looked at."""
    require(member, Action.MANAGE_POSITIONS)
    with platform.database.read() as session:
        row = service.own_position(session, member.organisation_id, position_id)
    by, package = actor_of(request, member), platform.challenges.get(row.challenge)
    challenge = package.challenge if package else None
    try:
        with platform.database.write() as session:
            _refuse_unseen(locked(session, Position, row.id), form)
            terms = form.terms()
            service.change_position(session, row.id, challenge, terms, platform.now(), actor=by)
    except (BadInput, Conflict) as wrong:
        return _refused(platform, member, form, wrong, row)
    return RedirectResponse(f"/hiring/positions/{row.id}", 303)


@router.post("/hiring/positions/{position_id}/close")
def close(request: Request, platform: ThePlatform, member: AMember, position_id: RowId) -> Response:
    """Nobody is invited to it any more."""
    require(member, Action.MANAGE_POSITIONS)
    with platform.database.write() as session:
        service.own_position(session, member.organisation_id, position_id)
        by = actor_of(request, member)
        service.close_position(session, position_id, platform.now(), actor=by)
    return RedirectResponse(f"/hiring/positions/{position_id}", 303)


def titles_of(platform: Platform) -> dict[str, str]:
    """Challenge -> its title."""
    return {slug: package.challenge.title for slug, package in platform.challenges.items()}


def _refuse_unseen(row: Position, form: PositionForm) -> None:
    if form.seen and form.seen != mark_of(row):
        raise Conflict(
            "somebody else changed the position meanwhile: open the settings anew, and change what "
            "you want to change there. What you typed is still below"
        )


def _refused(
    platform: Platform,
    member: Member,
    form: PositionForm,
    wrong: BadInput | Conflict,
    row: Position | None = None,
) -> Response:
    """What was typed, with what is wrong."""
    told = wrong.problems if isinstance(wrong, BadInput) else [wrong]
    with platform.database.read() as session:
        page = _form_page(session, platform, member, form, row, [str(each) for each in told])
    return HTMLResponse(page, 422 if isinstance(wrong, BadInput) else 409)


def _form_page(
    session: Session,
    platform: Platform,
    member: Member,
    form: PositionForm,
    row: Position | None = None,
    problems: Sequence[str] = (),
) -> str:
    package = platform.challenges.get(row.challenge if row else form.challenge)
    challenge = package.challenge if package else None
    return render(
        "hiring/positions/form.html",
        nav="list",
        me=me_of(session, member),
        form=form,
        row=row,
        problems=problems,
        challenge=challenge,
        areas=_areas(challenge, form),
        rules=(challenge.weights if challenge else None) or USUAL,
        releases=RELEASES,
        not_yet=_not_yet(platform, package) if row is None else "",
        fixed=row is not None and service.has_started(session, row.id),
        may_change=may(member.role, Action.MANAGE_POSITIONS)
        and (row is None or row.closed_at is None),
    )


def _not_yet(platform: Platform, package: ChallengePackage | None) -> str:
    """Why nobody can be invited to the challenge yet; "" if they can."""
    if package is None or platform.allow_unproven:
        return ""
    return offer_of(package).unpublished


def _areas(challenge: Challenge | None, form: PositionForm) -> list[dict[str, Any]]:
    """What there is to weigh: areas with points, and the factor the form has.

    And what the position weighs, and the challenge has no more: it stays as it is.
    """
    factors = dict(zip(form.area, form.factor, strict=False))
    worth = _points(challenge) if challenge else {}
    titles = titles_of_areas(challenge)
    there = [
        {"id": area, "title": titles[area], "points": points, "factor": factors.pop(area, "1")}
        for area, points in worth.items()
    ]
    gone = [
        {"id": area, "title": area, "points": None, "factor": factor}
        for area, factor in factors.items()
        if factor not in ("", "1")
    ]
    return there + gone


def _points(challenge: Challenge) -> dict[str, int]:
    """Area -> points of its criteria, in their order, of those that have some."""
    worth = {
        area.id: sum(line.points for line in challenge.criterion if line.area == area.id)
        for area in challenge.area
    }
    return {area: points for area, points in worth.items() if points}


def titles_of_areas(challenge: Challenge | None) -> dict[str, str]:
    """Area -> its title; empty if the challenge is not offered any more."""
    return {area.id: area.title for area in challenge.area} if challenge else {}
