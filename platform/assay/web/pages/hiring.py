"""The hiring team's pages: inviting, one assessment and what can be done about it."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.auth.principal import Member, require
from assay.bootstrap.demo_data.note import demo_note
from assay.db.artifacts import artifact_names_of, get_artifact
from assay.db.standing import with_people
from assay.db.tables import Organisation, User
from assay.db.wiping import wipe_log
from assay.domain.errors import NotFound
from assay.domain.permissions import Action, may
from assay.features.assessments import removal
from assay.features.assessments import service as assessments
from assay.features.assessments.orders import InvitationOrder, offer_of
from assay.features.documents.sharing import is_open, links_of
from assay.features.submissions import service as submissions
from assay.features.submissions.reading import history
from assay.web.blinding import face_of
from assay.web.dependencies import AMember, RowId, ThePlatform, actor_of
from assay.web.files import TEAM_FILES, file_response, for_team
from assay.web.forms import FormLine, Line, Words
from assay.web.listing import own_assessment, own_evaluation, row_of
from assay.web.live.now import progress_now
from assay.web.logs import told
from assay.web.pages.sitting import counting_of, number_of, sitting_of, to_watch
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

HOURS_MAX = 24 * 90
Hours = Annotated[float, Form(gt=0, le=HOURS_MAX)]


class InvitationForm(BaseModel):
    """Whom to invite to what."""

    challenge: FormLine
    email: FormLine
    name: FormLine = ""
    valid_days: int = Field(14, ge=1, le=90)


@router.get("/hiring/invite")
def invitation_form(platform: ThePlatform, member: AMember) -> str:
    """The form."""
    require(member, Action.INVITE)
    return _form(platform, member)


@router.post("/hiring/invite")
def invite(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    form: Annotated[InvitationForm, Form()],
) -> str:
    """Invite one candidate; the link is mailed, and shown this once."""
    require(member, Action.INVITE)
    package = platform.challenges.get(form.challenge)
    if package is None:
        raise NotFound("There is no such challenge here; choose one from the list.")
    order = InvitationOrder(
        organisation_id=member.organisation_id,
        offer=offer_of(package),
        candidate_email=form.email,
        candidate_name=form.name,
        public_url=platform.public_url,
        actor=actor_of(request, member),
        invited_by=member.user_id,
        valid_for=timedelta(days=form.valid_days),
        unproven=platform.allow_unproven,
    )
    with platform.database.write() as session:
        made = assessments.invite(session, order, platform.now())
        me = me_of(session, member)
    return render(
        "hiring/invited.html",
        nav="invite",
        me=me,
        email=form.email,
        link=platform.public_url + made.path,
        assessment_id=made.assessment_id,
        mail=platform.outward.mail,
    )


@router.get("/hiring/assessments/{assessment_id}")
def assessment(platform: ThePlatform, member: AMember, assessment_id: RowId) -> str:
    """One assessment with its pushes, and what can be done."""
    require(member, Action.SEE_RESULTS)
    now = platform.now()
    with platform.database.read() as session:
        row = own_assessment(session, member.organisation_id, assessment_id)
        face, pushed = face_of(session, member, row), history(session, assessment_id)
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
            unproven=assessments.unproven(session, assessment_id),
            sitting=sitting_of(session, platform, assessment_id),
            pushes=pushed,
            files={
                one: for_team(there) for one, there in artifact_names_of(session, every).items()
            },
            progress=progress_now(session, platform, watched.id, now) if watched else None,
            watched_number=number_of(pushed, watched.id) if watched else None,
            events_url=f"/hiring/evaluations/{watched.id}/events" if watched else "",
            allowed={action.value for action in Action if may(member.role, action)},
            counting=counting_of(pushed),
            links=[(one, is_open(one, now)) for one in links_of(session, assessment_id)],
            now=now,
        )


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
    hours: Hours,
    reason: Words,
) -> Response:
    """Give more time."""
    require(member, Action.EXTEND)
    with platform.database.write() as session:
        own_assessment(session, member.organisation_id, assessment_id)
        by, more = actor_of(request, member), timedelta(hours=hours)
        assessments.extend(session, assessment_id, more, reason, platform.now(), actor=by)
    return _back(assessment_id)


@router.post("/hiring/assessments/{assessment_id}/revoke")
def revoke(
    request: Request, platform: ThePlatform, member: AMember, assessment_id: RowId, reason: Words
) -> Response:
    """Withdraw the invitation, or the sitting."""
    require(member, Action.REVOKE)
    with platform.database.write() as session:
        own_assessment(session, member.organisation_id, assessment_id)
        by, now = actor_of(request, member), platform.now()
        assessments.revoke(session, platform.jobs, assessment_id, reason, now, actor=by)
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


def _form(platform: Platform, member: Member) -> str:
    offers = [offer_of(package) for package in platform.challenges.values()]
    with platform.database.read() as session:
        me = me_of(session, member)
    return render(
        "hiring/invite.html",
        nav="invite",
        me=me,
        offers=offers,
        allow_unproven=platform.allow_unproven,
    )


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
