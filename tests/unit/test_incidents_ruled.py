"""What the rules and SLIs say of a recording, with and without rules, moved and unmoved."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.incident_run import (
    CATALOGUE,
    CRASH,
    HANG,
    MONITORING,
    WATCHED,
    incident,
    make_rules,
    make_staged,
    timeline_of,
)
from tests.fakes.monitoring import FakeMonitoring, document
from tests.fakes.recordings import UNIX_S, scrape

from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.timeline import SCRAPE_S
from assay.evaluation.alerting.monitoring_file import read_monitoring
from assay.evaluation.incidents.ruled import (
    SETTLED_MIN,
    STARTED_MIN,
    Ruled,
    Scraped,
    quiet_slots,
    ruled,
)
from assay.evaluation.incidents.timeline import Timeline, draw_timeline
from assay_probe.plan import RuleReplayPlan
from assay_probe.records import ScrapeRecord, SegmentRecord

TIMELINE = timeline_of(HANG)
"""Five quiet minutes, a hang of four, five quiet minutes, a last one of one, five more."""
CALM = timeline_of(HANG, quiet_min=30)
"""The same with half hours."""
MINUTES, IDLE_MIN = 95, 92
MUTATED = ["slow_scrape", "restart", "second_replica", "clean"]
RULELESS = {"monitoring.yml": "\n".join(MONITORING.splitlines()[2:6]) + "\n"}


def exposition(slot: int, *, requests: int, more: str = "") -> bytes:
    lines = [
        "# TYPE http_requests_total counter",
        f'http_requests_total{{path="/score",status="200"}} {requests}',
        f'http_requests_total{{path="/metrics",status="200"}} {slot}',
        'feature_psi{feature="income"} 0.02',
        more,
    ]
    return "\n".join(lines).encode() + b"\n"


def honest(slot: int) -> bytes:
    return exposition(slot, requests=min(slot, IDLE_MIN * 4) * 15)


def scraped(
    body: Callable[[int], bytes] = honest, segments: Sequence[SegmentRecord] = ()
) -> Scraped:
    """The recording of a service that answered 60 requests a minute until it was left alone."""
    return Scraped(
        scrapes=[scrape(slot, body(slot)) for slot in range(MINUTES * 4)],
        segments=segments,
        port=8080,
        unix_s=UNIX_S,
        idle_from_min=IDLE_MIN,
    )


def rule(
    root: Path,
    timeline: Timeline = CALM,
    recorded: Scraped | None = None,
    prometheus: FakeMonitoring | None = None,
    tree: dict[str, str] | None = None,
) -> tuple[Ruled, FakeMonitoring]:
    prometheus = prometheus or FakeMonitoring()
    stage = make_staged(
        root, tree=WATCHED if tree is None else tree, world={"prometheus": prometheus}
    )
    recorded = scraped() if recorded is None else recorded
    return ruled(stage.run, read_monitoring(root), timeline, recorded), prometheus


def names(found: Ruled) -> list[str]:
    return [replay.name for replay in found.replays]


# ---------------------------------------------------------------------------------- quiet time


def test_the_quiet_time_is_the_longest_between_what_settles_and_what_begins() -> None:
    quiet = quiet_slots(timeline_of(HANG, CRASH, quiet_min=30, length_min=150))

    # Quiet from 5 to 30, from 34 + 15 to 64, from 68 + 15 to 98, and from 99 + 15 to 150.
    assert (quiet.start * SCRAPE_S, quiet.stop * SCRAPE_S) == (114, 150)


def test_the_start_counts_as_soon_as_rates_have_both_ends_of_their_windows() -> None:
    quiet = quiet_slots(timeline_of(HANG, quiet_min=30, length_min=70))

    assert (quiet.start * SCRAPE_S, quiet.stop * SCRAPE_S) == (STARTED_MIN, 30)


@given(seed=st.integers(0, 2**32))
def test_nothing_happens_in_the_quiet_time_and_nothing_did_shortly_before(seed: int) -> None:
    timeline = draw_timeline(make_rules(), CATALOGUE, "standard", seed)
    quiet = quiet_slots(timeline)

    assert quiet.start * SCRAPE_S >= STARTED_MIN
    assert quiet.stop * SCRAPE_S <= timeline.length_min
    for one in timeline.planned:
        over_min = one.end_min + SETTLED_MIN
        assert quiet.stop * SCRAPE_S <= one.onset_min or quiet.start * SCRAPE_S >= over_min


def test_a_timeline_without_quiet_time_has_the_recording_alone(tmp_path: Path) -> None:
    found, _ = rule(tmp_path, timeline=TIMELINE)

    assert len(quiet_slots(TIMELINE)) == 0
    assert names(found) == ["recorded"]


def test_a_recording_that_broke_off_before_the_quiet_time_is_not_changed(tmp_path: Path) -> None:
    broken_off = Scraped(scraped().scrapes[:200], (), 8080, UNIX_S, 40)
    late = timeline_of(incident("hang", length_min=10), quiet_min=10, length_min=95)

    assert quiet_slots(late).stop == 95 * 4
    assert names(rule(tmp_path, timeline=late, recorded=broken_off)[0]) == ["recorded"]


# ------------------------------------------------------------------------------------- replays


def test_the_rules_are_replayed_over_what_was_and_over_what_could_have_been(
    tmp_path: Path,
) -> None:
    fires = {"recorded": {"Down": (1800, 2040)}, "slow_scrape": {"Down": (1830, 2040)}}
    found, prometheus = rule(tmp_path, prometheus=FakeMonitoring(fires=fires))

    assert names(found) == ["recorded", *MUTATED, "drift_missing"]
    assert [(e.alert, e.start_min, e.end_min) for e in found.replays[0].episodes] == [
        ("Down", 30, 34)
    ]
    assert [e.start_min for e in found.replays[1].episodes] == [30.5]
    assert found.replays[2].episodes == ()
    [plan] = prometheus.plans
    assert isinstance(plan, RuleReplayPlan)


def test_the_clean_recording_says_what_it_repeats(tmp_path: Path) -> None:
    found, _ = rule(tmp_path, timeline=CALM)
    quiet = quiet_slots(CALM)

    repeats = {one.name: one.repeats_min for one in found.replays if one.repeats_min}

    assert repeats == {"clean": (quiet.start * SCRAPE_S, (quiet.stop - 1) * SCRAPE_S)}


def test_what_cannot_be_missing_is_not_left_out(tmp_path: Path) -> None:
    def without_psi(slot: int) -> bytes:
        return honest(slot).replace(b"feature_psi", b"shoe_size")

    found, _ = rule(tmp_path, recorded=scraped(without_psi))

    assert names(found) == ["recorded", *MUTATED]


@pytest.mark.parametrize(
    ("drift", "missing"),
    [("feature:psi:max", ["drift_missing"]), ("up", []), ("vector(0)", [])],
)
def test_the_drift_metric_is_the_services_own_also_behind_a_recording_rule(
    tmp_path: Path, drift: str, missing: list[str]
) -> None:
    declared = MONITORING.replace("max by (feature) (feature_psi)", drift)
    record = "      - {record: 'feature:psi:max', expr: max by (feature) (feature_psi)}\n"
    tree = {**WATCHED, "monitoring.yml": declared}
    tree["monitoring/rules.yml"] += record

    assert names(rule(tmp_path, tree=tree)[0]) == ["recorded", *MUTATED, *missing]


def test_the_second_replica_stands_beside_the_first_under_a_name_of_its_own(
    tmp_path: Path,
) -> None:
    _, prometheus = rule(tmp_path)
    [files] = prometheus.files
    [replica] = [content for name, content in files.items() if "second_replica" in name]
    series = [one["series"] for one in document(replica)["tests"][0]["input_series"]]

    assert any('instance="svc:8080"' in one for one in series)
    assert any('instance="svc-2:8080"' in one for one in series)


def test_the_test_that_is_kept_is_promtools_of_the_recording(tmp_path: Path) -> None:
    found, prometheus = rule(tmp_path)
    [files] = prometheus.files

    assert found.test_file == files["replay/assay-recorded.json"]
    assert document(found.test_file)["rule_files"] == ["monitoring/rules.yml"]


def test_rules_alone_without_an_alert_are_replayed_over_the_recording_only(
    tmp_path: Path,
) -> None:
    recording = "groups: [{name: g, rules: [{record: 'a:b', expr: up}]}]\n"
    found, _ = rule(tmp_path, tree={**WATCHED, "monitoring/rules.yml": recording})

    assert names(found) == ["recorded"]
    assert found.replays[0].episodes == ()


def test_without_rules_there_is_no_replay_and_no_test_and_the_slis_are_asked(
    tmp_path: Path,
) -> None:
    prometheus = FakeMonitoring(says=lambda _expr, _at_s: "{} 9E+03")
    recorded = scraped(segments=[segment(0, 40)])
    found, _ = rule(tmp_path, recorded=recorded, prometheus=prometheus, tree=RULELESS)

    assert found.replays == ()
    assert found.test_file == b""
    assert {(r.sli, r.reported) for r in found.slis} == {("requests", 150), ("errors", 150)}


def test_where_nothing_is_asked_no_container_is_started(tmp_path: Path) -> None:
    found, prometheus = rule(tmp_path, tree={})

    assert (found.replays, found.slis, found.test_file) == ((), (), b"")
    assert found.scrapes.good == MINUTES * 4
    assert prometheus.plans == []


def test_rules_promtool_refuses_are_errors_in_its_words(tmp_path: Path) -> None:
    prometheus = FakeMonitoring(check=(1, "rules.yml: parse error"))
    found, _ = rule(tmp_path, prometheus=prometheus)

    assert {replay.error for replay in found.replays} == {"rules.yml: parse error"}


def test_rules_that_break_every_limit_are_the_candidates_and_no_error_of_the_stage(
    tmp_path: Path,
) -> None:
    prometheus = FakeMonitoring(error=CandidateFault("the alert rules need more than 1024 MiB"))
    found, _ = rule(tmp_path, prometheus=prometheus)

    assert {replay.error for replay in found.replays} == {"the alert rules need more than 1024 MiB"}


def test_an_engine_that_dies_ends_the_stage(tmp_path: Path) -> None:
    prometheus = FakeMonitoring(error=PlatformFault("the container died"))

    with pytest.raises(PlatformFault, match="the container died"):
        rule(tmp_path, prometheus=prometheus)


# ---------------------------------------------------------------------------------- honesty


def segment(start_min: int, end_min: int) -> SegmentRecord:
    """Ten requests a minute, each answered."""
    count = end_min - start_min
    instants = [round((start_min + 0.05 + n * 0.1) * 1e6) for n in range(count * 10)]
    return SegmentRecord(
        index=0,
        incident="",
        origin_s=0.0,
        started_s=float(start_min),
        ended_s=float(end_min),
        intended_us=instants,
        latency_us=[5000] * len(instants),
        outcomes="o" * len(instants),
        drifted="0" * len(instants),
        fallbacks=0,
        classes=[],
        class_of=[-1] * len(instants),
        send_lag_us=[0] * len(instants),
    )


def test_slis_are_asked_over_what_was_sent_and_stand_beside_it(tmp_path: Path) -> None:
    prometheus = FakeMonitoring(
        says=lambda expr, _at_s: "{} 1.2E+04" if "status" not in expr else "nil"
    )
    found, _ = rule(tmp_path, recorded=scraped(segments=[segment(0, 40)]), prometheus=prometheus)
    readings = {reading.sli: reading for reading in found.slis}

    assert set(readings) == {"requests", "errors"}, "the probe does not know the truth of drift"
    assert readings["requests"].reported == 200, "counts are divided by the pace of the clock"
    assert readings["requests"].sent == pytest.approx(400, abs=4)
    assert readings["errors"].reported is None


LATENCY = "slis: {requests: {expr: 'a[$window]'}, latency_mean: {expr: 'b[$window]'}}\n"


@pytest.mark.parametrize(
    ("from_min", "until_min", "asked"),
    [
        (0, 30, {"requests", "latency_mean"}),
        (20, 32, set()),
        (38, 60, set()),
        (40, 64, {"requests", "latency_mean"}),
    ],
)
def test_figures_are_not_compared_where_the_container_was_harmed(
    tmp_path: Path, from_min: int, until_min: int, asked: set[str]
) -> None:
    """The hang lasts from 30 to 34; it is over after some minutes more."""
    found, _ = rule(
        tmp_path,
        recorded=scraped(segments=[segment(from_min, until_min)]),
        tree={"monitoring.yml": LATENCY},
    )

    assert {reading.sli for reading in found.slis} == asked


def moved(root: Path, body: Callable[[int], bytes], **more: Any) -> tuple[str, ...]:
    return rule(root, recorded=scraped(body), **more)[0].scrapes.idle_moved


def test_a_counter_that_moves_while_nothing_is_sent_is_named(tmp_path: Path) -> None:
    def invented(slot: int) -> bytes:
        return exposition(slot, requests=slot * 15)

    [told] = moved(tmp_path, invented)

    assert told.startswith("http_requests_total{")
    assert 'path="/score"' in told


def test_counters_that_stand_still_while_nothing_is_sent_are_honest(tmp_path: Path) -> None:
    assert moved(tmp_path, honest) == ()


def test_the_last_answers_may_be_counted_by_the_first_scrapes_after_them(tmp_path: Path) -> None:
    def late(slot: int) -> bytes:
        return exposition(slot, requests=min(slot, IDLE_MIN * 4 + 2) * 15)

    assert moved(tmp_path, late) == ()


def test_what_no_sli_is_made_of_may_move_as_it_likes(tmp_path: Path) -> None:
    def breathing(slot: int) -> bytes:
        return honest(slot) + f"# TYPE gc counter\ngc_total {slot * 99}\n".encode()

    assert moved(tmp_path, breathing) == ()


def test_of_series_in_a_service_that_exports_nothing_nothing_is_told(tmp_path: Path) -> None:
    refused = [ScrapeRecord(n, n * 0.25, 0.001, None, "refused", 0, 0, "") for n in range(380)]
    found, _ = rule(tmp_path, recorded=Scraped(refused, (), 8080, UNIX_S, IDLE_MIN))

    assert (found.scrapes.good, found.scrapes.failed) == (0, {"refused": 380})
    assert found.scrapes.idle_moved == ()
    assert names(found) == ["recorded", *MUTATED]
