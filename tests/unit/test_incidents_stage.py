"""The incidents stage as a whole: what it leaves behind, whatever becomes of its parts."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event as Signal
from typing import Any

import pytest
from tests.fakes.faults import FakeFaults
from tests.fakes.incident_run import (
    HANG,
    MONITORING,
    MONTHS,
    NONSENSE,
    SURGE,
    WATCHED,
    Staged,
    incident,
    make_staged,
)
from tests.fakes.incidents import with_incidents
from tests.fakes.monitoring import FakeMonitoring, document
from tests.fakes.rubric import criterion_table
from tests.fakes.world import FakeService

from assay.domain.checks import CHECKS
from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.incidents import REPLAY_FILE, IncidentsMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown
from assay.evaluation.incidents.measured import CANARY_MS_MAX, FOREIGN_CPU_SHARE_MIN, LAG_MS_MAX
from assay.evaluation.incidents.traffic import BASE
from assay_probe.plan import LiveAlertingPlan
from assay_probe.records import Event, Record

OTHER_PORT = {**WATCHED, "monitoring.yml": MONITORING + "scrape: {port: 9100, path: /m}\n"}
ONE_DRAW = [{"group": "service", "count": 1}, {"group": "decoy", "count": 1}]


def outcome(measurement: IncidentsMeasurement, check: str) -> object:
    table = criterion_table("c", "latency", "T", check, {}, 1, 0, 1, "linear", "share", "A.")
    return CHECKS[check](with_incidents(measurement), Criterion.model_validate(table))


def brief(root: Path, **more: Any) -> Staged:
    """A timeline with one fault and one decoy: nothing drifts, so it is quickly prepared."""
    return make_staged(root, catalogue=(HANG, SURGE), draw=ONE_DRAW, **more)


def seeded(root: Path, seed: int) -> Staged:
    staged = make_staged(root)
    staged.run.seed = seed
    return staged


def test_a_timeline_is_carried_out_recorded_and_judged(tmp_path: Path) -> None:
    staged = make_staged(tmp_path)
    found = staged.measure()

    assert len(found.incidents) == 5
    assert all(one.carried_out for one in found.incidents)
    assert {one.group for one in found.incidents} == {"service", "dependency", "inputs", "decoy"}
    assert found.requests == sum(found.outcomes.values()) == sum(s.requests for s in found.slices)
    assert found.scrapes.slots == (60 + 3) * 4
    assert found.length_min == 63
    assert found.replays[0].name == "recorded"
    assert (found.void, found.scrapes.problem, found.monitoring.problems) == (None, "", ())
    assert found.send_lag_ms_p99 == 0.05


def test_a_drift_and_a_burst_stand_with_what_they_were(tmp_path: Path) -> None:
    found = make_staged(tmp_path).measure()
    by_id = {one.id: one for one in found.incidents}

    assert by_id["months"].features == ("income",)
    assert by_id["months"].truth is not None
    assert by_id["nonsense"].truth is not None
    assert by_id["surge"].requests > 2 * by_id["nonsense"].requests


def test_the_same_seed_gives_the_same_plan_files_and_facts_byte_for_byte(tmp_path: Path) -> None:
    first, again = (seeded(tmp_path, 11) for _ in range(2))
    facts = [staged.measure().model_dump_json() for staged in (first, again)]

    assert first.plan == again.plan
    assert first.files == again.files
    assert first.run.artifacts == again.run.artifacts
    assert facts[0] == facts[1]


def test_another_seed_gives_another_plan_and_other_rows(tmp_path: Path) -> None:
    half = NONSENSE.model_copy(update={"group": "service"})
    staged = [make_staged(tmp_path, catalogue=(half, SURGE), draw=ONE_DRAW) for _ in range(2)]
    staged[1].run.seed = 8
    for one in staged:
        one.measure()
    first, other = staged

    assert first.plan.marks != other.plan.marks
    assert first.plan.seed != other.plan.seed
    assert first.files.keys() == other.files.keys()
    changed = {name for name in first.files if first.files[name] != other.files[name]}
    assert changed == {"incidents/nonsense-1.jsonl"}


def test_late_labels_are_sent_as_the_challenge_says(tmp_path: Path) -> None:
    staged = brief(tmp_path)
    staged.measure()
    feedback = staged.plan.feedback

    assert feedback is not None
    assert (feedback.path, feedback.id_field, feedback.label_field) == ("/feedback", "id", "bad")
    assert (feedback.delay_s, feedback.share) == (4, 0.5), "a minute is a second of the probe"
    assert staged.plan.request.rows == BASE
    assert staged.plan.answer_class == "decision"


def test_without_late_labels_in_the_challenge_none_are_sent(tmp_path: Path) -> None:
    staged = brief(tmp_path, feedback=None)
    staged.measure()

    assert staged.plan.feedback is None


# -------------------------------------------------------------------------------- monitoring


def test_promtools_test_of_the_recording_is_left_for_the_candidate(tmp_path: Path) -> None:
    staged = brief(tmp_path)
    staged.measure()

    assert list(staged.run.artifacts) == ["rules_test.yml", "recording.json"]
    assert document(staged.run.artifacts[REPLAY_FILE])["rule_files"] == ["monitoring/rules.yml"]


def test_instants_of_the_service_are_as_old_at_the_origin_as_they_really_were(
    tmp_path: Path,
) -> None:
    """The fake started 1,000 s before the first probe, which told its origin 0.2 s later."""
    young = "{alert: Young, expr: time() - process_start_time_seconds < 60}"
    rules = f"groups: [{{name: g, rules: [{young}]}}]\n"
    staged = brief(tmp_path, tree={**WATCHED, "monitoring/rules.yml": rules})
    staged.measure()
    series = document(staged.run.artifacts[REPLAY_FILE])["tests"][0]["input_series"]
    [born] = [s["values"] for s in series if s["series"].startswith("process_start_time")]

    assert float(born.split("+0x")[0]) == pytest.approx(-1000.2, abs=0.001)


def test_without_any_monitoring_there_is_a_measurement_and_the_alerts_are_worth_nothing(
    tmp_path: Path,
) -> None:
    staged = brief(tmp_path, tree={})
    found = staged.measure()

    assert (found.replays, found.slis, found.live) == ((), (), None)
    assert not found.monitoring.present
    assert staged.world.prometheus.plans == []
    assert list(staged.run.artifacts) == ["recording.json"]
    assert len(found.incidents) == 2
    assert isinstance(outcome(found, "alerts_score"), NotShown)


def test_alerts_that_never_fire_are_replayed_and_earn_nothing(tmp_path: Path) -> None:
    seen = outcome(brief(tmp_path).measure(), "alerts_score")

    assert getattr(seen, "value", None) == 0


def test_what_runs_beside_the_service_scrapes_it_where_monitoring_yml_says(
    tmp_path: Path,
) -> None:
    staged = brief(tmp_path, tree=OTHER_PORT)
    found = staged.measure()
    [live] = staged.world.prometheus.of_kind("live_alerting")

    assert (staged.plan.scrape.url, staged.plan.scrape.path) == ("http://10.0.0.2:9100", "/m")
    assert isinstance(live, LiveAlertingPlan)
    assert (live.target.url, live.path) == ("http://10.0.0.2:9100", "/m")
    assert live.instance == "svc:9100"
    assert b'instance=\\"svc:9100\\"' in staged.run.artifacts[REPLAY_FILE]
    assert staged.plan.target.url == "http://10.0.0.2:8080", "requests go where they always went"
    assert found.live is not None


def test_a_port_that_cannot_be_reached_is_our_fault_and_told_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    class Walled(FakeService):
        def url_at(self, port: int) -> str:
            raise PlatformFault(f"there is no way to port {port}")

    staged = brief(tmp_path, tree=OTHER_PORT, submission=Walled())

    with pytest.raises(PlatformFault, match="no way to port 9100"):
        staged.measure()
    assert staged.world.plans == []


def test_the_port_of_the_contract_may_be_named(tmp_path: Path) -> None:
    named = {**WATCHED, "monitoring.yml": MONITORING + "scrape: {port: 8080}\n"}

    assert brief(tmp_path, tree=named).measure().scrapes.good > 0


def test_counters_that_move_while_nothing_is_sent_are_named(tmp_path: Path) -> None:
    staged = brief(tmp_path, submission=FakeService(invents=3))
    [told] = staged.measure().scrapes.idle_moved

    assert 'http_requests_total{instance="svc:8080"' in told
    assert 'path="/score"' in told
    assert brief(tmp_path).measure().scrapes.idle_moved == ()


# ----------------------------------------------------------------------------------- live run


def test_what_really_left_a_machine_stands_in_the_facts(tmp_path: Path) -> None:
    staged = brief(tmp_path)
    live = staged.measure().live

    assert live is not None
    assert (live.started, live.message) == (True, "")
    assert [n.alert for n in live.notifications] == ["Down"]
    assert live.notifications[0].at_min == pytest.approx(20), "after the origin"
    assert staged.world.prometheus.stops == 1


def dying(_plan: LiveAlertingPlan, _stop: Signal) -> Iterator[Record]:
    yield Event("ready", 1000.0)
    raise CandidateFault("the alert rules need more than 1024 MiB")


@pytest.mark.parametrize(
    ("prometheus", "started", "words"),
    [
        (FakeMonitoring(live_error=PlatformFault("no Prometheus here")), False, "no Prometheus"),
        (FakeMonitoring(live=dying), True, "need more than 1024 MiB"),
        (FakeMonitoring(stop_error=PlatformFault("the engine is away")), True, ""),
    ],
    ids=["does not start", "dies in the middle", "cannot be told to stop"],
)
def test_whatever_the_live_run_does_the_timeline_is_measured_and_says_so(
    tmp_path: Path, prometheus: FakeMonitoring, *, started: bool, words: str
) -> None:
    found = brief(tmp_path, world={"prometheus": prometheus}).measure()

    assert found.live is not None
    assert found.live.started == started
    assert words in found.live.message
    assert bool(found.live.message) == bool(words)
    assert len(found.incidents) == 2
    assert found.replays[0].error == ""


# ------------------------------------------------------------------------- what can go wrong


@pytest.mark.parametrize("error", [PlatformFault("the probe overran"), CandidateFault("gone")])
def test_a_timeline_that_breaks_off_leaves_no_facts_nothing_harmed_and_nothing_running(
    tmp_path: Path, error: Exception
) -> None:
    ending = {"timeline_ends_at_min": 30, "timeline_error": error}
    staged = brief(tmp_path, world=ending)

    with pytest.raises(type(error), match=str(error)):
        staged.measure()
    assert "incidents" not in staged.run.facts
    assert staged.run.artifacts == {}
    assert staged.world.faults.on == set()
    assert staged.world.prometheus.stops == 1


def test_a_fault_the_engine_cannot_do_is_noted_and_costs_nothing(tmp_path: Path) -> None:
    faults = FakeFaults(unable=frozenset({"hang"}))
    found = brief(tmp_path, world={"faults": faults}).measure()
    [fault] = [one for one in found.incidents if one.group == "service"]

    assert not fault.carried_out
    assert "this engine cannot do" in fault.note
    assert fault.outcomes == {"o": fault.requests}


def test_a_generator_that_fell_behind_voids_the_timeline(tmp_path: Path) -> None:
    limit_us = round(LAG_MS_MAX * 1000)
    found = brief(tmp_path, world={"send_lag_us": limit_us + 1}).measure()

    assert found.void == f"the generator fell {LAG_MS_MAX:.0f} ms behind its schedule"
    assert found.send_lag_ms_p99 == pytest.approx(LAG_MS_MAX, abs=0.01)
    assert brief(tmp_path, world={"send_lag_us": limit_us}).measure().void is None


@pytest.mark.parametrize(("late", "void"), [(0.08, False), (0.15, True)])
def test_a_hiccup_voids_no_timeline_but_a_bad_stretch_does(
    tmp_path: Path, late: float, void: bool
) -> None:
    found = brief(tmp_path, world={"send_lag_us": 400_000, "late": late}).measure()

    assert bool(found.void) == void


@pytest.mark.parametrize(
    ("foreign", "reference_ms", "void"),
    [
        (FOREIGN_CPU_SHARE_MIN + 0.01, CANARY_MS_MAX + 1, True),
        (FOREIGN_CPU_SHARE_MIN + 0.01, CANARY_MS_MAX, False),
        (FOREIGN_CPU_SHARE_MIN - 0.01, CANARY_MS_MAX + 1, False),
    ],
)
def test_a_timeline_is_void_if_others_worked_and_the_reference_beside_it_got_slow(
    tmp_path: Path, foreign: float, reference_ms: float, void: bool
) -> None:
    """A submission that burns CPU slows the reference too: that alone is its own doing."""
    busy, reference = FakeService(foreign_share=foreign), FakeService(latency_ms=reference_ms)
    found = brief(tmp_path, submission=busy, reference=reference).measure()

    assert (found.void is not None) is void
    assert found.canary_ms_p95 == reference_ms
    assert found.foreign_cpu_share == pytest.approx(foreign, abs=0.01)
    assert len(found.incidents) == 2, "what was seen stays in the evidence"


def test_where_nobody_counts_the_cpu_a_slow_reference_is_enough(tmp_path: Path) -> None:
    uncounted = FakeService(foreign_share=0.9, counted=False)
    slow = FakeService(latency_ms=CANARY_MS_MAX + 1)

    assert brief(tmp_path, submission=uncounted).measure().void is None
    found = brief(tmp_path, submission=uncounted, reference=slow).measure()
    assert found.void == f"the reference beside it took {CANARY_MS_MAX + 1:.0f} ms (p95)"


def test_a_service_that_dies_by_itself_is_measured_as_it_was(tmp_path: Path) -> None:
    service = FakeService(dies_at_min=(3.5,), revives=True)
    staged = brief(tmp_path, submission=service)
    found = staged.measure()

    assert found.outcomes["r"] > 0
    assert found.slices[3].failed > 0
    assert found.slices[4].failed == 0
    assert len(staged.run.deaths) == 1


@pytest.mark.parametrize(
    ("catalogue", "draw", "words"),
    [
        ((HANG,), [{"group": "service", "count": 1}], "there is no decoy"),
        ((HANG,), [{"group": "service", "count": 2}], "has 1 incidents and 2 are drawn"),
        (
            (MONTHS.model_copy(update={"settings": {"field": "nowhere", "factor": 2}}), SURGE),
            [{"group": "inputs", "count": 1}, {"group": "decoy", "count": 1}],
            "no row has a value of 'nowhere'",
        ),
        ((incident("meteor"), SURGE), ONE_DRAW, "no injector is called 'meteor'"),
    ],
)
def test_a_challenge_that_cannot_be_played_is_our_fault_and_says_what_to_mend(
    tmp_path: Path, catalogue: tuple[object, ...], draw: list[object], words: str
) -> None:
    staged = make_staged(tmp_path, catalogue=catalogue, draw=draw)  # type: ignore[arg-type]

    with pytest.raises(PlatformFault, match=words) as fault:
        staged.measure()
    assert "mend [incidents]" in fault.value.remedy
    assert staged.world.plans == []


def test_the_thorough_profile_plays_its_own_length(tmp_path: Path) -> None:
    staged = brief(tmp_path, thorough_min=90)
    staged.run.profile = "thorough"
    found = staged.measure()

    assert (found.profile, found.length_min) == ("thorough", 93)
