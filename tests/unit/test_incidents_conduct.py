"""Whatever becomes of a timeline, everything that was harmed is healed, and once is enough."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes.faults import HEAL, INJECT, FakeFaults
from tests.fakes.incident_run import (
    CRASH,
    HANG,
    MONTHS,
    SURGE,
    Staged,
    incident,
    make_rules,
    make_staged,
    timeline_of,
)
from tests.fakes.world import FakeService

from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.timeline import IncidentSpec
from assay.evaluation.incidents.conduct import FAULT_S, Conductor
from assay.evaluation.incidents.preparation import prepared
from assay.evaluation.incidents.traffic import SERVICE_FAULTS, traffic_of
from assay.evaluation.ports import ExitReport
from assay.evaluation.run import MAX_RESTARTS
from assay.kit.deadline import Deadline
from assay_probe.plan import IncidentsPlan, ScrapeSpec
from assay_probe.records import Record, SegmentRecord

SECOND = incident("hang", "hang_again")


def conductor_of(
    root: Path, *specs: IncidentSpec, **staged: Any
) -> tuple[Conductor, IncidentsPlan, dict[str, bytes], Staged]:
    """Everything that `Conductor.records` needs, for incidents five quiet minutes apart."""
    stage = make_staged(root, **staged)
    timeline, rules = timeline_of(*specs), make_rules()
    rows = prepared(stage.run, timeline, rules)
    traffic = traffic_of(timeline, rules, rows.clean, rows.drifted)
    target = stage.run.target("submission")
    plan = IncidentsPlan(
        target=target,
        request=stage.run.request_spec(),
        segments=traffic.segments,
        changes=traffic.changes,
        marks=traffic.marks,
        stand_ins=[],
        scrape=ScrapeSpec(target.url, "/metrics"),
        seed=1,
    )
    return Conductor(stage.run, timeline), plan, traffic.files, stage


def carry_out(
    root: Path, *specs: IncidentSpec, **staged: Any
) -> tuple[Conductor, Staged, list[Record]]:
    conductor, plan, files, stage = conductor_of(root, *specs, **staged)
    return conductor, stage, conductor.records(plan, files)


def instants(conductor: Conductor, name: str) -> tuple[float | None, float | None]:
    carried = conductor.carried[name]
    return carried.onset_min, carried.end_min


def test_every_fault_is_done_once_and_undone_once_in_the_order_of_the_timeline(
    tmp_path: Path,
) -> None:
    _, stage, _ = carry_out(tmp_path, HANG, MONTHS, CRASH, SURGE, SECOND)

    assert stage.world.faults.calls == [
        (INJECT, "hang"), (HEAL, "hang"),
        (INJECT, "crash"), (HEAL, "crash"),
        (INJECT, "hang"), (HEAL, "hang"),
    ]  # fmt: skip
    assert stage.world.faults.on == set()


def test_the_settings_of_the_incident_reach_the_engine(tmp_path: Path) -> None:
    _, stage, _ = carry_out(tmp_path, incident("cpu_throttle", settings={"share": 0.2}))

    assert stage.world.faults.settings == [{"share": 0.2}]


THROTTLE = incident("cpu_throttle", settings={"share_of_own_use": 0.5, "other": 1})


@pytest.mark.parametrize(("used", "share"), [(0.4, 0.2), (0.1, 0.05), (0.02, 0.01)])
def test_a_throttle_is_as_hard_for_an_efficient_service_as_for_a_slow_one(
    tmp_path: Path, used: float, share: float
) -> None:
    _, stage, _ = carry_out(tmp_path, THROTTLE, submission=FakeService(cpu_share=used))

    assert stage.world.faults.settings == [{"share": pytest.approx(share), "other": 1}]
    assert THROTTLE.settings["share_of_own_use"] == 0.5, "the catalogue stays as it was"


def test_a_service_that_needs_next_to_no_cpu_is_not_asked_to_notice_that_it_has_less(
    tmp_path: Path,
) -> None:
    thrifty = FakeService(cpu_share=0.015)
    conductor, stage, _ = carry_out(tmp_path, THROTTLE, submission=thrifty)

    assert stage.world.faults.settings == []
    assert not conductor.carried["cpu_throttle"].done
    assert "so little CPU" in conductor.carried["cpu_throttle"].note


def test_where_nobody_counts_the_cpu_no_share_of_it_can_be_taken(tmp_path: Path) -> None:
    conductor, stage, _ = carry_out(tmp_path, THROTTLE, submission=FakeService(counted=False))

    assert stage.world.faults.settings == []
    assert not conductor.carried["cpu_throttle"].done
    assert "CPU time of the service is not known" in conductor.carried["cpu_throttle"].note


def test_what_is_answered_changes_with_the_fault_and_only_while_it_lasts(tmp_path: Path) -> None:
    _, _, records = carry_out(tmp_path, HANG)
    letters = {r.incident: set(r.outcomes) for r in records if isinstance(r, SegmentRecord)}

    assert letters == {"": {"o"}, "hang": {"t"}, "last": {"o"}}


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (None, PlatformFault),
        (PlatformFault("the probe overran"), PlatformFault),
        (CandidateFault("the service is gone"), CandidateFault),
        (ZeroDivisionError("our own bug"), ZeroDivisionError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_nothing_stays_harmed_if_the_timeline_ends_in_the_middle_of_a_fault(
    tmp_path: Path, error: BaseException | None, raised: type[BaseException]
) -> None:
    ending = {"timeline_ends_at_min": 7, "timeline_error": error}
    conductor, plan, files, stage = conductor_of(tmp_path, HANG, CRASH, world=ending)

    with pytest.raises(raised):
        conductor.records(plan, files)

    assert stage.world.faults.calls == [(INJECT, "hang"), (HEAL, "hang")]
    assert stage.world.faults.on == set()


@given(ends_at_min=st.floats(0.1, 45), fault=st.sampled_from(SERVICE_FAULTS))
@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_nothing_stays_harmed_wherever_the_probe_dies(
    tmp_path: Path, ends_at_min: float, fault: str
) -> None:
    ending = {"timeline_ends_at_min": ends_at_min}
    specs = (incident(fault), incident("hang", "second"), incident("crash", "third"))
    conductor, plan, files, stage = conductor_of(tmp_path, *specs, world=ending)

    with pytest.raises(PlatformFault, match="before the end of its plan"):
        conductor.records(plan, files)

    calls = stage.world.faults.calls
    assert stage.world.faults.on == set()
    assert [name for call, name in calls if call == INJECT] == [
        name for call, name in calls if call == HEAL
    ]


def test_after_the_deadline_there_is_still_time_to_heal(tmp_path: Path) -> None:
    conductor, plan, files, stage = conductor_of(tmp_path, HANG, world={"timeline_ends_at_min": 7})
    stage.run.deadline = Deadline.after(0)

    with pytest.raises(PlatformFault):
        conductor.records(plan, files)

    injecting_s, healing_s = stage.world.faults.given_s
    assert injecting_s == 0
    assert healing_s == pytest.approx(FAULT_S, abs=1)


def test_a_fault_this_engine_cannot_do_is_noted_and_not_tried(tmp_path: Path) -> None:
    faults = FakeFaults(unable=frozenset({"hang"}))
    conductor, stage, _ = carry_out(tmp_path, HANG, CRASH, world={"faults": faults})

    assert stage.world.faults.calls == [(INJECT, "crash"), (HEAL, "crash")]
    assert not conductor.carried["hang"].done
    assert conductor.carried["hang"].note == "this engine cannot do 'hang' to a service"
    assert conductor.carried["crash"].done
    assert conductor.carried["crash"].note == ""


def test_traffic_needs_nothing_of_the_engine(tmp_path: Path) -> None:
    faults = FakeFaults(unable=frozenset({"traffic_surge", "unit_change"}))
    conductor, _, _ = carry_out(tmp_path, SURGE, MONTHS, world={"faults": faults})

    assert conductor.carried["surge"].done
    assert conductor.carried["months"].done


def test_a_fault_that_breaks_the_engine_is_noted_undone_and_the_timeline_goes_on(
    tmp_path: Path,
) -> None:
    faults = FakeFaults(broken={(INJECT, "hang"): [PlatformFault("the engine is away")]})
    conductor, stage, _ = carry_out(tmp_path, HANG, CRASH, world={"faults": faults})

    assert not conductor.carried["hang"].done
    assert conductor.carried["hang"].note == "the engine is away"
    assert (HEAL, "hang") in stage.world.faults.calls
    assert conductor.carried["crash"].done


def test_a_service_that_stays_harmed_ends_the_timeline_and_is_healed_once_more(
    tmp_path: Path,
) -> None:
    faults = FakeFaults(broken={(HEAL, "hang"): [PlatformFault("the engine is away")]})
    conductor, plan, files, stage = conductor_of(tmp_path, HANG, CRASH, world={"faults": faults})

    with pytest.raises(PlatformFault, match="the engine is away"):
        conductor.records(plan, files)

    assert stage.world.faults.calls == [(INJECT, "hang"), (HEAL, "hang"), (HEAL, "hang")]
    assert stage.world.faults.on == set()


def test_an_engine_that_cannot_heal_hides_no_other_error(tmp_path: Path) -> None:
    away = [PlatformFault("the engine is away")]
    ending = {
        "faults": FakeFaults(broken={(HEAL, "hang"): away}),
        "timeline_ends_at_min": 7,
        "timeline_error": CandidateFault("the service is gone"),
    }
    conductor, plan, files, _ = conductor_of(tmp_path, HANG, world=ending)

    with pytest.raises(CandidateFault, match="the service is gone"):
        conductor.records(plan, files)


# ------------------------------------------------------------------------------------- instants


def test_a_fault_begins_and_ends_when_the_engine_has_done_it(tmp_path: Path) -> None:
    conductor, _, _ = carry_out(tmp_path, HANG, world={"faults": FakeFaults(takes_s=1.5)})

    assert instants(conductor, "hang") == (6.5, 10.5)


def test_traffic_begins_and_ends_with_its_marks_however_late_they_are_read(
    tmp_path: Path,
) -> None:
    late = {"heard_late_s": 0.4}
    conductor, _, _ = carry_out(tmp_path, SURGE, MONTHS, HANG, world=late)

    assert instants(conductor, "surge") == (5, 9)
    assert instants(conductor, "months") == (14, 20)
    assert instants(conductor, "hang") == (25.4, 29.4), "the engine acts when it hears of it"


def test_instants_count_from_the_origin_that_the_probe_told(tmp_path: Path) -> None:
    conductor, stage, records = carry_out(tmp_path, HANG)
    [origin_s] = {r.origin_s for r in records if isinstance(r, SegmentRecord)}

    assert conductor.origin_s == origin_s > 1000
    assert instants(conductor, "hang") == (5, 9)
    assert conductor.idle_s == pytest.approx(origin_s + 20, abs=0.01)
    assert stage.run.clock.monotonic_s() == pytest.approx(origin_s + 23, abs=0.3)


# ------------------------------------------------------------------------- a service that dies


def test_a_service_that_dies_by_itself_is_started_again(tmp_path: Path) -> None:
    service = FakeService(dies_at_min=(2.5,), revives=True)
    _, stage, records = carry_out(tmp_path, SURGE, submission=service)
    first = next(r for r in records if isinstance(r, SegmentRecord))

    assert stage.world.boots == ["submission"]
    assert stage.run.deaths == [ExitReport(1, oom_killed=False, log_flood=False)]
    assert first.outcomes.strip("o").strip("r") == "", "down from 2.5 to 3, and well again"
    assert first.outcomes.endswith("o")
    assert "r" in first.outcomes


def test_a_crash_loop_is_broken_off_after_a_few_starts(tmp_path: Path) -> None:
    service = FakeService(dies_at_min=tuple(n + 0.5 for n in range(14)), revives=True)
    _, stage, _ = carry_out(tmp_path, SURGE, submission=service)

    assert stage.world.boots == ["submission"] * MAX_RESTARTS
    assert len(stage.run.deaths) == MAX_RESTARTS
    assert service.ends is not None


@pytest.mark.parametrize("fault", SERVICE_FAULTS)
def test_while_a_fault_holds_it_down_nobody_starts_the_service_again(
    tmp_path: Path, fault: str
) -> None:
    service = FakeService(dies_at_min=(5.5,), revives=True)
    conductor, plan, files, stage = conductor_of(tmp_path, incident(fault), submission=service)
    boots_at_min: list[int] = []
    inner = stage.run.progress

    def watch(event: Any) -> None:
        boots_at_min.extend([event.done] * (len(stage.world.boots) - len(boots_at_min)))
        inner(event)

    stage.run.progress = watch
    conductor.records(plan, files)

    assert boots_at_min == [9], "it died at 5.5, and the fault lasts from 5 to 9"


def test_drifts_are_no_excuse_for_a_dead_service(tmp_path: Path) -> None:
    service = FakeService(dies_at_min=(5.5,), revives=True)
    _, stage, records = carry_out(tmp_path, MONTHS, submission=service)
    drifted = next(r for r in records if isinstance(r, SegmentRecord) and r.incident == "months")

    assert stage.world.boots == ["submission"]
    assert drifted.outcomes.endswith("o")


def test_an_engine_that_cannot_start_it_makes_one_death_not_two(tmp_path: Path) -> None:
    service = FakeService(dies_at_min=(2.5,), revives=True)
    away = [PlatformFault("the engine is away")]
    _, stage, _ = carry_out(tmp_path, SURGE, submission=service, world={"boot_errors": away})

    assert stage.world.boots == ["submission"] * 2
    assert len(stage.run.deaths) == 1
    assert service.ends is None


# ---------------------------------------------------------------------------- what people see


def test_a_person_watching_is_told_every_minute_what_is_going_on(tmp_path: Path) -> None:
    _, stage, _ = carry_out(tmp_path, HANG)
    told = {event.done: event.detail for event in stage.told if event.total}

    assert [told[minute] for minute in (1, 4, 5, 8, 9, 14, 15)] == [
        "warming up",
        "warming up",
        "title of hang",
        "title of hang",
        "quiet",
        "title of last",
        "quiet",
    ]
    assert {event.total for event in stage.told if event.total} == {23}


def test_marks_are_for_the_engine_and_not_for_people(tmp_path: Path) -> None:
    _, stage, _ = carry_out(tmp_path, HANG)

    assert not any(event.detail in ("hang", "begin", "end") for event in stage.told)
