"""The candidate's pages: invitation, work, finish, result, data. One browser, one assessment."""

from typing import Any

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.auth.principal import Candidate
from assay.auth.sessions import CANDIDATE_LASTS, admit
from assay.db.tables import Assessment
from assay.domain.errors import NotFound
from assay.domain.lifecycle import AssessmentState, EvaluationState
from assay.features.assessments import service as assessments
from assay.features.assessments import starting
from assay.features.assessments.orders import GitAccess
from assay.features.documents.letters import sent_letter
from assay.features.submissions.reading import history, practice_runs_left
from assay.kit.ids import sha256_of
from assay.web.briefs import brief_of
from assay.web.cookies import read_cookie, set_cookie
from assay.web.dependencies import (
    ACandidate,
    ThePlatform,
    Token,
    note_wrong_token,
    of_cookie,
    refuse_guessing,
)
from assay.web.live.now import progress_now
from assay.web.pages.feedback import practice_mends, sealed_feedback
from assay.web.pages.next_step import next_step
from assay.web.pages.sitting import (
    Sitting,
    counting_of,
    number_of,
    push_rows,
    sitting_of,
    to_watch,
)
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

WORK = "/candidate"


@router.get("/a/{token}")
def open_invitation(request: Request, platform: ThePlatform, token: Token) -> Response:
    """The link of the invitation: lets this browser in, as often as it is followed."""
    refuse_guessing(platform, request)
    try:
        with platform.database.read() as session:
            found = assessments.open_invitation(session, token, platform.now())
            assessment_id = found.id
    except NotFound:
        note_wrong_token(platform, request)
        raise
    response = RedirectResponse(WORK, 303)
    known = of_cookie(request, platform, "candidate")
    if known != Candidate(assessment_id):
        with platform.database.write() as session:
            cookie = admit(session, assessment_id, platform.now())
        set_cookie(response, "candidate", cookie, lasts=CANDIDATE_LASTS, secure=platform.secure)
    return response


@router.get(WORK)
def work(request: Request, platform: ThePlatform, candidate: ACandidate) -> str:
    """Where the assessment stands, whatever state it is in."""
    with platform.database.read() as session:
        sitting = sitting_of(session, platform, candidate.assessment_id)
        match sitting.state:
            case AssessmentState.INVITED:
                return render(
                    "candidate/invitation.html", nav="work", sitting=sitting, now=platform.now()
                )
            case AssessmentState.STARTED:
                return _work_page(session, platform, sitting, request)
            case AssessmentState.FINISHED:
                return _result_page(session, platform, sitting, request)
            case AssessmentState.EXPIRED | AssessmentState.REVOKED:
                return render(
                    "candidate/closed.html", nav="work", sitting=sitting, now=platform.now()
                )


@router.get("/candidate/brief")
def brief(platform: ThePlatform, candidate: ACandidate) -> str:
    """What to do, as the challenge says it. Before the start too."""
    with platform.database.read() as session:
        sitting = sitting_of(session, platform, candidate.assessment_id)
        row = session.get(Assessment, candidate.assessment_id)
    package = platform.challenges.get(row.challenge) if row else None
    if package is None:
        raise NotFound(f"The brief is not here any more; ask {sitting.company} for it.")
    text = (package.root / "BRIEF.md").read_text(encoding="utf-8")
    return render(
        "candidate/brief.html",
        nav="brief",
        sitting=sitting,
        brief=brief_of(text),
        now=platform.now(),
    )


@router.post("/candidate/start")
def start(platform: ThePlatform, candidate: ACandidate) -> Response:
    """Start the clock, and make the repository."""
    access = starting.start(
        platform.database, candidate.assessment_id, platform.repositories, platform.now
    )
    return _with_token(platform, access)


@router.post("/candidate/token")
def new_token(platform: ThePlatform, candidate: ACandidate) -> Response:
    """Another password for git."""
    with platform.database.write() as session:
        access = assessments.new_git_token(session, candidate.assessment_id, platform.now())
    return _with_token(platform, access)


@router.get("/candidate/finish")
def ask_finish(platform: ThePlatform, candidate: ACandidate) -> Response:
    """What finishing means, and the button."""
    with platform.database.read() as session:
        sitting = sitting_of(session, platform, candidate.assessment_id)
        pushes = push_rows(history(session, sitting.id))
    if sitting.state is not AssessmentState.STARTED:
        return RedirectResponse(WORK, 303)
    values = {"last": pushes[0] if pushes else None, "now": platform.now()}
    return HTMLResponse(render("candidate/finish.html", nav="work", sitting=sitting, **values))


