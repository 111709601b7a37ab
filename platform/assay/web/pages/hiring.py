"""The hiring team's pages: inviting, one assessment and what can be done about it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.auth.principal import Member, require
from assay.bootstrap.demo_data.note import demo_note
from assay.db.artifacts import artifact_names_of, get_artifact
from assay.db.standing import with_people
from assay.db.tables import Assessment, Organisation, User
from assay.db.wiping import wipe_log
from assay.domain.errors import Conflict, NotFound
from assay.domain.permissions import Action, may
from assay.features.assessments import removal
from assay.features.assessments import service as assessments
from assay.features.assessments.orders import VALID_DAYS_MAX, InvitationOrder, offer_of
from assay.features.documents.sharing import is_open, links_of
from assay.features.submissions import service as submissions
from assay.features.submissions.reading import history
from assay.web.blinding import face_of
from assay.web.dependencies import AMember, RowId, ThePlatform, actor_of
from assay.web.files import TEAM_FILES, file_response, for_team
from assay.web.forms import Line
from assay.web.listing import own_assessment, own_evaluation, row_of
from assay.web.live.now import progress_now
from assay.web.logs import told
from assay.web.pages.hiring_forms import (
    HOURS_MAX,
    Entry,
    InvitationForm,
    Mistyped,
    MoreTimeForm,
    ReasonForm,
)
from assay.web.pages.sitting import counting_of, number_of, sitting_of, to_watch
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/hiring/invite")
def invitation_form(platform: ThePlatform, member: AMember) -> str:
    """The form."""
    require(member, Action.INVITE)
    return _form(platform, member, InvitationForm())


@router.post("/hiring/invite")
def invite(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    form: Annotated[InvitationForm, Form()],
) -> Response:
    """Invite one candidate; the link is mailed, and shown this once.

    What is wrong is said beside what was typed.
    """
    require(member, Action.INVITE)
    try:
        order = _order(request, platform, member, form)
        with platform.database.write() as session:
            made = assessments.invite(session, order, platform.now())
            me = me_of(session, member)
    except Mistyped as wrong:
        return HTMLResponse(_form(platform, member, form, wrong.at), 422)
    except Conflict as wrong:  # the challenge is not published
        return HTMLResponse(_form(platform, member, form, {"challenge": str(wrong)}), 409)
    page = render(
        "hiring/invited.html",
        nav="invite",
        me=me,
        email=form.email,
        link=platform.public_url + made.path,
        assessment_id=made.assessment_id,
        mail=platform.outward.mail,
    )
    return HTMLResponse(page)


@router.get("/hiring/assessments/{assessment_id}")
def assessment(platform: ThePlatform, member: AMember, assessment_id: RowId) -> str:
    """One assessment with its pushes, and what can be done."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_assessment(session, member.organisation_id, assessment_id)
        return _page(session, platform, member, row, Entry())


