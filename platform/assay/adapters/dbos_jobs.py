"""Jobs on DBOS Transact: durable steps in the platform's own database, SQLite or PostgreSQL.

DBOS keeps the queue, records every step that ended and lets one worker at a time own a job. What
it leaves open is closed here: to cancel in the caller's transaction and within a second, slots
that differ from worker to worker, to give up a stage that kills its worker, to end between two
steps; and in `failover` the jobs of workers that died. Its tables lie beside ours: in the schema
`dbos` of a PostgreSQL database, in the same file of SQLite.

Importing DBOS takes more than a second. Import this module only where jobs are meant.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal, TypeVar

import sqlalchemy
from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    StepOptions,
    WorkflowStatus,
)
from dbos import error as dbos_error
from sqlmodel import Session

from assay.adapters.failover import Failover, claim, leave, liveness_for
from assay.db.session import POSTGRESQL, database_url, make_engine
from assay.jobs.engine import (
    CALL_TRIES_MAX,
    STAGE_STARTS_MAX,
    EvaluationWork,
    Job,
    JobState,
    StageEnd,
    job_id,
)

logger = logging.getLogger(__name__)

T = TypeVar("T")

APPLICATION = "assay"
VERSION = "1"
"""Of the order of steps in `_evaluate`. Workers run jobs of their own version only: raise it with
that order, once no job of the old one is left."""
WORKFLOW = "evaluate"
QUEUE = "evaluations"
QUEUE_POLL_S = 0.25
CANCEL_POLL_S = 0.25
"""DBOS looks each second whether a step was cancelled; that is too late to be done in one."""
RECOVERIES_MAX = 50
"""Backstop for what kills its worker outside a stage: the job has failed then."""
CONNECTIONS_MAX = 10

STATES: dict[str, JobState] = {
    "DELAYED": "queued",
    "ENQUEUED": "queued",
    "PENDING": "running",
    "SUCCESS": "done",
    "ERROR": "failed",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failed",
    "CANCELLED": "cancelled",
}
"""State of a DBOS workflow -> ours."""

OVER: frozenset[JobState] = frozenset({"done", "failed", "cancelled"})

MEANT = ("was cancelled during", "no longer owned", "task cancelled", "outcome was not recorded")
"""What DBOS warns of when a job was cancelled or taken over, or its worker stops."""


def prepare(url: str) -> None:
    """Make DBOS's tables, or bring them to its version. Before any queue or runner.

    Raises:
        BadInput: it is no address of a database we know.
    """
    engine = make_engine(database_url(url))
    engine.connect().close()  # SQLite: its file is in WAL mode from now on
    engine.dispose()
    DBOS.migrate(_address(url))


class DbosQueue:
    """The `JobQueue` of every process: it needs the database and no worker."""

    def __init__(self, url: str) -> None:
        """Connect to a prepared database. An error of it is raised, not waited out."""
        self._client = _client(url, wait_for_database=False)
        self._jobs = _jobs_table(url)

    def submit(self, session: Session, job: Job) -> None:
        """See `JobQueue`."""
        options: EnqueueOptions = {
            "queue_name": QUEUE,
            "workflow_name": WORKFLOW,
            "workflow_id": job_id(job.evaluation_id, job.attempt),
            "app_version": VERSION,
            "priority": job.turn,
        }
        if job.delay_s > 0:
            options["delay_seconds"] = job.delay_s
        self._client.enqueue_in_transaction(
            session.connection(), options, job.evaluation_id, job.attempt
        )

    def cancel(self, session: Session, evaluation_id: str, attempt: int) -> None:
        """See `JobQueue`. What `DBOSClient.cancel_workflow` does, in the caller's transaction."""
        jobs, now_ms = self._jobs, time.time_ns() // 1_000_000
        session.connection().execute(
            sqlalchemy.update(jobs)
            .where(jobs.c.workflow_uuid == job_id(evaluation_id, attempt))
            .where(jobs.c.status.in_(("DELAYED", "ENQUEUED", "PENDING")))
            .values(
                status="CANCELLED",
                owner_xid=None,
                queue_name=None,
                started_at_epoch_ms=None,
                updated_at=now_ms,
                completed_at=now_ms,
            )
        )

    def state(self, evaluation_id: str, attempt: int) -> JobState | None:
        """See `JobQueue`."""
        status = _status(self._client, job_id(evaluation_id, attempt))
        return None if status is None else STATES[status.status]

    def ended(self, before: datetime, limit: int) -> Sequence[str]:
        """See `JobQueue`."""
        found = self._client.list_workflows(
            name=WORKFLOW,
            status=[status for status, state in STATES.items() if state in OVER],
            completed_before=before.isoformat(),
            limit=limit,
            load_input=False,
            load_output=False,
        )
        return [job.workflow_id for job in found]

    def forget(self, names: Sequence[str]) -> None:
        """See `JobQueue`. With everything DBOS recorded of their steps."""
        if names:
            self._client.delete_workflows(list(names))

    def close(self) -> None:
        """Close its connections."""
        self._client.destroy()


