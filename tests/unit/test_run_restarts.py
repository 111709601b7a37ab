"""A service that dies is started again, a few times, and what it used is not forgotten."""

from pathlib import Path

import pytest
from tests.fakes.challenges import make_material
from tests.fakes.world import FakeClock, FakeExporter, FakeService, FakeWorld

from assay.domain.errors import CandidateFault
from assay.evaluation.memory import measure_memory
from assay.evaluation.ports import ExitReport
from assay.evaluation.run import MAX_RESTARTS, Run
from assay.kit.deadline import Deadline


def make_run(tmp_path: Path, submission: FakeService) -> Run:
    """A run whose image is built and whose service is to be started."""
    clock = FakeClock()
    run = Run(
        material=make_material(),
        world=FakeWorld({"submission": submission, "reference": FakeService()}, clock),
        exporter=FakeExporter(),
        tree=tmp_path,
        seed=1,
        deadline=Deadline.after(60),
        progress=lambda _event: None,
        clock=clock,
        origin_s=clock.now_s,
        images={"submission": "image"},
    )
    run.services["submission"] = submission
    return run


def test_a_crash_loop_ends_after_a_fixed_number_of_restarts(tmp_path: Path) -> None:
    run = make_run(tmp_path, FakeService(ends=ExitReport(1, False, False)))

    for _ in range(MAX_RESTARTS):
        run.service("submission")
    with pytest.raises(CandidateFault, match="died 4 times"):
        run.service("submission")


def test_memory_is_remembered_over_a_restart(tmp_path: Path) -> None:
    run_ = make_run(tmp_path, FakeService(memory_mib_per_window=3))
    run_.boot("submission")
    for number in range(8):
        run_.note_served(1000, number, number + 1)
    run_.deaths.append(ExitReport(137, True, False))
    run_.boot("submission")

    memory = measure_memory(run_)

    assert memory.oom_killed
    assert (memory.growth_kib_per_1000_requests or 0) > 500