@router.get("/hiring/evaluations/{evaluation_id}/files/{name}")
def file(platform: ThePlatform, member: AMember, evaluation_id: RowId, name: str) -> Response:
    """A file that an evaluation left."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_evaluation(session, member.organisation_id, evaluation_id)
        told(submission_id=row.submission_id)
        if name not in TEAM_FILES:
            raise NotFound("There is no such file of this evaluation.")
        content = get_artifact(session, evaluation_id, name)
        sitting = own_assessment(session, member.organisation_id, row.assessment_id)
        veil = face_of(session, member, sitting).veil
    return file_response(name, veil.file(content))


@router.post("/hiring/assessments/{assessment_id}/release")
def release(
    request: Request, platform: ThePlatform, member: AMember, assessment_id: RowId
) -> Response:
    """Let the candidate see the result."""
    require(member, Action.RELEASE)
    with platform.database.write() as session:
        own_assessment(session, member.organisation_id, assessment_id)
        by, now = actor_of(request, member), platform.now()
        assessments.release(session, assessment_id, platform.public_url, now, actor=by)
    return _back(assessment_id)


@router.post("/hiring/assessments/{assessment_id}/extend")
def extend(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    assessment_id: RowId,
    form: Annotated[MoreTimeForm, Form()],
) -> Response:
    """Give more time. What is wrong is said beside what was typed."""
    require(member, Action.EXTEND)
    try:
        with platform.database.write() as session:
            own_assessment(session, member.organisation_id, assessment_id)
            by, (hours, reason) = actor_of(request, member), form.more()
            more = timedelta(hours=hours)
            assessments.extend(session, assessment_id, more, reason, platform.now(), actor=by)
    except Mistyped as wrong:
        typed = Entry("extend", form.hours, form.reason, wrong.at)
        return _refused(platform, member, assessment_id, typed)
    return _back(assessment_id)


@router.post("/hiring/assessments/{assessment_id}/revoke")
def revoke(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    assessment_id: RowId,
    form: Annotated[ReasonForm, Form()],
) -> Response:
    """Withdraw the invitation, or the sitting. A reason that is missing is asked for."""
    require(member, Action.REVOKE)
    try:
        with platform.database.write() as session:
            own_assessment(session, member.organisation_id, assessment_id)
            by, now, why = actor_of(request, member), platform.now(), form.why()
            assessments.revoke(session, platform.jobs, assessment_id, why, now, actor=by)
    except Mistyped as wrong:
        return _refused(platform, member, assessment_id, Entry("revoke", wrong=wrong.at))
    return _back(assessment_id)


@router.post("/hiring/assessments/{assessment_id}/delete")
def delete(
    request: Request, platform: ThePlatform, member: AMember, assessment_id: RowId, sure: Line
) -> Response:
    """Delete everything about the candidate; `sure` is the tick that says it is meant."""
    require(member, Action.DELETE)
    with platform.database.write() as session:
        own_assessment(session, member.organisation_id, assessment_id)
        by, now = actor_of(request, member), platform.now()
        jobs, repositories = platform.jobs, platform.repositories
        removal.delete(session, jobs, assessment_id, repositories, now, actor=by)
    wipe_log(platform.database)
    return RedirectResponse("/hiring", 303)


@router.post("/hiring/evaluations/{evaluation_id}/cancel")
def cancel(
    request: Request, platform: ThePlatform, member: AMember, evaluation_id: RowId
) -> Response:
    """End an evaluation that waits or runs."""
    require(member, Action.CANCEL)
    with platform.database.write() as session:
        row = own_evaluation(session, member.organisation_id, evaluation_id)
        by, now = actor_of(request, member), platform.now()
        submissions.cancel(session, platform.jobs, evaluation_id, now, actor=by)
    return _back(row.assessment_id)


@router.post("/hiring/evaluations/{evaluation_id}/retry")
def retry(
    request: Request, platform: ThePlatform, member: AMember, evaluation_id: RowId
) -> Response:
    """Try again what failed on our side."""
    require(member, Action.RETRY)
    with platform.database.write() as session:
        row = own_evaluation(session, member.organisation_id, evaluation_id)
        by, now = actor_of(request, member), platform.now()
        submissions.retry(session, platform.jobs, evaluation_id, now, actor=by)
    return _back(row.assessment_id)


def _order(
    request: Request, platform: Platform, member: Member, form: InvitationForm
) -> InvitationOrder:
    valid_for = form.valid_for(platform.challenges)
    return InvitationOrder(
        organisation_id=member.organisation_id,
        offer=offer_of(platform.challenges[form.challenge]),
        candidate_email=form.email,
        candidate_name=form.name,
        public_url=platform.public_url,
        actor=actor_of(request, member),
        invited_by=member.user_id,
        valid_for=valid_for,
        unproven=platform.allow_unproven,
    )


def _form(
    platform: Platform,
    member: Member,
    form: InvitationForm,
    wrong: Mapping[str, str] | None = None,
) -> str:
    offers = [offer_of(package) for package in platform.challenges.values()]
    with platform.database.read() as session:
        me = me_of(session, member)
    return render(
        "hiring/invite.html",
        nav="invite",
        me=me,
        offers=offers,
        allow_unproven=platform.allow_unproven,
        form=form,
        wrong=wrong or {},
        days_max=VALID_DAYS_MAX,
    )


def _page(
    session: Session, platform: Platform, member: Member, row: Assessment, entry: Entry
) -> str:
    now, face, pushed = platform.now(), face_of(session, member, row), history(session, row.id)
    watched = None if face.hidden else to_watch(pushed)
    every = [one.id for push in pushed for one in push.evaluations]
    people = {} if face.hidden else with_people(session, [row])
    return render(
        "hiring/assessment.html",
        nav="assessment",
        me=me_of(session, member),
        row=row_of(session, row),
        face=face,
        overridden=people.get(row.id),
        unproven=assessments.unproven(session, row.id),
        sitting=sitting_of(session, platform, row.id),
        pushes=pushed,
        files={one: for_team(there) for one, there in artifact_names_of(session, every).items()},
        progress=progress_now(session, platform, watched.id, now) if watched else None,
        watched_number=number_of(pushed, watched.id) if watched else None,
        events_url=f"/hiring/evaluations/{watched.id}/events" if watched else "",
        allowed={action.value for action in Action if may(member.role, action)},
        counting=counting_of(pushed),
        links=[(one, is_open(one, now)) for one in links_of(session, row.id)],
        entry=entry,
        hours_max=HOURS_MAX,
        now=now,
    )


def _refused(platform: Platform, member: Member, assessment_id: str, entry: Entry) -> Response:
    """The page again, with what was typed and what is wrong with it."""
    with platform.database.read() as session:
        row = own_assessment(session, member.organisation_id, assessment_id)
        return HTMLResponse(_page(session, platform, member, row, entry), 422)


def me_of(session: Session, member: Member) -> dict[str, str]:
    """Who is signed in, and where."""
    user = session.get(User, member.user_id)
    company = session.get(Organisation, member.organisation_id)
    note = demo_note(session, member.organisation_id)
    return {
        "name": (user.name or user.email) if user else "",
        "company": company.name if company else "",
        "role": member.role.value,
        "demo": note.words if note else "",
    }


def _back(assessment_id: str) -> Response:
    return RedirectResponse(f"/hiring/assessments/{assessment_id}", 303)
