"""Owners say who is on the team and as what, which programs act for it, and the company's name."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.audit.ledger import Detail, record
from assay.audit.tags import Tag
from assay.auth import members
from assay.auth.keys import keys_of
from assay.auth.members import NAME_MAX, Newcomer
from assay.auth.principal import Member, require
from assay.db.tables import Mail, Organisation, User
from assay.domain.errors import BadInput, Conflict
from assay.domain.permissions import Action, Role
from assay.kit.ids import new_id
from assay.web.dependencies import SIGN_IN, AMember, RowId, ThePlatform, actor_of
from assay.web.forms import FormLine, Line
from assay.web.keys import end_key, make_key
from assay.web.pages.hiring import me_of
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

NAV, HOME = "team", "/hiring/team"
ROLES = {
    Role.OWNER: "everything: positions, decisions, overrides, this page",
    Role.REVIEWER: "invites and helps candidates, and reviews blindly",
    Role.VIEWER: "reads everything, changes nothing",
}
"""Role -> what it may do."""
PROGRAMS = {
    Role.OWNER: "everything that a program may do",
    Role.REVIEWER: "invites, reads and exports, with names",
    Role.VIEWER: "reads, with names",
}
"""The same of a key. Programs are nobody who could be biased: they are not blind."""


class NewcomerForm(BaseModel):
    """Who shall join."""

    email: FormLine = ""
    name: FormLine = ""
    role: Role = Role.REVIEWER

    def wish(self) -> Newcomer:
        """The same, as the service takes it."""
        return Newcomer(self.email, self.name, self.role)


@router.get(HOME)
def team(platform: ThePlatform, member: AMember) -> str:
    """Everybody, and the keys."""
    require(member, Action.MANAGE_MEMBERS)
    return _page(platform, member)


@router.post(HOME)
def add(
    request: Request, platform: ThePlatform, member: AMember, form: Annotated[NewcomerForm, Form()]
) -> Response:
    """Put somebody on the team, and write to them how they get in."""
    require(member, Action.MANAGE_MEMBERS)
    now, ours = platform.now(), member.organisation_id
    try:
        with platform.database.write() as session:
            user = members.join(session, ours, form.wish(), now)
            company = session.get_one(Organisation, ours).name
            session.add(_letter(platform, user, company))
            record(session, Tag.MEMBER_ADDED, by=actor_of(request, member), subject=user.id,
                   now=now, details={"role": form.role.value})  # fmt: skip
    except (BadInput, Conflict) as wrong:
        return _refused(platform, member, wrong, form)
    return RedirectResponse(HOME, 303)


@router.post(f"{HOME}/company")
def rename(request: Request, platform: ThePlatform, member: AMember, company: Line) -> Response:
    """Call the company something else from now on."""
    require(member, Action.MANAGE_MEMBERS)
    try:
        with platform.database.write() as session:
            members.rename(session, member.organisation_id, company)
            record(session, Tag.RENAMED, by=actor_of(request, member),
                   subject=member.organisation_id, now=platform.now())  # fmt: skip
    except BadInput as wrong:
        return _refused(platform, member, wrong)
    return RedirectResponse(HOME, 303)


@router.post(f"{HOME}/keys")
def new_key(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    name: Line,
    role: Annotated[Role, Form()] = Role.VIEWER,
) -> Response:
    """Make a key; it is shown this once."""
    require(member, Action.MANAGE_KEYS)
    try:
        made = make_key(request, platform, member, name=name, role=role)
    except BadInput as wrong:
        return _refused(platform, member, wrong)
    with platform.database.read() as session:
        me = me_of(session, member)
    return HTMLResponse(
        render("hiring/team/key.html", nav=NAV, me=me, name=name, role=role, token=made.token)
    )


@router.post(f"{HOME}/keys/{{key_id}}/revoke")
def revoke_key(request: Request, platform: ThePlatform, member: AMember, key_id: RowId) -> Response:
    """The key opens nothing any more."""
    end_key(request, platform, require(member, Action.MANAGE_KEYS), key_id)
    return RedirectResponse(HOME, 303)


@router.post(f"{HOME}/{{user_id}}/role")
def change_role(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    user_id: RowId,
    role: Annotated[Role, Form()],
) -> Response:
    """Make somebody something else."""
    require(member, Action.MANAGE_MEMBERS)
    try:
        with platform.database.write() as session:
            was = members.change_role(session, member.organisation_id, user_id, role)
            if was is not role:
                facts: dict[str, Detail] = {"was": was.value, "role": role.value}
                record(session, Tag.ROLE_CHANGED, by=actor_of(request, member), subject=user_id,
                       now=platform.now(), details=facts)  # fmt: skip
    except Conflict as wrong:
        return _refused(platform, member, wrong)
    return _away(member, user_id)


@router.post(f"{HOME}/{{user_id}}/remove")
def remove(
    request: Request, platform: ThePlatform, member: AMember, user_id: RowId, sure: Line
) -> Response:
    """Take somebody off the team; `sure` is the tick that says it is meant."""
    require(member, Action.MANAGE_MEMBERS)
    try:
        with platform.database.write() as session:
            was = members.leave(session, member.organisation_id, user_id)
            record(session, Tag.MEMBER_REMOVED, by=actor_of(request, member), subject=user_id,
                   now=platform.now(), details={"was": was.value})  # fmt: skip
    except Conflict as wrong:
        return _refused(platform, member, wrong)
    return _away(member, user_id)


def _away(member: Member, user_id: str) -> Response:
    """Back to the list; whoever has changed themselves may not see it any more."""
    return RedirectResponse("/hiring" if user_id == member.user_id else HOME, 303)


def _refused(
    platform: Platform, member: Member, wrong: BadInput | Conflict, form: NewcomerForm | None = None
) -> Response:
    told = [str(one) for one in wrong.problems] if isinstance(wrong, BadInput) else [str(wrong)]
    page = _page(platform, member, form, told)
    return HTMLResponse(page, 422 if isinstance(wrong, BadInput) else 409)


def _page(
    platform: Platform,
    member: Member,
    form: NewcomerForm | None = None,
    problems: list[str] | None = None,
) -> str:
    with platform.database.read() as session:
        team = members.members_of(session, member.organisation_id)
        return render(
            "hiring/team/team.html",
            nav=NAV,
            me=me_of(session, member),
            own_id=member.user_id,
            team=team,
            form=form or NewcomerForm(),
            problems=problems or [],
            roles=ROLES,
            programs=PROGRAMS,
            keys=[one for one in keys_of(session, member.organisation_id) if not one.revoked_at],
            makers={one.user.id: one.title for one in team},
            name_max=NAME_MAX,
            sign_in=platform.public_url + SIGN_IN,
            mail=platform.outward.mail,
        )


def _letter(platform: Platform, user: User, company: str) -> Mail:
    """How they get in. It opens nothing by itself, so it may lie in an inbox."""
    return Mail(
        id=new_id("mai"),
        recipient=user.email,
        subject=f"You are on the hiring team of {company}",
        body=(
            f"Hello,\n\nyou are on the hiring team of {company} now. To sign in to Assay, open\n\n"
            f"  {platform.public_url}{SIGN_IN}\n\n"
            "and ask for a link: it comes to this address.\n"
        ),
        created_at=platform.now(),
    )
