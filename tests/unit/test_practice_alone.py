"""At home no reference runs: what can be measured without it is, and the rest says so."""

from pathlib import Path
from typing import Any

from tests.fakes.challenges import make_material
from tests.fakes.incident_run import BUREAU_DOWN, MONTHS, SURGE, Staged, make_staged
from tests.fakes.world import FakeClock, FakeExporter, FakeService, FakeWorld

from assay.domain.checks import CHECKS
from assay.domain.evidence import Evidence, Submission, Versions
from assay.domain.judge import rescore
from assay.domain.verdict import Observed, Unmeasured
from assay.evaluation.material import read_rows
from assay.evaluation.pipeline import Identity, evaluate
from assay.evaluation.plan import stages_of
from assay.evaluation.run import Run
from assay.features.scorecards.report import render_report
from assay.kit.deadline import Deadline
from assay_probe.plan import OpenLoopPlan

TIERS = [
    {"utilisation": 0.75, "published_rps": 90, "duration_s": 3},
    {"utilisation": 0.5, "published_rps": 60, "duration_s": 3},
]
LOAD = {"pairs": 4, "window_s": 1.0, "objective_ms": 50, "tiers": TIERS}
IDENTITY = Identity(
    "e1",
    "2026-01-01T00:00:00+00:00",
    Submission(label="mine", kind="path"),
    Versions(assay="0", challenge="1.0.0", challenge_sha256="f" * 64, images={}),
)
DRAW = [
    {"group": "dependency", "count": 1},
    {"group": "inputs", "count": 1},
    {"group": "decoy", "count": 1},
]


def measured_alone(tmp_path: Path, service: FakeService, **overrides: Any) -> tuple[Evidence, Any]:
    """The evidence of the load stage where only the submission runs, and the world's plans."""
    clock = FakeClock()
    service.clock = clock
    world = FakeWorld({"submission": service}, clock)
    material = make_material(load=LOAD, capacity=None, **overrides)
    run = Run(
        material=material,
        world=world,
        exporter=FakeExporter(),
        tree=tmp_path / "tree",
        seed=7,
        deadline=Deadline.after(600),
        progress=lambda event: None,
        clock=clock,
        origin_s=clock.now_s,
        images={},
    )
    return evaluate(run, stages_of(material.challenge, ["load"]), IDENTITY), world.plans


def criterion(evidence: Evidence, check: str) -> object:
    return CHECKS[check](evidence, evidence.challenge.criterion[0])


def test_the_objective_is_checked_at_the_published_rates_the_lowest_first(tmp_path: Path) -> None:
    evidence, plans = measured_alone(tmp_path, FakeService(latency_ms=5.0))
    assert evidence.load is not None
    (plan,) = [plan for plan in plans if isinstance(plan, OpenLoopPlan)]

    assert [tier.rate_rps for tier in evidence.load.tiers] == [60, 90]
    assert {window.target for window in plan.windows} == {"submission"}
    assert {tier.verdict for tier in evidence.load.tiers} == {"pass"}
    assert isinstance(criterion(evidence, "objective_share"), Observed)


def test_a_slow_service_misses_the_objective_at_home_too(tmp_path: Path) -> None:
    evidence, _ = measured_alone(tmp_path, FakeService(latency_ms=500.0))
    seen = criterion(evidence, "objective_share")

    assert isinstance(seen, Observed)
    assert seen.value == 0


def test_a_comparison_with_the_reference_is_unmeasured_and_never_bad(tmp_path: Path) -> None:
    evidence, _ = measured_alone(tmp_path, FakeService(outcome="5"))
    seen = criterion(evidence, "latency_ratio")

    assert isinstance(seen, Unmeasured)
    assert "no reference ran" in seen.reason


def test_memory_that_grows_shows_in_the_short_load(tmp_path: Path) -> None:
    evidence, _ = measured_alone(tmp_path, FakeService(memory_mib_per_window=1.0))
    assert evidence.memory is not None
    growth = evidence.memory.growth_kib_per_1000_requests

    assert growth is not None
    assert growth > 1000


def test_the_report_is_drawn_without_a_reference(tmp_path: Path) -> None:
    evidence, _ = measured_alone(tmp_path, FakeService())

    assert "mine" in render_report(evidence, rescore(evidence))


def alone(tmp_path: Path) -> Staged:
    staged = make_staged(tmp_path, catalogue=(BUREAU_DOWN, MONTHS, SURGE), draw=DRAW)
    del staged.run.images["reference"]
    del staged.run.services["reference"]
    return staged


def test_incidents_are_carried_out_without_a_reference(tmp_path: Path) -> None:
    staged = alone(tmp_path)
    found = staged.measure()

    assert all(one.carried_out for one in found.incidents)
    assert staged.plan.canary is None
    assert (found.canary_ms_p95, found.void) == (None, None)
    assert staged.world.boots == []
    assert found.replays[0].name == "recorded"


def test_how_far_a_drift_went_is_known_without_the_references_answers(tmp_path: Path) -> None:
    (months,) = [one for one in alone(tmp_path).measure().incidents if one.id == "months"]

    assert months.truth is not None
    assert months.truth.psi_max > 0
    assert months.truth.score_psi is None


def test_a_public_row_says_itself_what_is_as_good_while_a_dependency_is_away() -> None:
    (row,) = read_rows('{"id": "a", "body": {}, "expected": 0.5, "label": 1, "fallback": 0.4}\n')

    assert (row.expected, row.label, row.fallback) == (0.5, 1, 0.4)