class DbosRunner:
    """The `JobRunner`: one worker. DBOS allows one in a process."""

    def __init__(self, url: str, worker_id: str, *, on_lost: Callable[[], None] = leave) -> None:
        """Name the worker.

        Args:
            url: A prepared database.
            worker_id: Its own among all workers, and the same whenever it starts again: then it
                goes on with its jobs at once.
            on_lost: Called, in a thread, when the connection that proves it alive is lost.
        """
        self._url, self._worker_id = url, worker_id
        self._liveness = liveness_for(url)
        self._failover = Failover(self._liveness, self, on_lost=on_lost)
        self._gate = _Gate()
        self._client: DBOSClient
        self._work: EvaluationWork

    def start(self, work: EvaluationWork, *, slots: int) -> None:
        """See `JobRunner`. Not from a thread with a running event loop: its jobs would run there.

        Raises:
            BadInput: a worker of this name is running.
            PlatformFault: the database or the data directory cannot be used.
        """
        claim(self._liveness, self._worker_id)
        self._work = work
        self._client = _client(self._url, wait_for_database=True)
        logging.getLogger("dbos").addFilter(_without_what_is_meant)
        dbos = DBOS(config=_config(self._url, self._worker_id))
        _register(self._evaluate)
        _own_queue(dbos, slots)
        DBOS.launch()
        self._failover.start(self._worker_id)

    def stop(self, *, grace_s: float) -> None:
        """See `JobRunner`. Its jobs go on where the next worker finds them: after its last step."""
        if not self._gate.close(grace_s):
            logger.warning("a stage ran longer than %s s; another worker will repeat it", grace_s)
        self._failover.stop()
        DBOS.destroy(destroy_registry=True)
        self._client.destroy()
        self._liveness.release()

    def owners(self) -> set[str]:
        """See `failover.Orphans`."""
        running = self._client.list_workflows(
            status="PENDING", name=WORKFLOW, load_input=False, load_output=False
        )
        return {job.executor_id for job in running if job.executor_id}

    def take_over(self, worker_id: str) -> None:
        """See `failover.Orphans`.

        Not by the public `resume_workflow`: that would also take a job which a third worker has
        just begun, and it forgets how often the job was begun.
        """
        DBOS._recover_pending_workflows([worker_id])

    async def _evaluate(self, evaluation_id: str, attempt: int) -> None:
        with self._gate.job():
            stages, start = await self._step("begin", self._begin, evaluation_id, attempt)
            for stage in stages:
                end, start = await self._step(
                    stage, self._stage, evaluation_id, attempt, stage, start
                )
                if end == "stop":
                    break
            if stages:
                await self._step("finish", self._finish, evaluation_id, attempt)

    async def _step(
        self, name: str, call: Callable[..., Coroutine[Any, Any, T]], *arguments: str | int
    ) -> T:
        await self._gate.passed()
        options: StepOptions = {
            "name": name,
            "retries_allowed": True,
            "max_attempts": CALL_TRIES_MAX,
        }
        return await DBOS.run_step_async(options, call, *arguments)

    async def _begin(self, evaluation_id: str, attempt: int) -> tuple[list[str], int]:
        stages = await asyncio.to_thread(self._work.begin, evaluation_id, attempt)
        return stages, await self._start(evaluation_id, attempt)

    async def _stage(
        self, evaluation_id: str, attempt: int, stage: str, start_before: int
    ) -> tuple[StageEnd, int]:
        """One stage; `start_before` is the start of the job in which the step before it ended."""
        start = await self._start(evaluation_id, attempt)
        if start - start_before >= STAGE_STARTS_MAX:
            logger.error("%s: gave up stage %s: it never ended", evaluation_id, stage)
            return "stop", start
        try:
            return await self._while_ours(evaluation_id, attempt, stage), start
        except Exception:
            logger.exception("%s: gave up stage %s", evaluation_id, stage)
            return "stop", start

    async def _finish(self, evaluation_id: str, attempt: int) -> None:
        await asyncio.to_thread(self._work.finish, evaluation_id, attempt)

    async def _while_ours(self, evaluation_id: str, attempt: int, stage: str) -> StageEnd:
        """Run a stage until it ends, the job is cancelled or another worker has taken it over.

        Raises:
            dbos_error.DBOSWorkflowConflictIDError: it is not ours any more. DBOS records nothing.
            RuntimeError: it was cancelled, and not by us.
        """
        name = job_id(evaluation_id, attempt)
        running = asyncio.ensure_future(self._work.stage(evaluation_id, attempt, stage))
        try:
            while not (await asyncio.wait({running}, timeout=CANCEL_POLL_S))[0]:
                if not await asyncio.to_thread(self._is_ours, name):
                    raise dbos_error.DBOSWorkflowConflictIDError(name)
            if running.cancelled():
                raise RuntimeError("the stage cancelled itself")
            return running.result()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def _is_ours(self, name: str) -> bool:
        job = _status(self._client, name)
        return job is not None and (job.status, job.executor_id) == ("PENDING", self._worker_id)

    async def _start(self, evaluation_id: str, attempt: int) -> int:
        """How often a worker has begun this job, 1 for the first."""
        job = await asyncio.to_thread(_status, self._client, job_id(evaluation_id, attempt))
        return 0 if job is None else job.recovery_attempts or 0


