"""The `Evaluator` of the submissions: an evaluation in a process of its own, cancelled at any time.

The process is killed with all of its group; what it had started in the sandbox is removed by its
run's label, by us at once and, should we die as well, by its watchdog.
"""

import asyncio
import contextlib
import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from assay.bootstrap import provision
from assay.bootstrap.cores import CorePool
from assay.bootstrap.driven_process import DrivenProcess, nobody
from assay.bootstrap.evaluating import TOTAL_S, Profile
from assay.bootstrap.reserve import Reserve
from assay.bootstrap.wire import (
    EvidenceGiven,
    Fault,
    GiveEvidence,
    Order,
    Request,
    RunStage,
    Sandbox,
    StageEnded,
)
from assay.bootstrap.workplace import work_directory
from assay.domain.errors import AssayError, PlatformFault
from assay.features.submissions.evaluator import (
    EvaluationJob,
    Measured,
    NewEvaluator,
    OnEvent,
    StageReport,
)
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.errors import SandboxError

logger = logging.getLogger(__name__)

LONGEST_S = 3600.0
"""One answer at the very most: a new machine makes its images first. Stages end much sooner."""
ORDERLY_S = 20.0
"""After the evidence the process removes its containers; one that takes longer is killed."""
REAP_S = 15.0
"""An engine that is busy takes a second or two to remove a run."""

Kind = TypeVar("Kind", StageEnded, EvidenceGiven)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a worker's evaluations run.

    Attributes:
        challenges: Directory of the package with that id.
        cores: One set for each slot.
        reserve: Processes that wait for the next evaluation.
        trees_are_ours: Whether we made all that is evaluated; only then builds share layers.
        total_s: Longest evaluation, the time in which it waits for its turn included.
    """

    sandbox: Sandbox
    challenges: Callable[[str], Path]
    cores: CorePool
    reserve: Reserve = field(default_factory=Reserve)
    profile: Profile = "standard"
    trees_are_ours: bool = False
    total_s: float = TOTAL_S


def evaluators(bench: Bench) -> NewEvaluator:
    """Makes evaluators that run there."""
    return lambda: EvaluationProcess(bench)


class EvaluationProcess:
    """See `Evaluator`. May be awaited on any event loop, even on a different one each time.

    Attributes:
        run_id: Label of what it starts in the sandbox.
    """

    def __init__(self, bench: Bench) -> None:
        self.run_id = secrets.token_hex(4)
        self._bench = bench
        self._life = threading.Lock()
        self._made = contextlib.ExitStack()
        self._process: DrivenProcess | None = None
        self._over = False

    async def start(self, job: EvaluationJob) -> None:
        """See `Evaluator.start`.

        What it starts bears a label of its own, not one of the attempt: the watchdog of an
        earlier start of the same attempt may still be removing things by theirs.
        """
        await asyncio.to_thread(self._start, job)

    async def run_stage(self, stage: str, on_event: OnEvent) -> StageReport:
        """See `Evaluator.run_stage`. Events come in order, on a thread of the process's own."""
        request = RunStage.model_validate({"stage": stage})
        ended = await self._ask(request, StageEnded, on_event)
        outcome = ended.outcome
        return StageReport(
            stage=outcome.stage,
            status=outcome.status,
            message=outcome.message,
            seconds=outcome.seconds,
            checkpoint=ended.checkpoint,
        )

    async def evidence(self) -> Measured:
        """See `Evaluator.evidence`. The process has ended when this returns."""
        given = await self._ask(GiveEvidence(), EvidenceGiven, nobody)
        await asyncio.to_thread(self._leave)
        return Measured(evidence=given.evidence, files=given.files)

    async def kill(self) -> None:
        """See `Evaluator.kill`."""
        await asyncio.to_thread(self._end)

    def _start(self, job: EvaluationJob) -> None:
        with self._life, contextlib.ExitStack() as made:
            if self._over:
                raise PlatformFault("the evaluation was cancelled before it began")
            cores = self._bench.cores.take()
            made.callback(self._bench.cores.give_back, cores)
            made.callback(self._bench.reserve.prepare, cores)
            work = made.enter_context(work_directory())
            made.callback(_removed, self._bench.sandbox, self.run_id)
            process = self._bench.reserve.take(cores)
            made.callback(process.kill)
            process.begin(self._order(job, work))
            self._process, self._made = process, made.pop_all()

    def _order(self, job: EvaluationJob, work: Path) -> Order:
        bundle = work / "submission.bundle"
        bundle.write_bytes(job.bundle)
        return Order(
            evaluation_id=job.evaluation_id,
            run_id=self.run_id,
            challenge=self._bench.challenges(job.challenge),
            challenge_sha256=job.challenge_sha256,
            bundle=bundle,
            commit=job.commit_sha,
            work=work,
            seed=job.seed,
            stages=job.stages,
            profile=self._bench.profile,
            sandbox=self._bench.sandbox,
            checkpoint=job.checkpoint,
            tree_is_ours=self._bench.trees_are_ours,
            total_s=self._bench.total_s,
        )

    async def _ask(self, request: Request, kind: type[Kind], on_event: OnEvent) -> Kind:
        if self._process is None:
            raise RuntimeError("start the evaluation first")
        reply = self._process.ask(request, on_event)
        try:
            async with asyncio.timeout(LONGEST_S):
                answer = await asyncio.wrap_future(reply)
        except TimeoutError as error:
            raise PlatformFault(f"no answer came within {LONGEST_S:.0f} s") from error
        if isinstance(answer, Fault):
            raise PlatformFault(answer.message, remedy=answer.remedy)
        if not isinstance(answer, kind):
            raise PlatformFault(f"the evaluation's process answered with {type(answer).__name__}")
        return answer

    def _leave(self) -> None:
        """Let the process end by itself, then see that nothing is left."""
        if self._process is not None:
            self._process.wait(ORDERLY_S)
        self._end()

    def _end(self) -> None:
        with self._life:
            self._over = True
            self._made.close()


def _removed(sandbox: Sandbox, run_id: str) -> None:
    """Remove what bears the run's label, unless the engine does not answer for too long."""
    reaper = threading.Thread(target=_reap, args=(sandbox, run_id), daemon=True, name="reaper")
    reaper.start()
    reaper.join(REAP_S)


def _reap(sandbox: Sandbox, run_id: str) -> None:
    """What would not go now, the watchdog tries again."""
    try:
        engine = provision.engine_of(sandbox)
        try:
            engine.reap(run_id)
        finally:
            if isinstance(engine, DockerEngine):
                engine.close()
    except (AssayError, SandboxError) as error:
        logger.warning("run %s may have left something behind: %s", run_id, error)
