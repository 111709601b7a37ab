"""What pages, the API and terminals show of submissions, read in the caller's transaction."""

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, func, select

from assay.db.tables import Evaluation, EvaluationEvent, EvaluationStage, Submission
from assay.domain.lifecycle import EvaluationState
from assay.features.submissions import repository
from assay.features.submissions.views import (
    EvaluationView,
    EventView,
    Live,
    StageView,
    SubmissionView,
)

SUBMISSIONS_SHOWN = 200
EVENTS_AT_ONCE = 500


def history(session: Session, assessment_id: str) -> list[SubmissionView]:
    """The pushes of an assessment with their evaluations, the newest push first.

    Only the last `SUBMISSIONS_SHOWN`: who pushes more often looks at the last ones.
    """
    found = repository.submissions(session, assessment_id, SUBMISSIONS_SHOWN)
    evaluations: dict[str, list[Evaluation]] = {submission.id: [] for submission in found}
    for one in repository.evaluations_of(session, list(evaluations)):
        evaluations[one.submission_id].append(one)
    return [_submission_view(session, one, evaluations[one.id]) for one in found]


def evaluation_view(session: Session, evaluation_id: str) -> EvaluationView:
    """Where one evaluation stands.

    Raises:
        NotFound: there is no such evaluation.
    """
    return _evaluation_view(session, repository.evaluation(session, evaluation_id))


def live(session: Session, evaluation_id: str, after_event_id: int = 0) -> Live:
    """An evaluation as it is now, and what happened since the caller last asked.

    Raises:
        NotFound: there is no such evaluation.
    """
    row = repository.evaluation(session, evaluation_id)
    ran = repository.evaluation(session, row.judged_from) if row.judged_from else row
    events = repository.events_after(session, evaluation_id, after_event_id, EVENTS_AT_ONCE)
    return Live(
        evaluation=_evaluation_view(session, row),
        stages=[_stage_view(s) for s in repository.stages(session, ran.id, ran.attempt)],
        events=[_event_view(event) for event in events],
        last_event_id=(events[-1].id or 0) if events else after_event_id,
    )


def marks(session: Session, evaluation_ids: Collection[str]) -> dict[str, tuple[object, ...]]:
    """Id -> what differs as soon as there is something to read; cheap to ask again and again.

    Another attempt shows in what it tells. What happens to others moves a place in the queue,
    and no mark.
    """
    newest = (
        select(func.max(EvaluationEvent.id))
        .where(EvaluationEvent.evaluation_id == Evaluation.id)
        .correlate(Evaluation)
        .scalar_subquery()
    )
    rows = session.exec(
        select(Evaluation.id, Evaluation.state, Evaluation.stage, newest).where(
            col(Evaluation.id).in_(evaluation_ids)
        )
    )
    return {evaluation_id: tuple(mark) for evaluation_id, *mark in rows}


def queue_position(session: Session, evaluation_id: str) -> int | None:
    """Its place in the queue, 1 is next; None if it does not wait.

    Raises:
        NotFound: there is no such evaluation.
    """
    return _position(session, repository.evaluation(session, evaluation_id))


def practice_runs_left(session: Session, assessment_id: str, practice_runs_max: int) -> int:
    """How many practice runs a candidate still has."""
    return max(0, practice_runs_max - repository.practice_runs_spent(session, assessment_id))


def _position(session: Session, row: Evaluation) -> int | None:
    waits = row.state is EvaluationState.QUEUED
    return repository.waiting_before(session, row) + 1 if waits else None


def _submission_view(
    session: Session, row: Submission, evaluations: Sequence[Evaluation]
) -> SubmissionView:
    return SubmissionView(
        id=row.id,
        number=row.number,
        commit_sha=row.commit_sha,
        subject=row.subject,
        pushed_at=row.pushed_at,
        evaluations=[_evaluation_view(session, one) for one in evaluations],
    )


def _evaluation_view(session: Session, row: Evaluation) -> EvaluationView:
    return EvaluationView(
        id=row.id,
        lane=row.lane,
        state=row.state,
        stage=row.stage,
        position=_position(session, row),
        score=row.score,
        complete=row.complete,
        message=row.message,
        attempt=row.attempt,
        queued_at=row.queued_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        challenge_version=row.challenge_version,
        adopted_at=row.adopted_at,
        judged_from=row.judged_from,
    )


def _stage_view(row: EvaluationStage) -> StageView:
    return StageView(
        attempt=row.attempt,
        stage=row.stage,
        status=row.status,
        message=row.message,
        seconds=row.seconds,
    )


def _event_view(row: EvaluationEvent) -> EventView:
    return EventView(
        id=row.id or 0,
        attempt=row.attempt,
        at=row.at,
        stage=row.stage,
        state=row.state,
        detail=row.detail,
        elapsed_s=row.elapsed_s,
        expected_s=row.expected_s,
        done=row.done,
        total=row.total,
    )
