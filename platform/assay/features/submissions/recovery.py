"""Finds what was accepted and would never be judged: an evaluation whose job is gone.

Rows are the truth and jobs do the work; they are written in one transaction, so this finds
nothing unless a database was restored, or a job was given up by the engine.
"""

from datetime import datetime

from sqlmodel import Session

from assay.db.states import locked
from assay.db.tables import Evaluation
from assay.domain.errors import NotFound
from assay.domain.lifecycle import ENDED, EvaluationState
from assay.features.submissions import repository
from assay.features.submissions.faults import faulted
from assay.jobs.engine import JobQueue
from assay.jobs.queueing import submit

UNDER_WAY = ("queued", "running")


def unserved(session: Session, jobs: JobQueue) -> list[str]:
    """Ids of evaluations that wait or run while no job of theirs does.

    For a transaction that only reads: the engine is asked about each, and nobody has to wait
    for that. What has moved since is no reason to do anything; `recover` looks again.
    """
    return [row.id for row in repository.unended(session) if not _is_served(jobs, row)]


def recover(session: Session, jobs: JobQueue, evaluation_id: str, now: datetime) -> bool:
    """Give such an evaluation a job, if it still needs one; whether it did."""
    try:
        row = locked(session, Evaluation, evaluation_id)
    except NotFound:  # deleted meanwhile
        return False
    if row.state in ENDED or _is_served(jobs, row):
        return False
    if row.state is EvaluationState.QUEUED:
        _submit_anew(session, jobs, row)
    else:
        faulted(session, jobs, row, "the worker gave this attempt up without a reason", now)
    return True


def _is_served(jobs: JobQueue, row: Evaluation) -> bool:
    return jobs.state(row.id, _attempt(row)) in UNDER_WAY


def _attempt(row: Evaluation) -> int:
    """Whose job it must be."""
    return row.attempt + 1 if row.state is EvaluationState.QUEUED else row.attempt


def _submit_anew(session: Session, jobs: JobQueue, row: Evaluation) -> None:
    """A job that ended is never run again under its name: the next attempt has another."""
    if jobs.state(row.id, _attempt(row)) is not None:
        row.attempt += 1
        session.flush()
    submit(session, jobs, row)
