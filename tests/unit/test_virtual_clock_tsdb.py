"""The second engine does with `for`, levels and stale series what Prometheus does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.recordings import edges, reading, troubled, wide

from assay.evaluation.alerting.mutations import slow_scrape
from assay.evaluation.alerting.probes import Probe, Sample
from assay.evaluation.alerting.rules import RuleFiles, read_rules
from assay.evaluation.alerting.tsdb import (
    SAMPLES_MAX,
    Asked,
    firing,
    openmetrics,
    range_replay,
    read_answers,
    too_large,
)
from assay_probe.records import RangeRecord

MINUTE = troubled(1)


def rules(*entries: str, interval: str = "") -> RuleFiles:
    every = f", interval: {interval}" if interval else ""
    text = f"groups:\n- {{name: g{every}, rules: [{', '.join(entries)}]}}\n"
    found = read_rules({"r.yml": text.encode()})
    assert found.problems == ()
    return found


def asked(files: RuleFiles) -> Asked:
    return range_replay(MINUTE, files, timeout_s=60)


def levels(files: RuleFiles) -> list[list[str]]:
    """Expressions by step."""
    return [[query.expr for query in step] for step in asked(files).plan.steps]


def fires(
    active: set[int], *, for_s: float = 0, keep_s: float = 0, step_s: int = 15, end_s: int = 150
) -> list[int]:
    return list(firing(active, for_s=for_s, keep_s=keep_s, step_s=step_s, end_s=end_s))


def test_without_for_an_alert_fires_when_it_is_active() -> None:
    assert fires({30, 45, 75}) == [30, 45, 75]


def test_for_is_the_time_since_it_became_active_and_a_gap_starts_it_anew() -> None:
    assert fires({0, 15, 30, 60, 75, 90}, for_s=30) == [30, 90]


def test_keep_firing_for_counts_from_the_first_evaluation_it_is_gone() -> None:
    assert fires({15}, keep_s=30) == [15, 30, 45]


def test_what_never_fired_is_not_kept() -> None:
    assert fires({15}, for_s=30, keep_s=60) == []


def test_an_alert_that_comes_back_while_it_is_kept_never_stopped() -> None:
    assert fires({0, 45}, keep_s=45) == [0, 15, 30, 45, 60, 75, 90]


@given(st.sets(st.integers(0, 10)), st.integers(0, 5))
def test_an_alert_fires_only_while_active_and_never_before_its_for(
    steps: set[int], for_steps: int
) -> None:
    active = {15 * step for step in steps}

    for at_s in fires(active, for_s=15 * for_steps):
        assert {at_s - 15 * back for back in range(for_steps + 1)} <= active


def test_a_recording_rule_stands_a_level_above_what_it_reads() -> None:
    found = levels(
        rules(
            "{alert: A, expr: c > 1}",
            "{record: c, expr: b + a}",
            "{record: b, expr: a * 2}",
            "{record: a, expr: sum(up)}",
        )
    )

    assert found == [["sum(up)"], ["a * 2"], ["b + a"], ["c > 1"]]


def test_rules_that_record_one_name_with_different_labels_stay_apart() -> None:
    plan = asked(
        rules(
            "{record: burn, expr: up, labels: {window: 1h}}",
            "{record: burn, expr: up * 2, labels: {window: 6h}}",
        )
    ).plan

    assert plan.records == {
        "rule-0": {"__name__": "burn", "window": "1h"},
        "rule-1": {"__name__": "burn", "window": "6h"},
    }


@pytest.mark.parametrize(
    "entries",
    [("{record: a, expr: a + 1}",), ("{record: a, expr: b}", "{record: b, expr: a}")],
)
def test_rules_that_read_themselves_are_refused_in_words(entries: tuple[str, ...]) -> None:
    found = asked(rules(*entries, "{alert: A, expr: up == 0}"))

    assert [[q.expr for q in step] for step in found.plan.steps] == [["up == 0"]]
    assert len(found.refused) == len(entries)
    assert all("reads what it records itself" in reason for reason in found.refused)


def test_alerts_about_alerts_are_refused_in_words() -> None:
    found = asked(rules("{alert: A, expr: 'count(ALERTS) > 3'}"))

    assert found.refused == (
        "A: it reads ALERTS, which cannot be replayed over so large a recording",
    )


def test_a_group_is_evaluated_as_often_as_it_says_but_not_between_samples() -> None:
    slow = asked(rules("{alert: A, expr: up}", interval="1m")).plan.steps[0][0]
    quick = asked(rules("{alert: A, expr: up}", interval="1s")).plan.steps[0][0]

    assert (slow.step_s, quick.step_s) == (60, 15)


def test_prometheus_looks_back_less_far_than_to_the_next_scrape() -> None:
    files = rules("{alert: A, expr: up}")

    assert asked(files).plan.lookback_s == 14
    assert range_replay(slow_scrape(MINUTE), files, timeout_s=60).plan.lookback_s == 29


def test_samples_are_backfilled_on_the_virtual_clock() -> None:
    recording = reading(["# TYPE a_total counter\na_total 1", None, "a_total 3"]).recording

    assert openmetrics(recording, {"a_total"}).decode().splitlines() == [
        'a_total{instance="svc:8080",job="svc"} 60 0',
        'a_total{instance="svc:8080",job="svc"} 180 30',
        "# EOF",
    ]


def test_only_what_the_rules_read_counts_against_the_size_of_a_recording() -> None:
    recording = wide(SAMPLES_MAX // 500 + 1, 500)

    assert too_large(recording, None).startswith("the rules read 2,000,500 samples")
    assert too_large(recording, {"x"}) == too_large(recording, None)
    assert too_large(recording, {"up"}) == ""
    assert too_large(wide(SAMPLES_MAX // 500, 500), None) == ""


@pytest.mark.slow
def test_long_labels_count_for_every_sample_they_stand_before() -> None:
    label = "v" * 4_000

    def long(series: int) -> str:
        body = "".join(f'a{{x="{n}{label}"}} 1\n' for n in range(series))
        return too_large(reading([body] * 100).recording, {"a"})

    assert long(400) == ""
    assert long(500).startswith("the labels of what the rules read are 20")


def answer(name: str, *series: object, error: str = "") -> RangeRecord:
    return RangeRecord(name, list(series), error, 0.1)


def test_answers_become_episodes_with_the_labels_of_rule_and_series() -> None:
    files = rules(
        "{alert: A, expr: x > 1, for: 15s, labels: {severity: page, about: '{{ $labels.f }}!'}}"
    )
    rows = [{"__name__": "x", "f": "age"}, [[0, "2"], [15, "2"], [30, "2"]]]
    found = read_answers(asked(files), [answer("rule-0", rows)], MINUTE)

    assert edges(found.episodes) == [("A", "", 0.25, 0.75)]
    assert found.episodes[0].labels == {"f": "age", "severity": "page", "about": "age!"}


def test_a_rule_that_failed_is_told_and_the_others_are_read() -> None:
    files = rules("{alert: A, expr: up}", "{alert: B, expr: up}")
    records = [
        answer("rule-0", error="many-to-many matching not allowed"),
        answer("rule-1", [{}, [[45, "1"]]]),
    ]
    found = read_answers(asked(files), records, MINUTE)

    assert found.rule_errors == ("A: many-to-many matching not allowed",)
    assert edges(found.episodes) == [("B", "", 0.75, None)]


def test_probes_are_asked_once_at_their_instant() -> None:
    probe = Probe("sum(up)", 30)
    found = range_replay(MINUTE, RuleFiles({}, (), ()), probes=[probe, probe], timeout_s=60)
    (query,) = found.plan.steps[-1]
    answers = read_answers(found, [answer(query.name, [{"a": "b"}, [[30, "4"]]])], MINUTE).answers

    assert (query.expr, query.start_s, query.end_s) == ("sum(up)", 30, 30)
    assert answers == {probe: (Sample((("a", "b"),), 4.0),)}
