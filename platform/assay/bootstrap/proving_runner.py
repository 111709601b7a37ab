"""The `Runner` of proving: each evaluation in a process of its own, as a worker's are."""

import asyncio
import hashlib
import os
from pathlib import Path

from assay.adapters.repositories import Repositories
from assay.bootstrap.cores import CorePool
from assay.bootstrap.driven_process import nobody
from assay.bootstrap.evaluation_process import Bench, EvaluationProcess
from assay.bootstrap.wire import Sandbox
from assay.evaluation.checkpoint import read_checkpoint
from assay.evaluation.plan import ALWAYS
from assay.features.submissions.evaluator import EvaluationJob
from assay.toolkit.package import ChallengePackage
from assay.toolkit.proving.ports import Turn
from assay.toolkit.proving.room import TIMELINE, cores_taken
from assay.toolkit.proving.runs import Wanted

LONGEST_S = 6 * 3600.0
"""A run waits for its turn at every stage that is timed: half an hour behind others whose timelines
are alone. What a stage itself may take is limited as ever."""


class ProcessRunner:
    """Evaluates trees that were written before.

    No process waits in reserve: while it starts, somebody else may be measured alone.
    """

    def __init__(
        self, package: ChallengePackage, trees: Path, *, sandbox: Sandbox, seed: int, jobs: int
    ) -> None:
        """Prepare, and start nothing.

        Args:
            package: The challenge.
            trees: Directory in which `tree_name` of each run is its tree.
            sandbox: Which engine.
            seed: Of every evaluation.
            jobs: Evaluations under way at once; all may use every core, and take turns.
        """
        self._package, self._trees, self._seed = package, trees, seed
        self._repositories = Repositories(trees / "repositories")
        cores = tuple(sorted(os.sched_getaffinity(0)))
        self._bench = Bench(
            sandbox=sandbox,
            challenges=lambda _slug: package.root,
            cores=CorePool([cores] * jobs),
            trees_are_ours=True,
            total_s=LONGEST_S,
        )
        self._bench.reserve.close()

    async def run(self, wanted: Wanted, turn: Turn) -> bytes:
        """See `Runner.run`."""
        process = EvaluationProcess(self._bench)
        await turn(wanted.stages[0])
        job = await asyncio.to_thread(self._job, wanted, process.run_id)
        try:
            await process.start(job)
            await self._stages(process, wanted, turn)
            return (await process.evidence()).evidence
        finally:
            await asyncio.shield(process.kill())

    async def _stages(self, process: EvaluationProcess, wanted: Wanted, turn: Turn) -> None:
        """Every stage in its turn; what cannot be reached any more needs none."""
        reachable, before = True, b""
        for place, stage in enumerate(wanted.stages):
            if place and reachable:
                await turn(stage, cores=self._cores(before) if stage == TIMELINE else 0.0)
            report = await process.run_stage(stage, nobody)
            reachable = reachable and (stage not in ALWAYS or report.status == "done")
            before = report.checkpoint

    def _cores(self, checkpoint: bytes) -> float:
        """How much of a core a service takes at the rate of the timeline."""
        incidents = self._package.challenge.incidents
        if incidents is None:
            return 0.0
        return cores_taken(read_checkpoint(checkpoint).facts.capacity, incidents.rate_rps)

    def _job(self, wanted: Wanted, run_id: str) -> EvaluationJob:
        name = tree_name(wanted)
        commit = self._repositories.create(name, self._trees / name)
        return EvaluationJob(
            evaluation_id=run_id,
            attempt=1,
            challenge=self._package.challenge.id,
            challenge_sha256=self._package.digest,
            bundle=self._repositories.bundle(name, commit),
            commit_sha=commit,
            seed=self._seed,
            stages=wanted.stages,
            checkpoint=None,
        )


def tree_name(wanted: Wanted) -> str:
    """Directory of a run's tree; repeats share it."""
    return f"{wanted.kind}-{hashlib.sha256(wanted.name.encode()).hexdigest()[:16]}"
