"""Pushes and evaluations, for programs."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlmodel import Session

from assay.auth.principal import Principal, require
from assay.db.artifacts import artifact_names, artifact_names_of, get_artifact
from assay.db.tables import Assessment, Evaluation
from assay.domain.errors import NotFound
from assay.domain.permissions import Action
from assay.domain.veil import Veil
from assay.features.submissions import service
from assay.features.submissions.reading import evaluation_view, history, live
from assay.web.api import PREFIX, answers
from assay.web.api.answers import refusals
from assay.web.api.schemas import EvaluationOut, EventsOut, SubmissionsOut
from assay.web.blinding import face_of
from assay.web.dependencies import ACaller, RowId, ThePlatform, actor_of
from assay.web.files import KINDS, TEAM_FILES, file_response, for_team
from assay.web.listing import own_assessment, own_evaluation
from assay.web.live.routes import After

router = APIRouter(prefix=PREFIX, tags=["evaluations"])

FILE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {kind.partition(";")[0]: {} for kind in KINDS.values()},
    }
}


@router.get(
    "/assessments/{assessment_id}/submissions",
    operation_id="listSubmissions",
    responses=refusals(404),
)
def list_submissions(
    platform: ThePlatform, caller: ACaller, assessment_id: RowId
) -> SubmissionsOut:
    """The pushes of an assessment with their evaluations."""
    staff = require(caller, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_assessment(session, staff.organisation_id, assessment_id)
        veil, found = face_of(session, caller, row).veil, history(session, assessment_id)
        ids = [one.id for push in found for one in push.evaluations]
        files = {one: for_team(there) for one, there in artifact_names_of(session, ids).items()}
    return SubmissionsOut(submissions=[answers.submission(push, files, veil) for push in found])


@router.get("/evaluations/{evaluation_id}", operation_id="getEvaluation", responses=refusals(404))
def get_evaluation(platform: ThePlatform, caller: ACaller, evaluation_id: RowId) -> EvaluationOut:
    """Where an evaluation stands."""
    staff = require(caller, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_evaluation(session, staff.organisation_id, evaluation_id)
        return _answer(session, caller, row)


@router.get(
    "/evaluations/{evaluation_id}/events", operation_id="listEvents", responses=refusals(404)
)
def list_events(
    platform: ThePlatform, caller: ACaller, evaluation_id: RowId, after: After = 0
) -> EventsOut:
    """What an evaluation told since; at most 500 at once."""
    staff = require(caller, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_evaluation(session, staff.organisation_id, evaluation_id)
        veil, found = _veil(session, caller, row), live(session, evaluation_id, after)
    events = [answers.event(event, veil) for event in found.events]
    return EventsOut(events=events, after=found.last_event_id, ended=found.evaluation.ended)


@router.get(
    "/evaluations/{evaluation_id}/files/{name}",
    operation_id="getEvaluationFile",
    response_class=Response,
    responses={**refusals(404), **FILE_ANSWER},
)
def get_file(
    platform: ThePlatform,
    caller: ACaller,
    evaluation_id: RowId,
    name: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_.-]*$", examples=["result.json"])],
) -> Response:
    """A file it left: `result.json` is the scorecard, `evidence.json` what was measured."""
    staff = require(caller, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_evaluation(session, staff.organisation_id, evaluation_id)
        if name not in TEAM_FILES:
            raise NotFound("There is no such file; `getEvaluation` names what there is.")
        content = _veil(session, caller, row).file(get_artifact(session, evaluation_id, name))
    return file_response(name, content)


@router.post(
    "/evaluations/{evaluation_id}/cancel",
    operation_id="cancelEvaluation",
    responses=refusals(404, 409),
)
def cancel(
    request: Request, platform: ThePlatform, caller: ACaller, evaluation_id: RowId
) -> EvaluationOut:
    """End an evaluation that waits or runs."""
    staff = require(caller, Action.CANCEL)
    with platform.database.write() as session:
        row = own_evaluation(session, staff.organisation_id, evaluation_id)
        by, now = actor_of(request, caller), platform.now()
        service.cancel(session, platform.jobs, evaluation_id, now, actor=by)
        session.flush()
        return _answer(session, caller, row)


@router.post(
    "/evaluations/{evaluation_id}/retry",
    operation_id="retryEvaluation",
    responses=refusals(404, 409),
)
def retry(
    request: Request, platform: ThePlatform, caller: ACaller, evaluation_id: RowId
) -> EvaluationOut:
    """Try again what failed on our side."""
    staff = require(caller, Action.RETRY)
    with platform.database.write() as session:
        row = own_evaluation(session, staff.organisation_id, evaluation_id)
        by, now = actor_of(request, caller), platform.now()
        service.retry(session, platform.jobs, evaluation_id, now, actor=by)
        session.flush()
        return _answer(session, caller, row)


def _answer(session: Session, caller: Principal, row: Evaluation) -> EvaluationOut:
    view = evaluation_view(session, row.id)
    files = for_team(artifact_names(session, row.id))
    return answers.evaluation(view, files, _veil(session, caller, row))


def _veil(session: Session, caller: Principal, row: Evaluation) -> Veil:
    """What takes the candidate out of text that who calls may not know them by."""
    return face_of(session, caller, session.get_one(Assessment, row.assessment_id)).veil