class _Gate:
    """Stands before every step. Closed, jobs wait there: their last step is recorded by then."""

    def __init__(self) -> None:
        self._closed = False
        self._moving = 0
        self._change = threading.Condition()

    @contextmanager
    def job(self) -> Iterator[None]:
        """A job is moving, unless it waits in `passed`."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    async def passed(self) -> None:
        """Go on, or wait for ever if the gate is closed."""
        if self._closed:
            self._count(-1)
            try:
                await asyncio.Event().wait()
            finally:
                self._count(1)

    def close(self, grace_s: float) -> bool:
        """Let no job begin another step.

        Returns:
            Whether all steps that ran have ended within `grace_s`.
        """
        self._closed = True
        with self._change:
            return self._change.wait_for(lambda: self._moving == 0, timeout=grace_s)

    def _count(self, by: Literal[1, -1]) -> None:
        with self._change:
            self._moving += by
            self._change.notify_all()


def _register(evaluate: Callable[[str, int], Awaitable[None]]) -> None:
    async def run(evaluation_id: str, attempt: int) -> None:  # DBOS marks what it registers
        await evaluate(evaluation_id, attempt)

    DBOS.workflow(name=WORKFLOW, max_recovery_attempts=RECOVERIES_MAX)(run)


def _own_queue(dbos: DBOS, slots: int) -> None:
    """Read our queue with this worker's slots.

    The public `register_queue` keeps the number of slots in the database, one for all workers,
    so a queue of the kind that DBOS keeps for itself is used.
    """
    DBOS.listen_queues([])
    dbos._registry._register_internal_queue(
        QUEUE, worker_concurrency=slots, polling_interval_sec=QUEUE_POLL_S
    )


def _config(url: str, worker_id: str) -> DBOSConfig:
    return {
        "name": APPLICATION,
        "system_database_url": _address(url),
        "sys_db_pool_size": CONNECTIONS_MAX,
        "application_version": VERSION,
        "executor_id": worker_id,
        "serializer": DBOSPortableJSONSerializer(),  # pickles would let the database run code
        "log_level": "WARNING",
    }


def _client(url: str, *, wait_for_database: bool) -> DBOSClient:
    return DBOSClient(
        system_database_url=_address(url),
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        lazy=True,
        retry_connection_errors=wait_for_database,
    )


def _address(url: str) -> str:
    return database_url(url).render_as_string(hide_password=False)


def _jobs_table(url: str) -> sqlalchemy.TableClause:
    names = ("workflow_uuid", "status", "owner_xid", "queue_name", "started_at_epoch_ms")
    return sqlalchemy.table(
        "workflow_status",
        *map(sqlalchemy.column, (*names, "updated_at", "completed_at")),
        schema="dbos" if database_url(url).get_backend_name() == POSTGRESQL else None,
    )


def _status(client: DBOSClient, name: str) -> WorkflowStatus | None:
    found = client.list_workflows(workflow_ids=[name], load_input=False, load_output=False)
    return found[0] if found else None


def _without_what_is_meant(record: logging.LogRecord) -> bool:
    """Filter: a cancelled job ends in an exception, which is no news."""
    error = record.exc_info[0] if record.exc_info else None
    cancelled = error is not None and error.__name__ == "DBOSAwaitedWorkflowCancelledError"
    return not cancelled and not any(words in record.getMessage() for words in MEANT)
