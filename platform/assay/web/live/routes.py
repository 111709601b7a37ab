"""Where browsers listen: a candidate to the own evaluations, a team to its candidates'."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from assay.auth.principal import require_in
from assay.db.results import is_for_candidates
from assay.db.tables import Assessment, Evaluation
from assay.domain.errors import NotFound
from assay.domain.permissions import Action
from assay.web.blinding import face_of, require_face
from assay.web.dependencies import ACandidate, AMember, RowId, ThePlatform
from assay.web.live.stream import events
from assay.web.live.watch import Watch

router = APIRouter(include_in_schema=False)

EVENT_ID_MAX = 2**53
LastEventId = Annotated[int | None, Header(ge=0, le=EVENT_ID_MAX)]
After = Annotated[int, Query(ge=0, le=EVENT_ID_MAX)]


def of_candidate(platform: ThePlatform, candidate: ACandidate, evaluation_id: RowId) -> str:
    """The evaluation, if it is the candidate's."""
    with platform.database.read() as session:
        row = session.get(Evaluation, evaluation_id)
    if row is None or row.assessment_id != candidate.assessment_id or not is_for_candidates(row):
        raise NotFound("There is no such evaluation of your pushes.")
    return evaluation_id


def of_team(platform: ThePlatform, member: AMember, evaluation_id: RowId) -> str:
    """The evaluation, if it is of the member's organisation."""
    with platform.database.read() as session:
        row = session.get(Evaluation, evaluation_id)
        if row is None:
            raise NotFound("There is no such evaluation in your organisation.")
        require_in(member, Action.SEE_ASSESSMENTS, row.organisation_id)
        require_face(face_of(session, member, session.get_one(Assessment, row.assessment_id)))
    return evaluation_id


@router.get("/candidate/evaluations/{evaluation_id}/events", response_class=EventSourceResponse)
async def candidate_events(
    request: Request,
    platform: ThePlatform,
    evaluation_id: Annotated[str, Depends(of_candidate)],
    last_event_id: LastEventId = None,
    after: After = 0,
) -> AsyncIterator[ServerSentEvent]:
    """What happens to a candidate's own evaluation."""
    start = after if last_event_id is None else last_event_id
    async for event in events(platform, the_watch(request), evaluation_id, start):
        yield event


@router.get("/hiring/evaluations/{evaluation_id}/events", response_class=EventSourceResponse)
async def team_events(
    request: Request,
    platform: ThePlatform,
    evaluation_id: Annotated[str, Depends(of_team)],
    last_event_id: LastEventId = None,
    after: After = 0,
) -> AsyncIterator[ServerSentEvent]:
    """What happens to an evaluation of the organisation."""
    start = after if last_event_id is None else last_event_id
    async for event in events(platform, the_watch(request), evaluation_id, start):
        yield event


def the_watch(request: Request) -> Watch:
    """Of this process."""
    watch: Watch = request.app.state.watch
    return watch
