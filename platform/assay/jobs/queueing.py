"""Puts evaluations into the queue and takes them out: the rows and their jobs, in one transaction.

An evaluation that waits has the job of its next attempt; one that runs, that of its attempt.
Whoever calls holds the assessment's row locked (`db.states.locked`), so that of two pushes, or a
push and Finish, one comes first. Several evaluations are locked in the order of their turns,
everywhere, so that nobody waits for each other.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from assay.db.states import locked, move_evaluation
from assay.db.tables import Assessment, Evaluation, Submission
from assay.domain.errors import Conflict
from assay.domain.lifecycle import ENDED, EvaluationState, Lane
from assay.jobs.engine import Job, JobQueue
from assay.jobs.turns import next_turn
from assay.kit.ids import new_id

BEGUN = (
    EvaluationState.RUNNING,
    EvaluationState.JUDGED,
    EvaluationState.PLATFORM_FAULT,
    EvaluationState.CANCELLED,
)
"""States of those that may have begun to run."""


def enqueue(
    session: Session,
    jobs: JobQueue,
    assessment: Assessment,
    submission: Submission,
    lane: Lane,
    now: datetime,
) -> Evaluation:
    """Queue one evaluation of a submission, behind those of its organisation.

    It takes the place of that which `supersede_waiting` took out with the same `now`.
    """
    evaluation = Evaluation(
        id=new_id("evl"),
        submission_id=submission.id,
        assessment_id=assessment.id,
        organisation_id=assessment.organisation_id,
        lane=lane,
        seed=assessment.practice_seed if lane is Lane.PRACTICE else assessment.sealed_seed,
        state=EvaluationState.QUEUED,
        turn=_turn(session, assessment, lane, now),
        queued_at=now,
    )
    session.add(evaluation)
    session.flush()
    submit(session, jobs, evaluation)
    return evaluation


def submit(
    session: Session, jobs: JobQueue, evaluation: Evaluation, *, delay_s: float = 0.0
) -> None:
    """Make the job of the next attempt of an evaluation that waits."""
    jobs.submit(
        session, Job(evaluation.id, evaluation.attempt + 1, evaluation.turn, delay_s=delay_s)
    )


def requeue(
    session: Session,
    jobs: JobQueue,
    evaluation: Evaluation,
    message: str,
    now: datetime,
    *,
    delay_s: float = 0.0,
) -> None:
    """Let an evaluation that runs, or ended by a fault of ours, wait for another attempt.

    It keeps its turn, so it does not stand behind those that came meanwhile.

    Raises:
        Conflict: it does neither by now.
    """
    row = move_evaluation(
        session, evaluation.id, was=evaluation.state, then=EvaluationState.QUEUED,
        attempt=evaluation.attempt,
    )  # fmt: skip
    row.message, row.stage, row.worker_id = message, "", None
    row.queued_at, row.started_at, row.ended_at = now, None, None
    submit(session, jobs, row, delay_s=delay_s)


def supersede_waiting(
    session: Session, jobs: JobQueue, assessment_id: str, message: str, now: datetime
) -> int:
    """Take the practice evaluations of an assessment out of the queue; how many there were."""
    waiting = session.exec(
        select(Evaluation.id)
        .where(
            Evaluation.assessment_id == assessment_id,
            Evaluation.state == EvaluationState.QUEUED,
            Evaluation.lane == Lane.PRACTICE,
        )
        .order_by(col(Evaluation.turn), Evaluation.id)
    ).all()
    still = [e for e in waiting if locked(session, Evaluation, e).state is EvaluationState.QUEUED]
    for evaluation_id in still:  # one that began meanwhile goes on
        take_out(session, jobs, evaluation_id, EvaluationState.SUPERSEDED, message, now)
    return len(still)


def call_off(
    session: Session,
    jobs: JobQueue,
    assessment_id: str,
    message: str,
    now: datetime,
    lanes: Collection[Lane] = tuple(Lane),
) -> None:
    """Cancel whatever of an assessment waits or runs, in these lanes."""
    unended = session.exec(
        select(Evaluation.id)
        .where(
            Evaluation.assessment_id == assessment_id,
            col(Evaluation.lane).in_(lanes),
            col(Evaluation.state).not_in(ENDED),
        )
        .order_by(col(Evaluation.turn), Evaluation.id)
    ).all()
    still = [e for e in unended if locked(session, Evaluation, e).state not in ENDED]
    for evaluation_id in still:
        take_out(session, jobs, evaluation_id, EvaluationState.CANCELLED, message, now)


def take_out(
    session: Session,
    jobs: JobQueue,
    evaluation_id: str,
    then: EvaluationState,
    message: str,
    now: datetime,
) -> Evaluation:
    """End an evaluation that waits or runs, and its job with it.

    Raises:
        NotFound: there is no such evaluation.
        Conflict: it has ended, or what runs cannot end like that.
    """
    was = locked(session, Evaluation, evaluation_id).state
    if was in ENDED:
        raise Conflict(f"it has ended already ({was.value.replace('_', ' ')})")
    row = move_evaluation(session, evaluation_id, was=was, then=then)
    row.message, row.stage, row.ended_at = message, "", now
    waited = was is EvaluationState.QUEUED
    jobs.cancel(session, row.id, row.attempt + 1 if waited else row.attempt)
    return row


def _turn(session: Session, assessment: Assessment, lane: Lane, now: datetime) -> int:
    return next_turn(
        lane,
        last_of_flow=_largest(
            session,
            Evaluation.organisation_id == assessment.organisation_id,
            Evaluation.lane == lane,
            or_(col(Evaluation.state) == EvaluationState.QUEUED, _has_begun()),
        ),
        largest_begun=_largest_begun(session),
        given_up=_largest(
            session,
            Evaluation.assessment_id == assessment.id,
            Evaluation.lane == lane,
            Evaluation.state == EvaluationState.SUPERSEDED,
            Evaluation.ended_at == now,
        ),
    )


def _largest_begun(session: Session) -> int | None:
    """One look-up in the index per state: over all states at once it would read all rows."""
    each = [_largest(session, Evaluation.state == state, _has_begun()) for state in BEGUN]
    return max((turn for turn in each if turn is not None), default=None)


def _has_begun() -> ColumnElement[bool]:
    return col(Evaluation.started_at).is_not(None)


def _largest(session: Session, *where: ColumnElement[bool] | bool) -> int | None:
    """The largest turn of such evaluations, from the end of an index; `max` would read it all."""
    wanted = select(Evaluation.turn).where(*where).order_by(col(Evaluation.turn).desc()).limit(1)
    return session.exec(wanted).first()
