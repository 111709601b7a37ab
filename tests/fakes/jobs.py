"""A job engine in memory: what `assay.jobs.engine` promises, for this process only.

`tests/contract/test_job_engine.py` holds it to the same rules as the real one.
"""

import asyncio
import contextlib
import functools
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

from assay.jobs.engine import (
    CALL_TRIES_MAX,
    STAGE_STARTS_MAX,
    EvaluationWork,
    Job,
    JobState,
    StageEnd,
    job_id,
)
from assay.kit.clock import utc_now

POLL_S = 0.01


@dataclass
class Entry:
    """A job and what is recorded of it."""

    job: Job
    due_s: float
    state: JobState = "queued"
    owner: str = ""
    recorded: dict[str, Any] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    stop: Callable[[], None] = lambda: None
    ended_at: datetime | None = None


class FakeJobs:
    """The `JobQueue`. `entries` are the jobs by id, in the order they came."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.lock = threading.RLock()

    def submit(self, session: Session, job: Job) -> None:
        self._when_committed(session, lambda: self._add(job))

    def cancel(self, session: Session, evaluation_id: str, attempt: int) -> None:
        self._when_committed(session, lambda: self._cancel(job_id(evaluation_id, attempt)))

    def state(self, evaluation_id: str, attempt: int) -> JobState | None:
        entry = self.entries.get(job_id(evaluation_id, attempt))
        return entry.state if entry else None

    def ended(self, before: datetime, limit: int) -> list[str]:
        with self.lock:
            over = [(e.ended_at, name) for name, e in self.entries.items() if e.ended_at]
            return [name for at, name in sorted(over) if at < before][:limit]

    def forget(self, names: Sequence[str]) -> None:
        with self.lock:
            for name in names:
                self.entries.pop(name, None)

    def take(self, owner: str) -> Entry | None:
        """The next that is due, from now on the owner's."""
        with self.lock:
            now = time.monotonic()
            due = [e for e in self.entries.values() if e.state == "queued" and e.due_s <= now]
            if not due:
                return None
            entry = min(due, key=lambda entry: entry.job.turn)
            entry.state, entry.owner = "running", owner
            return entry

    def give_back(self, owner: str) -> None:
        """The owner is dead or stops: whoever comes next goes on with its jobs."""
        with self.lock:
            for entry in self.entries.values():
                if entry.owner == owner:
                    self.put_back(entry)

    def put_back(self, entry: Entry) -> None:
        with self.lock:
            if entry.state == "running":
                entry.state, entry.owner = "queued", ""

    def _add(self, job: Job) -> None:
        due_s = time.monotonic() + job.delay_s
        with self.lock:
            self.entries.setdefault(job_id(job.evaluation_id, job.attempt), Entry(job, due_s))

    def _cancel(self, name: str) -> None:
        with self.lock:
            entry = self.entries.get(name)
            if entry is None or entry.state not in ("queued", "running"):
                return
            if entry.state == "running":
                entry.stop()
            entry.state, entry.ended_at = "cancelled", utc_now()

    def _when_committed(self, session: Session, deed: Callable[[], None]) -> None:
        if self not in session.info:
            session.info[self] = []
            event.listen(session, "after_commit", self._committed)
            event.listen(session, "after_rollback", lambda session: session.info[self].clear())
        session.info[self].append(deed)

    def _committed(self, session: Session) -> None:
        for deed in session.info[self]:
            deed()
        session.info[self].clear()


class FakeRunner:
    """The `JobRunner`: a thread with an event loop."""

    def __init__(self, jobs: FakeJobs, worker_id: str) -> None:
        self._jobs, self._worker_id = jobs, worker_id
        self._closing = threading.Event()
        self._killed = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._work: EvaluationWork
        self._thread: threading.Thread

    def start(self, work: EvaluationWork, *, slots: int) -> None:
        self._work = work
        self._jobs.give_back(self._worker_id)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(slots)))
        self._thread.start()

    def stop(self, *, grace_s: float) -> None:
        self._closing.set()
        self._thread.join(grace_s)
        self.kill()
        self._thread.join()

    def kill(self) -> None:
        """As SIGKILL does: nothing that runs is recorded any more. Also from inside a stage."""
        with self._jobs.lock:
            self._killed.set()
            self._jobs.give_back(self._worker_id)

    def gone(self, *, within_s: float) -> bool:
        """Whether its thread has ended."""
        self._thread.join(within_s)
        return not self._thread.is_alive()

    async def _serve(self, slots: int) -> None:
        while not self._killed.is_set() and not (self._closing.is_set() and not self._tasks):
            await asyncio.sleep(POLL_S)
            while len(self._tasks) < slots and self._takes_one():
                pass
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _takes_one(self) -> bool:
        with self._jobs.lock:  # nothing is taken after a kill, nor cancelled before it can be
            if self._killed.is_set() or self._closing.is_set():
                return False
            entry = self._jobs.take(self._worker_id)
            if entry:
                self._begin(entry)
            return entry is not None

    def _begin(self, entry: Entry) -> None:
        task = asyncio.create_task(self._evaluate(entry))
        loop = asyncio.get_running_loop()

        def stop() -> None:
            loop.call_soon_threadsafe(task.cancel)

        entry.stop = stop
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _evaluate(self, entry: Entry) -> None:
        job = (entry.job.evaluation_id, entry.job.attempt)
        try:
            stages = await self._once(entry, "begin", lambda: self._called(self._work.begin, *job))
            for stage in stages:
                run = functools.partial(self._stage, entry, stage)
                end = await self._once(entry, f"stage {stage}", run)
                if end == "stop":
                    break
            if stages:
                await self._once(entry, "finish", lambda: self._called(self._work.finish, *job))
            self._ended(entry, "done")
        except OSError:
            self._ended(entry, "failed")

    async def _once(self, entry: Entry, step: str, call: Callable[[], Awaitable[Any]]) -> Any:
        if step not in entry.recorded:
            if self._closing.is_set():
                self._leave(entry)
                raise asyncio.CancelledError
            outcome = await call()
            if self._killed.is_set() or entry.state != "running":
                raise asyncio.CancelledError
            entry.recorded[step] = outcome
        return entry.recorded[step]

    def _leave(self, entry: Entry) -> None:
        with self._jobs.lock:
            if not self._killed.is_set():  # else it may be another's by now
                self._jobs.put_back(entry)

    async def _stage(self, entry: Entry, stage: str) -> StageEnd:
        entry.starts[stage] = entry.starts.get(stage, 0) + 1
        if entry.starts[stage] > STAGE_STARTS_MAX:
            return "stop"
        with contextlib.suppress(OSError):
            return await self._work.stage(entry.job.evaluation_id, entry.job.attempt, stage)
        return "stop"

    async def _called(self, call: Callable[[str, int], Any], *job: Any) -> Any:
        for _ in range(CALL_TRIES_MAX - 1):
            with contextlib.suppress(OSError):
                return await asyncio.to_thread(call, *job)
        return await asyncio.to_thread(call, *job)

    def _ended(self, entry: Entry, state: JobState) -> None:
        with self._jobs.lock:
            if entry.state == "running" and not self._killed.is_set():
                entry.state, entry.ended_at = state, utc_now()
