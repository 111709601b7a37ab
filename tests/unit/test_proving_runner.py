"""A run takes its turn before each stage, and says how much of the core its timeline takes."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.fakes.evidence import GOOD, make_capacity

from assay.bootstrap.evaluating import TOTAL_S
from assay.bootstrap.proving_runner import ProcessRunner
from assay.domain.challenge import StageName
from assay.evaluation.checkpoint import Checkpoint, Facts
from assay.features.submissions.evaluator import StageReport
from assay.toolkit.proving.runs import Wanted

RULES = SimpleNamespace(rate_rps=50.0)
STAGES: tuple[StageName, ...] = ("build", "capacity", "incidents", "shutdown")


def checkpoint(cpu_s: float) -> bytes:
    """After a stage in which an answer cost so many seconds of a core."""
    capacity = make_capacity(GOOD, cpu_s=cpu_s, outcomes={"o": 1})
    return Checkpoint(
        evaluation_id="e",
        challenge_sha256="0" * 64,
        seed=0,
        stages=STAGES,
        profile="standard",
        started_at="2026-01-01T00:00:00+00:00",
        elapsed_s=1.0,
        outcomes=(),
        facts=Facts(capacity=capacity),
        services={},
        slices=(),
        served=(),
        deaths=(),
        reference_capacity_rps=0.0,
        first_request_s=None,
        artifacts={},
    ).to_bytes()


class Process:
    """An evaluation whose stages take no time."""

    def __init__(self, cpu_s: float) -> None:
        self._checkpoint = checkpoint(cpu_s)

    async def run_stage(self, stage: str, _on_event: object) -> StageReport:
        return StageReport(stage, "done", "", 0.0, self._checkpoint)


def test_a_timeline_asks_for_as_much_of_the_core_as_its_service_takes(tmp_path: Path) -> None:
    turns: list[tuple[str, float]] = []

    async def turn(stage: StageName, *, cores: float = 0.0) -> None:
        turns.append((stage, cores))

    challenge: Any = SimpleNamespace(root=tmp_path, challenge=SimpleNamespace(incidents=RULES))
    runner = ProcessRunner(challenge, tmp_path, sandbox="local", seed=0, jobs=1)
    wanted = Wanted("mutant", "heavy", "fault:heavy", STAGES)
    process: Any = Process(cpu_s=0.02)
    asyncio.run(runner._stages(process, wanted, turn))

    assert turns == [("capacity", 0.0), ("incidents", 1.0), ("shutdown", 0.0)]


def test_waiting_for_its_turn_does_not_take_a_run_out_of_its_time(tmp_path: Path) -> None:
    challenge: Any = SimpleNamespace(root=tmp_path)
    runner = ProcessRunner(challenge, tmp_path, sandbox="local", seed=0, jobs=4)

    assert runner._bench.total_s >= 4 * 2 * TOTAL_S
