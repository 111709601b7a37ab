"""Reads submissions and their evaluations. Nothing here decides."""

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from assay.db.tables import Evaluation, EvaluationEvent, EvaluationStage, Submission
from assay.domain.errors import NotFound
from assay.domain.lifecycle import ENDED, EvaluationState, Lane

SPENT = (EvaluationState.QUEUED, EvaluationState.RUNNING, EvaluationState.JUDGED)
"""States of a practice evaluation that has cost a run, or will. The others gave theirs back."""


def evaluation(session: Session, evaluation_id: str) -> Evaluation:
    """One evaluation.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Evaluation, evaluation_id)
    if found is None:
        raise NotFound(f"there is no evaluation {evaluation_id}")
    return found


def submission(session: Session, submission_id: str) -> Submission:
    """One submission.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Submission, submission_id)
    if found is None:
        raise NotFound(f"there is no submission {submission_id}")
    return found


def by_commit(session: Session, assessment_id: str, commit_sha: str) -> Submission | None:
    """The submission of a commit; of a commit pushed once there is one."""
    return session.exec(
        select(Submission).where(
            Submission.assessment_id == assessment_id, Submission.commit_sha == commit_sha
        )
    ).first()


def last_number(session: Session, assessment_id: str) -> int:
    """How many pushes there were."""
    wanted = select(func.max(Submission.number)).where(Submission.assessment_id == assessment_id)
    return session.exec(wanted).one() or 0


def practice_runs_spent(session: Session, assessment_id: str) -> int:
    """How many practice runs were used, counting those that wait."""
    return session.exec(
        select(func.count())
        .select_from(Evaluation)
        .where(
            Evaluation.assessment_id == assessment_id,
            Evaluation.lane == Lane.PRACTICE,
            col(Evaluation.state).in_(SPENT),
        )
    ).one()


def practice_evaluation(session: Session, submission_id: str) -> Evaluation | None:
    """The practice evaluation of a submission, if it got one."""
    return session.exec(
        select(Evaluation).where(
            Evaluation.submission_id == submission_id, Evaluation.lane == Lane.PRACTICE
        )
    ).first()


def submissions(session: Session, assessment_id: str, limit: int) -> Sequence[Submission]:
    """The newest first."""
    return session.exec(
        select(Submission)
        .where(Submission.assessment_id == assessment_id)
        .order_by(col(Submission.number).desc())
        .limit(limit)
    ).all()


def evaluations_of(session: Session, submission_ids: Sequence[str]) -> Sequence[Evaluation]:
    """Of those submissions, the oldest first."""
    return session.exec(
        select(Evaluation)
        .where(col(Evaluation.submission_id).in_(submission_ids))
        .order_by(col(Evaluation.queued_at))
    ).all()


def waiting_before(session: Session, waiting: Evaluation) -> int:
    """How many in the queue run before this one."""
    sooner = col(Evaluation.turn) < waiting.turn
    as_soon = (col(Evaluation.turn) == waiting.turn) & (
        col(Evaluation.queued_at) < waiting.queued_at
    )
    return session.exec(
        select(func.count())
        .select_from(Evaluation)
        .where(Evaluation.state == EvaluationState.QUEUED, sooner | as_soon)
    ).one()


def stages(session: Session, evaluation_id: str, attempt: int) -> Sequence[EvaluationStage]:
    """What ended in one attempt, in order."""
    return session.exec(
        select(EvaluationStage)
        .where(EvaluationStage.evaluation_id == evaluation_id, EvaluationStage.attempt == attempt)
        .order_by(col(EvaluationStage.id))
    ).all()


def events_after(
    session: Session, evaluation_id: str, event_id: int, limit: int
) -> Sequence[EvaluationEvent]:
    """What happened since, the oldest first."""
    return session.exec(
        select(EvaluationEvent)
        .where(EvaluationEvent.evaluation_id == evaluation_id, col(EvaluationEvent.id) > event_id)
        .order_by(col(EvaluationEvent.id))
        .limit(limit)
    ).all()


def judged_before(session: Session, judged: Evaluation, number: int) -> Evaluation | None:
    """The latest evaluation in the same lane of an earlier push that has a result."""
    return session.exec(
        select(Evaluation)
        .join(Submission, col(Submission.id) == col(Evaluation.submission_id))
        .where(
            Evaluation.assessment_id == judged.assessment_id,
            Evaluation.lane == judged.lane,
            Evaluation.state == EvaluationState.JUDGED,
            Submission.number < number,
        )
        .order_by(col(Submission.number).desc())
        .limit(1)
    ).first()


def unended(session: Session) -> Sequence[Evaluation]:
    """All evaluations that wait or run."""
    open_states = [state for state in EvaluationState if state not in ENDED]
    wanted = select(Evaluation).where(col(Evaluation.state).in_(open_states))
    return session.exec(wanted.order_by(col(Evaluation.turn), Evaluation.id)).all()
