"""What a worker does for a job: run the stages of an evaluation, keep what they say, judge.

The row of the evaluation decides whether the work is still wanted: every transaction here looks
at it first, so a worker that was thought dead, or was cancelled, changes nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.db.artifacts import delete_artifact, get_artifact, put_artifact
from assay.db.session import Database
from assay.db.standing import renew
from assay.db.states import locked_if_any, move_evaluation
from assay.db.tables import Assessment, Evaluation
from assay.domain.errors import AssayError
from assay.domain.evidence import EVIDENCE_FILE
from assay.domain.lifecycle import EvaluationState, Lane
from assay.features.submissions import events, letters, repository, tasks
from assay.features.submissions.evaluator import (
    EvaluationJob,
    Evaluator,
    Judge,
    Judgement,
    Measured,
    NewEvaluator,
    StageReport,
)
from assay.features.submissions.events import EventBuffer
from assay.features.submissions.faults import MESSAGE_MAX, faulted
from assay.features.submissions.tasks import CHECKPOINT, Key, Task
from assay.jobs.engine import JobQueue, StageEnd
from assay.kit.text import one_line
from assay.toolkit.package import ChallengePackage

logger = logging.getLogger(__name__)

LOOK_S = 0.3
"""How often events are stored and the row is looked at."""
QUIT_S = 1.0
"""What a stage may take to notice that it was cancelled, before its process is killed."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a worker works with.

    Attributes:
        challenges: Slug -> package, as this worker has them.
        new_evaluator: A process for one evaluation, not started.
        judge: From evidence to result and report.
        public_url: Where the hiring team reads on.
    """

    database: Database
    jobs: JobQueue
    challenges: Mapping[str, ChallengePackage]
    new_evaluator: NewEvaluator
    judge: Judge
    public_url: str
    worker_id: str
    now: Callable[[], datetime]


class DatabaseWork:
    """`jobs.engine.EvaluationWork` over the database. One in a worker; jobs may run at once."""

    def __init__(self, equipment: Equipment) -> None:
        self._with = equipment
        self._running: dict[Key, Evaluator] = {}

    # ----------------------------------------------------------------------------- the three steps

    def begin(self, evaluation_id: str, attempt: int) -> list[str]:
        """See `EvaluationWork`."""
        with self._with.database.write() as session:
            row = self._taken(session, evaluation_id, attempt)
            return tasks.stages_to_run(session, row, self._every(session, row)) if row else []

    async def stage(self, evaluation_id: str, attempt: int, stage: str) -> StageEnd:
        """See `EvaluationWork`."""
        key = (evaluation_id, attempt)
        task = await asyncio.to_thread(self._task, key, stage)
        if task is None:
            await self._close(key)
            return "stop"
        if task.ended:
            return task.ended
        try:
            end = await self._carry_out(task)
        except BaseException:
            await self._close(key)
            raise
        if end == "stop" or task.is_last:
            await self._close(key)
        return end

    def finish(self, evaluation_id: str, attempt: int) -> None:
        """See `EvaluationWork`."""
        key = (evaluation_id, attempt)
        with self._with.database.read() as session:
            row = _wanted(session, key)
            if row is None:
                return
            fault = tasks.why_unjudged(session, row)
            evidence = b"" if fault else get_artifact(session, evaluation_id, EVIDENCE_FILE)
        judgement = fault or self._judged(evidence)
        with self._with.database.write() as session:
            row = _wanted(session, key, lock=True)
            if row:
                self._settle(session, row, judgement)
        if row and row.lane is Lane.SEALED:
            with self._with.database.write() as session:  # the assessment is locked first here
                renew(session, row.assessment_id)

    # -------------------------------------------------------------------------------- taking it

    def _taken(self, session: Session, evaluation_id: str, attempt: int) -> Evaluation | None:
        """It is ours now: it waited for this attempt, or we have taken it before."""
        row = locked_if_any(session, Evaluation, evaluation_id)
        if row is None or _is_under_way(row, attempt):
            return row
        if row.state is not EvaluationState.QUEUED or row.attempt != attempt - 1:
            return None
        row = move_evaluation(
            session, row.id, was=EvaluationState.QUEUED, then=EvaluationState.RUNNING
        )
        row.attempt, row.started_at, row.message = attempt, self._with.now(), ""
        row.worker_id = self._with.worker_id
        session.flush()
        return row

    def _every(self, session: Session, row: Evaluation) -> tuple[str, ...]:
        assessment = session.get(Assessment, row.assessment_id)
        slug = assessment.challenge if assessment else ""
        return tasks.every_stage(self._with.challenges.get(slug))

    def _task(self, key: Key, stage: str) -> Task | None:
        """The stage as this process has to run it; None if it is no longer wanted."""
        with self._with.database.write() as session:
            row = _wanted(session, key, lock=True)
            if row is None:
                return None
            row.stage, row.worker_id = stage, self._with.worker_id
            return tasks.task_of(session, row, stage, self._every(session, row))

    # --------------------------------------------------------------------------- running a stage

    async def _carry_out(self, task: Task) -> StageEnd:
        buffer, measured = EventBuffer(), None
        try:
            evaluator = await self._evaluator(task)
            report = await self._watched(task, evaluator, buffer)
            if report and task.is_last and report.status != "platform_fault":
                measured = await evaluator.evidence()
        except AssayError as fault:
            report = _failed(task, str(fault))
        except Exception as error:  # if we cannot tell whose fault it is, it is ours
            logger.exception("stage %s of %s broke", task.stage, task.key)
            report = _failed(task, f"{type(error).__name__}: {error}")
        if report is None:
            return "stop"
        return await asyncio.to_thread(self._ended, task, report, measured, buffer)

    async def _evaluator(self, task: Task) -> Evaluator:
        """The process of this attempt; a new one goes on after the last checkpoint."""
        if task.key not in self._running:
            job = await asyncio.to_thread(self._job, task)
            evaluator = self._with.new_evaluator()
            self._running[task.key] = evaluator
            await evaluator.start(job)
        return self._running[task.key]

    def _job(self, task: Task) -> EvaluationJob:
        with self._with.database.read() as session:
            job = tasks.job_of(session, task)
        tasks.refuse_unknown(self._with.challenges.get(job.challenge), job.challenge)
        return job

    async def _watched(
        self, task: Task, evaluator: Evaluator, buffer: EventBuffer
    ) -> StageReport | None:
        """The end of the stage, or None if it is no longer wanted."""
        running = asyncio.ensure_future(evaluator.run_stage(task.stage, buffer.hear))
        try:
            while True:
                done, _ = await asyncio.wait({running}, timeout=LOOK_S)
                if done:
                    return running.result()
                if not await asyncio.to_thread(self._heard, task.key, buffer):
                    return None
        finally:
            running.cancel()
            await asyncio.wait({running}, timeout=QUIT_S)

    def _heard(self, key: Key, buffer: EventBuffer) -> bool:
        """Store what was said meanwhile; whether the stage is still wanted."""
        said = buffer.take()
        if not said:
            with self._with.database.read() as session:
                return _wanted(session, key) is not None
        with self._with.database.write() as session:
            wanted = _wanted(session, key, lock=True) is not None
            if wanted:
                events.store(session, *key, said, self._with.now())
            return wanted

    def _ended(
        self, task: Task, report: StageReport, measured: Measured | None, buffer: EventBuffer
    ) -> StageEnd:
        """Store the end of a stage and all that came of it, at once."""
        with self._with.database.write() as session:
            if _wanted(session, task.key, lock=True) is None:
                return "stop"
            now = self._with.now()
            events.store(session, *task.key, buffer.take(), now)
            tasks.keep_stage(session, task, report, measured, now)
        return tasks.end_of(report.status)

    async def _close(self, key: Key) -> None:
        """Kill the process, whatever happens to us meanwhile."""
        evaluator = self._running.pop(key, None)
        if evaluator:
            await asyncio.shield(asyncio.ensure_future(_killed(evaluator, key)))

    # ------------------------------------------------------------------------------- the end

    def _judged(self, evidence: bytes) -> Judgement | str:
        """What the evidence is worth, or why it could not be judged."""
        try:
            return self._with.judge(evidence)
        except Exception as error:  # if we cannot tell whose fault it is, it is ours
            logger.exception("evidence could not be judged")
            return f"judging failed: {type(error).__name__}: {error}"

    def _settle(self, session: Session, row: Evaluation, judgement: Judgement | str) -> None:
        now = self._with.now()
        if isinstance(judgement, str):
            faulted(session, self._with.jobs, row, judgement, now)
            return
        for name, content in judgement.files.items():
            put_artifact(session, row.id, name, content, now)
        delete_artifact(session, row.id, CHECKPOINT)
        row = move_evaluation(
            session, row.id, was=EvaluationState.RUNNING, then=EvaluationState.JUDGED,
            attempt=row.attempt,
        )  # fmt: skip
        row.score, row.complete, row.stage = judgement.score, judgement.complete, ""
        row.message, row.ended_at = _message(session, row, judgement), now
        if row.lane is Lane.SEALED:
            told = letters.result(session, row, self._with.public_url)
            letters.tell(session, row, told, letters.team_of(session, row), now)
        by = Actor("system", row.organisation_id)
        details = {"score": row.score, "attempt": row.attempt, "lane": row.lane.value}
        record(session, Tag.JUDGED, by=by, subject=row.id, now=now, details=details)


def _wanted(session: Session, key: Key, *, lock: bool = False) -> Evaluation | None:
    """The row, if this attempt still runs; None if somebody ended it, or took it over."""
    evaluation_id, attempt = key
    if lock:
        row = locked_if_any(session, Evaluation, evaluation_id)
    else:
        row = session.get(Evaluation, evaluation_id, populate_existing=True)
    return row if row and _is_under_way(row, attempt) else None


def _is_under_way(row: Evaluation, attempt: int) -> bool:
    return row.state is EvaluationState.RUNNING and row.attempt == attempt


def _failed(task: Task, message: str) -> StageReport:
    return StageReport(task.stage, "platform_fault", message, 0.0, b"")


async def _killed(evaluator: Evaluator, key: Key) -> None:
    try:
        await evaluator.kill()
    except Exception:  # the run's label stays: whoever starts next removes what is left
        logger.exception("the process of %s could not be killed", key)


def _message(session: Session, row: Evaluation, judgement: Judgement) -> str:
    """What ended a stage of the submission says more than any headline."""
    for stage in repository.stages(session, row.id, row.attempt):
        if stage.status == "candidate_fault":
            return one_line(f"{stage.stage}: {stage.message}", MESSAGE_MAX)
    return one_line(judgement.headline, MESSAGE_MAX)
