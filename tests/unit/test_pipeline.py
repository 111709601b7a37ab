"""Who ended a stage decides what it costs: the candidate, or nobody."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.challenges import make_challenge, make_material
from tests.fakes.incident_run import HANG, RULES, SURGE
from tests.fakes.world import FakeClock, FakeExporter, FakeService, FakeWorld

from assay.domain.challenge import StageName
from assay.domain.errors import BadInput, CandidateFault
from assay.domain.evidence import Evidence, Submission, Versions
from assay.evaluation.pipeline import Identity, evaluate
from assay.evaluation.plan import stages_of
from assay.evaluation.ports import ExitReport, ProgressEvent, Termination
from assay.evaluation.run import Run
from assay.evaluation.stages import STAGES
from assay.evaluation.stages.shutdown import _refuse_the_dead, _under_way
from assay.kit.deadline import Deadline
from assay_probe.records import TestRecord

TIMELINE: dict[str, Any] = {
    "incidents": {
        **RULES,
        "standard_min": 24,
        "draw": [{"group": "service", "count": 1}, {"group": "decoy", "count": 1}],
    },
    "incident": [HANG.model_dump(), SURGE.model_dump()],
}
IDENTITY = Identity(
    "e1",
    "2026-01-01T00:00:00+00:00",
    Submission(label="toy", kind="path"),
    Versions(assay="0", challenge="1.0.0", challenge_sha256="f" * 64, images={}),
)


@pytest.fixture
def graded(tmp_path: Path) -> Callable[..., Evidence]:
    """Evaluate a fake submission; keyword arguments change the world."""

    def grade(
        submission: FakeService | None = None,
        *,
        reference: FakeService | None = None,
        exporter: FakeExporter | None = None,
        only: tuple[str, ...] = (),
        deadline_s: float = 600,
        events: list[ProgressEvent] | None = None,
        **world: Any,
    ) -> Evidence:
        clock = FakeClock()
        services = {
            "submission": submission or FakeService(),
            "reference": reference or FakeService(),
        }
        for service in services.values():
            service.clock = clock
        material = make_material(**TIMELINE)
        run = Run(
            material=material,
            world=FakeWorld(services, clock, **world),  # type: ignore[arg-type]
            exporter=exporter or FakeExporter(),
            tree=tmp_path / "tree",
            seed=7,
            deadline=Deadline.after(deadline_s),
            progress=(events if events is not None else []).append,
            clock=clock,
            origin_s=clock.now_s,
            images={"reference": "reference"},
        )
        return evaluate(run, stages_of(material.challenge, only), IDENTITY)

    return grade


def statuses(evidence: Evidence) -> dict[str, str]:
    return {s.stage: s.status for s in evidence.stages}


def test_a_healthy_submission_is_measured_in_every_stage(graded: Callable[..., Evidence]) -> None:
    evidence = graded()

    assert set(statuses(evidence).values()) == {"done"}
    assert set(statuses(evidence)) == set(STAGES)
    assert evidence.incidents is not None
    assert len(evidence.incidents.incidents) == 2
    assert evidence.load is not None
    assert evidence.load.ratio_p95 is not None
    assert evidence.load.ratio_p95.value == pytest.approx(1.0)


def test_a_tree_that_breaks_the_rules_ends_the_evaluation(
    graded: Callable[..., Evidence],
) -> None:
    evidence = graded(exporter=FakeExporter(CandidateFault("symbolic links are not accepted")))

    found = statuses(evidence)
    assert found["checkout"] == "candidate_fault"
    assert {found[s] for s in found if s != "checkout"} == {"skipped"}


def test_a_build_that_fails_is_the_candidates_and_says_why(
    graded: Callable[..., Evidence],
) -> None:
    evidence = graded(built=False)

    stage = evidence.stage("build")
    assert stage is not None
    assert (stage.status, stage.message) == ("candidate_fault", "RUN failed")
    assert evidence.build is not None


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (FakeService(ready=False), "does the service listen on 0.0.0.0:$PORT?"),
        (FakeService(ends=ExitReport(1, False, False)), "exited with code 1"),
        (FakeService(ends=ExitReport(137, True, False)), "memory limit of 1024 MiB"),
    ],
)
def test_a_service_that_does_not_come_up_is_told_how(
    graded: Callable[..., Evidence], service: FakeService, words: str
) -> None:
    stage = graded(service).stage("boot")

    assert stage is not None
    assert stage.status == "candidate_fault"
    assert words in stage.message


@pytest.mark.parametrize(("stage", "after"), [("contract", "load"), ("incidents", "shutdown")])
def test_a_probe_that_dies_costs_the_candidate_nothing(
    graded: Callable[..., Evidence], stage: StageName, after: str
) -> None:
    evidence = graded(probe_dies_in=stage)

    found = statuses(evidence)
    assert found[stage] == "platform_fault"
    assert found[after] == "done"
    assert getattr(evidence, stage) is None


def test_a_reference_that_does_not_answer_is_our_fault(graded: Callable[..., Evidence]) -> None:
    evidence = graded(reference=FakeService(outcome="5"))

    stage = evidence.stage("load")
    assert stage is not None
    assert stage.status == "platform_fault"
    assert "prove the challenge" in stage.message


def test_our_own_bug_is_a_platform_fault(graded: Callable[..., Evidence]) -> None:
    evidence = graded(exporter=FakeExporter(ZeroDivisionError("oops")))

    assert evidence.stages[0].status == "platform_fault"
    assert set(statuses(evidence).values()) == {"platform_fault"}


def test_a_noisy_host_is_a_platform_fault_after_repeats(graded: Callable[..., Evidence]) -> None:
    noisy = FakeService(foreign_share=0.5)
    evidence = graded(noisy, reference=FakeService(foreign_share=0.5))

    stage = evidence.stage("load")
    assert stage is not None
    assert stage.status == "platform_fault"
    assert "too noisy" in stage.message
    assert evidence.load is None
    assert evidence.void_pairs, "what was seen stays in the evidence"
    assert all(pair.void for pair in evidence.void_pairs)


def test_a_generator_that_fell_behind_voids_the_window(graded: Callable[..., Evidence]) -> None:
    evidence = graded(send_lag_us=20_000)

    stage = evidence.stage("load")
    assert stage is not None
    assert "behind its schedule" in stage.message


def test_latency_is_a_ratio_to_the_reference(graded: Callable[..., Evidence]) -> None:
    evidence = graded(FakeService(latency_ms=15.0))

    assert evidence.load is not None
    assert evidence.load.ratio_p95 is not None
    assert evidence.load.ratio_p95.value == pytest.approx(3.0, rel=0.01)


def test_failures_are_infinite_latencies_not_missing_ones(
    graded: Callable[..., Evidence],
) -> None:
    evidence = graded(FakeService(outcome="5"))

    assert evidence.load is not None
    assert evidence.load.ratio_p95 is not None
    assert evidence.load.ratio_p95.value == float("inf")
    assert evidence.load.latency_ms_p95 is None
    assert evidence.load.tiers[0].verdict == "fail"


def test_infinity_survives_the_way_through_json(graded: Callable[..., Evidence]) -> None:
    evidence = graded(FakeService(outcome="5"))

    assert Evidence.model_validate_json(evidence.model_dump_json()) == evidence


def test_wrong_answers_are_no_throughput(graded: Callable[..., Evidence]) -> None:
    evidence = graded(FakeService(outcome="w"))

    assert evidence.capacity is not None
    assert evidence.capacity.throughput_ratio.value == 0
    assert evidence.capacity.cost_per_million == float("inf")


def test_cost_is_unknown_where_the_kernel_does_not_count(
    graded: Callable[..., Evidence],
) -> None:
    evidence = graded(FakeService(counted=False), reference=FakeService(counted=False))

    assert evidence.capacity is not None
    assert evidence.capacity.cost_per_million is None
    assert evidence.capacity.throughput_ratio.value == 1


def test_memory_that_grows_with_requests_shows_as_growth(
    graded: Callable[..., Evidence],
) -> None:
    leaky, steady = graded(FakeService(memory_mib_per_window=3)), graded()

    assert leaky.memory is not None
    assert steady.memory is not None
    assert (leaky.memory.growth_kib_per_1000_requests or 0) > 500
    assert steady.memory.growth_kib_per_1000_requests == pytest.approx(0, abs=1e-6)


def test_requests_in_flight_at_the_signal_are_counted(graded: Callable[..., Evidence]) -> None:
    shutdown = graded().shutdown

    assert shutdown is not None
    assert (shutdown.in_flight, shutdown.in_flight_answered) == (1, 1)


@pytest.mark.parametrize(("foreign_share", "status"), [(0.2, "done"), (0.4, "platform_fault")])
def test_requests_lost_on_a_machine_on_which_others_worked_say_nothing(
    graded: Callable[..., Evidence], foreign_share: float, status: str
) -> None:
    crowded = FakeService(foreign_share=foreign_share)
    evidence = graded(crowded, only=("shutdown",), shutdown_outcomes="orr")

    assert statuses(evidence)["shutdown"] == status
    assert (evidence.shutdown is None) is (status == "platform_fault")


def test_a_service_that_is_gone_before_the_signal_shows_nothing(tmp_path: Path) -> None:
    dead = FakeService(ends=ExitReport(0, False, False))

    with pytest.raises(CandidateFault, match="before it was told to stop"):
        _refuse_the_dead(dead)


def test_a_service_that_never_rests_cannot_slow_the_reference(
    graded: Callable[..., Evidence],
) -> None:
    stage = graded(FakeService(cpu_share=0.5)).stage("load")

    assert stage is not None
    assert stage.status == "candidate_fault"
    assert "used 50% of its core while nobody asked" in stage.message


def test_a_submission_cannot_void_its_own_bad_windows(graded: Callable[..., Evidence]) -> None:
    evidence = graded(FakeService(latency_ms=30, foreign_share=0.5))

    assert evidence.load is not None
    assert evidence.load.ratio_p95 is not None
    assert evidence.load.ratio_p95.value > 4


def test_a_reference_that_fails_in_its_own_windows_is_our_fault(
    graded: Callable[..., Evidence],
) -> None:
    stage = graded(reference=FakeService(fails_open_loop=True)).stage("load")

    assert stage is not None
    assert stage.status == "platform_fault"
    assert "more than 5 %" in stage.message


def test_a_service_that_ignores_the_signal_did_not_exit(graded: Callable[..., Evidence]) -> None:
    shutdown = graded(FakeService(ends_on_sigterm_s=None)).shutdown

    assert shutdown is not None
    assert (shutdown.exited, shutdown.exit_s) == (False, None)


def test_personal_values_in_the_log_are_counted_by_field(
    graded: Callable[..., Evidence],
) -> None:
    contract = graded(FakeService(text="scored Name3 Surname3\nok\n")).contract

    assert contract is not None
    assert contract.personal_values_sent == 10
    assert contract.personal_values_in_log == 1
    assert contract.leaked_fields == ("person.name",)
    assert contract.log_excerpt == "scored Name3 Surname3"


def test_hidden_tests_keep_their_criterion_and_points(graded: Callable[..., Evidence]) -> None:
    record = TestRecord("test_x", "It answers", "shape", 3, "failed", "no", 0.1)

    contract = graded(tests=[record]).contract

    assert contract is not None
    assert [(t.criterion, t.points, t.outcome) for t in contract.tests] == [("shape", 3, "failed")]


def test_only_runs_what_was_asked_and_what_it_needs(graded: Callable[..., Evidence]) -> None:
    found = statuses(graded(only=("capacity",)))

    ran = {stage for stage, status in found.items() if status == "done"}
    assert ran == {"checkout", "build", "boot", "load", "capacity"}
    assert found["quality"] == "not_run"


def test_an_unknown_stage_is_refused_before_anything_starts() -> None:
    with pytest.raises(BadInput, match="no stage 'lood' in this challenge"):
        stages_of(make_challenge(), ("lood",))


def test_a_challenge_leaves_a_stage_out_by_leaving_out_its_table() -> None:
    assert "shutdown" not in stages_of(make_challenge(shutdown=None))
    assert "incidents" not in stages_of(make_challenge())
    assert "incidents" in stages_of(make_challenge(**TIMELINE))


def test_the_same_seed_draws_the_same_windows(graded: Callable[..., Evidence]) -> None:
    first, second = graded().load, graded().load

    assert first is not None
    assert second is not None
    assert [p.seed for p in first.pairs] == [p.seed for p in second.pairs]
    assert first.ratio_p95 == second.ratio_p95


def test_time_in_building_and_traffic_is_not_overhead(graded: Callable[..., Evidence]) -> None:
    evidence = graded()

    assert evidence.overhead_s < evidence.seconds
    assert sum(s.traffic_s for s in evidence.stages) == pytest.approx(
        evidence.seconds - evidence.overhead_s, abs=0.01
    )


def test_progress_tells_the_start_and_the_end_of_each_stage(
    graded: Callable[..., Evidence],
) -> None:
    events: list[ProgressEvent] = []

    graded(events=events)

    assert [e.stage for e in events if e.state == "start"] == [
        e.stage for e in events if e.state == "end"
    ]


def test_an_evaluation_out_of_time_is_not_the_candidates_fault(
    graded: Callable[..., Evidence],
) -> None:
    assert set(statuses(graded(deadline_s=0)).values()) == {"platform_fault"}


@pytest.mark.parametrize(
    ("ended_s", "outcome", "under_way"),
    [
        (9.9, "r", False),  # over before the signal
        (10.1, "o", False),  # answered while the signal was on its way: it may have been done
        (10.1, "r", True),  # cut while the signal was on its way: by it
        (10.3, "o", True),  # answered after it
    ],
)
def test_a_request_is_in_flight_if_the_signal_found_it_under_way(
    ended_s: float, outcome: str, *, under_way: bool
) -> None:
    end = Termination(ExitReport(0, False, False), 0.2, before_s=10.0, after_s=10.2)

    assert _under_way(ended_s, outcome, end) == under_way
