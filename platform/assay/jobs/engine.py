"""The port of the job engine: durable work in steps, enqueued with the rows it belongs to.

One job is one attempt at one evaluation; its id is `job_id(evaluation_id, attempt)`. Whoever
retries makes a new attempt. A fake and the real engine pass `tests/contract/test_job_engine.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sqlmodel import Session

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
StageEnd = Literal["go_on", "stop"]

STAGE_STARTS_MAX = 3
"""Twice a worker may die in a stage by chance; the third time it is the stage that kills it."""
CALL_TRIES_MAX = 5
"""1, 2, 4 and 8 s lie between them: enough for a database that is just being restarted."""


def job_id(evaluation_id: str, attempt: int) -> str:
    """The name of a job, the same for every process."""
    return f"{evaluation_id}-{attempt}"


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt at one evaluation.

    Attributes:
        turn: Its place in the queue: the smallest runs first.
        delay_s: It does not begin before this has passed.
    """

    evaluation_id: str
    attempt: int
    turn: int
    delay_s: float = 0.0


class JobQueue(Protocol):
    """What the web and the features ask of the engine. Usable without a worker."""

    def submit(self, session: Session, job: Job) -> None:
        """Enqueue in the transaction of `session`: rolled back, there is no job.

        A job that is there already is not enqueued twice.
        """

    def cancel(self, session: Session, evaluation_id: str, attempt: int) -> None:
        """In the transaction of `session`, for a second connection would wait for its lock.

        Once committed: queued, it never runs; running, its stage is cancelled within a second.
        Idempotent; a job that has ended stays as it is.
        """

    def state(self, evaluation_id: str, attempt: int) -> JobState | None:
        """Where it stands; None if there is no such job."""

    def ended(self, before: datetime, limit: int) -> Sequence[str]:
        """Ids of jobs that ended, in whatever way, before that moment; the oldest first."""

    def forget(self, names: Sequence[str]) -> None:
        """Remove what is known of ended jobs, in a transaction of its own. Idempotent."""


class EvaluationWork(Protocol):
    """What a worker does for a job. Every call is one durable step: at least once, in order.

    After a crash the first step that had not ended is called again, maybe by another worker.
    A stage that raises, or that was begun `STAGE_STARTS_MAX` times and never ended, is given up:
    `finish` follows and finds it unended. `begin` and `finish` are tried `CALL_TRIES_MAX` times;
    after that the job has failed.
    """

    def begin(self, evaluation_id: str, attempt: int) -> list[str]:
        """Take it: the stages to run, in order. Empty if it is no longer wanted."""

    async def stage(self, evaluation_id: str, attempt: int, stage: str) -> StageEnd:
        """Run one stage. Cancelled by `asyncio.CancelledError`, and then leaves nothing behind."""

    def finish(self, evaluation_id: str, attempt: int) -> None:
        """Judge and store, or make another attempt, or tell a person. Also after "stop"."""


class JobRunner(Protocol):
    """A worker's side of the engine."""

    def start(self, work: EvaluationWork, *, slots: int) -> None:
        """Take jobs, at most `slots` at once, until `stop`. Also those of workers that died."""

    def stop(self, *, grace_s: float) -> None:
        """Take no more; running steps have so long, then they are another worker's."""