@router.post("/candidate/finish")
def finish(platform: ThePlatform, candidate: ACandidate) -> Response:
    """End the sitting: the last push is measured a final time."""
    with platform.database.write() as session:
        assessments.finish(session, platform.jobs, candidate.assessment_id, platform.now())
    return RedirectResponse(WORK, 303)


@router.get("/candidate/data")
def data(platform: ThePlatform, candidate: ACandidate) -> str:
    """What is kept, and how to have it deleted."""
    with platform.database.read() as session:
        sitting = sitting_of(session, platform, candidate.assessment_id)
    return render("candidate/data.html", nav="data", sitting=sitting, now=platform.now())


@router.post("/candidate/data/deletion")
def ask_deletion(platform: ThePlatform, candidate: ACandidate) -> Response:
    """Ask the hiring team to delete everything."""
    with platform.database.write() as session:
        assessments.ask_deletion(session, candidate.assessment_id, platform.now())
    return RedirectResponse("/candidate/data", 303)


def _work_page(session: Session, platform: Platform, sitting: Sitting, request: Request) -> str:
    now, pushed = platform.now(), history(session, sitting.id)
    pushes = push_rows(pushed)
    scored = [push for push in pushes if push.evaluation and push.evaluation.score is not None]
    latest = scored[0] if scored else None
    watched = to_watch(pushed)
    runs_left = practice_runs_left(session, sitting.id, sitting.practice_runs_max)
    mends = practice_mends(session, sitting, latest)
    return render(
        "candidate/work.html",
        nav="work",
        now=now,
        sitting=sitting,
        pushes=pushes,
        latest=latest,
        runs_left=runs_left,
        mends=mends,
        step=next_step(pushes, runs_left=runs_left, mends=len(mends)),
        is_over=sitting.deadline_at is not None and sitting.deadline_at <= now,
        progress=progress_now(session, platform, watched.id, now) if watched else None,
        events_url=events_url(watched.id) if watched else "",
        **_access(session, platform, sitting, request),
    )


def _result_page(session: Session, platform: Platform, sitting: Sitting, request: Request) -> str:
    now, pushed = platform.now(), history(session, sitting.id)
    sealed = counting_of(pushed)
    is_judged = sealed is not None and sealed.state is EvaluationState.JUDGED
    return render(
        "candidate/over.html",
        nav="work",
        now=now,
        sitting=sitting,
        pushes=push_rows(pushed),
        sealed=sealed,
        feedback=sealed_feedback(session, sitting, sealed.id) if sealed and is_judged else None,
        has_letter=sent_letter(session, sitting.id) is not None,
        progress=progress_now(session, platform, sealed.id, now) if sealed else None,
        watched_number=number_of(pushed, sealed.id) if sealed else None,
        events_url=events_url(sealed.id) if sealed else "",
        **_access(session, platform, sitting, request),
    )


def events_url(evaluation_id: str) -> str:
    """Where a candidate's browser watches an evaluation."""
    return f"/candidate/evaluations/{evaluation_id}/events"


def _access(
    session: Session, platform: Platform, sitting: Sitting, request: Request
) -> dict[str, Any]:
    """How to clone, and the token if this browser is the one that made it."""
    row = session.get(Assessment, sitting.id)
    token = read_cookie(request, "git_token", secure=platform.secure)
    is_current = row is not None and token and sha256_of(token) == row.git_token_sha256
    return {
        "clone_url": clone_url(platform.public_url, sitting.id),
        "slug": row.challenge if row else "work",
        "git_token": token if is_current else "",
    }


def clone_url(public_url: str, assessment_id: str) -> str:
    """With the user name, so that git asks for the token alone and writes it nowhere."""
    scheme, _, host = public_url.partition("://")
    return f"{scheme}://candidate@{host}/git/{assessment_id}.git"


def _with_token(platform: Platform, access: GitAccess) -> Response:
    response = RedirectResponse(f"{WORK}#repository", 303)
    lasts, secure = CANDIDATE_LASTS, platform.secure
    set_cookie(response, "git_token", access.token, lasts=lasts, secure=secure)
    return response
