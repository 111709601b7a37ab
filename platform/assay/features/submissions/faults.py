"""When we fail: try again, then tell a person. It never costs a practice run or a point."""

from datetime import datetime

from sqlmodel import Session

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.auth.accounts import owners_of
from assay.db.states import move_evaluation
from assay.db.tables import Evaluation
from assay.domain.lifecycle import EvaluationState
from assay.evaluation.ports import ProgressEvent
from assay.features.submissions import events, letters
from assay.jobs.engine import JobQueue
from assay.jobs.queueing import requeue
from assay.kit.text import one_line

DELAYS_S = (5.0, 60.0)
"""Before the second and the third attempt. What passes in a minute needs nobody."""
ATTEMPTS = len(DELAYS_S) + 1
MESSAGE_MAX = 1000


def is_last_attempt(attempt: int) -> bool:
    """Whether a person is told if this one fails too. Who tries again by hand gets as many."""
    return attempt % ATTEMPTS == 0


def faulted(session: Session, jobs: JobQueue, row: Evaluation, message: str, now: datetime) -> None:
    """An attempt that runs failed through no fault of the candidate's.

    Raises:
        Conflict: it does not run any more.
    """
    told = one_line(message, MESSAGE_MAX)
    if is_last_attempt(row.attempt):
        _give_up(session, row, told, now)
    else:
        _try_again(session, jobs, row, told, now)


def _try_again(
    session: Session, jobs: JobQueue, row: Evaluation, message: str, now: datetime
) -> None:
    delay_s = DELAYS_S[(row.attempt - 1) % ATTEMPTS]
    said = f"a fault of ours, tried again in {delay_s:.0f} s at no cost: {message}"
    line = ProgressEvent(events.QUEUE, "step", said)
    events.store(session, row.id, row.attempt, [line], now)
    requeue(session, jobs, row, message, now, delay_s=delay_s)


def _give_up(session: Session, row: Evaluation, message: str, now: datetime) -> None:
    ended = move_evaluation(
        session, row.id, was=EvaluationState.RUNNING, then=EvaluationState.PLATFORM_FAULT,
        attempt=row.attempt,
    )  # fmt: skip
    ended.message, ended.stage, ended.ended_at = message, "", now
    by = Actor("system", row.organisation_id)
    details = {"attempt": row.attempt, "lane": row.lane.value}
    record(session, Tag.PLATFORM_FAULT, by=by, subject=row.id, now=now, details=details)
    told = letters.fault(session, ended, ATTEMPTS)
    letters.tell(session, ended, told, owners_of(session, row.organisation_id), now)
