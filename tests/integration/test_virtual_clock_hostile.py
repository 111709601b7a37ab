"""Whatever the rules do there is a typed replay in time, and nothing goes on running."""

import dataclasses
import os
import shutil
import time
from collections.abc import Mapping
from typing import Any

import pytest
from tests.fakes.recordings import RULES, edges, on_this_machine, reading, troubled, wide

from assay.domain.incidents import Replay
from assay.evaluation.alerting.promtool_file import rule_copies, unit_test
from assay.evaluation.alerting.recording import Recording
from assay.evaluation.alerting.replay import replay, replay_all
from assay.evaluation.alerting.rules import RULES_MAX, RuleFiles, read_rules
from assay.evaluation.alerting.tsdb import SAMPLES, openmetrics, range_replay, too_large
from assay_probe.plan import Plan, RangeReplayPlan, RuleReplayPlan, RuleTest
from assay_probe.records import RangeRecord, Record, ToolRecord

pytestmark = [
    pytest.mark.skipif(
        not all(shutil.which(name) for name in ("promtool", "prometheus")),
        reason="Prometheus is not installed here",
    ),
    pytest.mark.slow,
]

EVERYTHING = 'count({__name__=~".+"}) > 4999'
SLOW = "sum(max_over_time(x[1h])) > 0"
ENDLESS = "max_over_time(sum(rate(http_requests_total[5m]))[55m:1s]) > 0"
HOUR = troubled()


def alerts(expr: str, count: int) -> bytes:
    rules = "".join(f"  - alert: A{n}\n    expr: {expr}\n" for n in range(count))
    return f"groups:\n- name: g\n  rules:\n{rules}".encode()


def sound(text: bytes) -> RuleFiles:
    found = read_rules({"monitoring/r.yml": text})
    assert found.problems == ()
    return found


class Hurried:
    """This machine's engines, with less time; counts what they were asked."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.plans: list[Plan] = []

    def __call__(self, plan: Plan, files: Mapping[str, bytes]) -> list[Record]:
        self.plans.append(plan)
        if isinstance(plan, RangeReplayPlan):
            return on_this_machine(dataclasses.replace(plan, timeout_s=self.seconds), files)
        assert isinstance(plan, RuleReplayPlan)
        tests = [RuleTest(test.name, test.test_file, self.seconds) for test in plan.tests]
        return on_this_machine(dataclasses.replace(plan, tests=tests), files)


def replayed(recording: Recording, rules: RuleFiles, **engines: Any) -> Replay:
    return replay(recording, rules, **{"run": on_this_machine, **engines})[0]


def test_rules_that_count_everything_at_every_step_are_replayed_over_5_000_series() -> None:
    found = replayed(wide(5_000, 240), sound(alerts(EVERYTHING, 3)))

    assert (found.engine, found.error, found.rule_errors) == ("tsdb", "", ())
    assert edges(found.episodes) == [(f"A{n}", "", 0.0, None) for n in range(3)]
    assert found.seconds < 60


def test_of_a_whole_stage_of_5_000_series_such_rules_are_refused_in_words_at_once() -> None:
    def nobody(plan: Plan, files: Mapping[str, bytes]) -> list[Record]:
        raise AssertionError("nothing should be run")

    found = replayed(wide(5_000, 960), sound(alerts(EVERYTHING, 3)), run=nobody)

    assert found.episodes == ()
    assert found.error.startswith("the rules read 4,800,000 samples, more than 2,000,000: name")


def test_rules_that_do_not_end_are_stopped_and_those_that_were_not_asked_are_told() -> None:
    begin_s = time.monotonic()
    recording = wide(1_000, 240)
    asked = range_replay(recording, sound(alerts(SLOW, RULES_MAX)), timeout_s=5)
    files = {SAMPLES: openmetrics(recording, None)}
    found = [r for r in on_this_machine(asked.plan, files) if isinstance(r, RangeRecord)]

    assert len(found) == RULES_MAX
    assert found[0].error == ""
    assert "the time for all rules was over" in found[-1].error
    assert time.monotonic() - begin_s < 15


def test_a_recording_there_is_no_time_to_backfill_leaves_every_rule_unasked() -> None:
    rules = sound(b"groups: [{name: g, interval: 1m, rules: [{alert: A, expr: up == 0}]}]")
    found = replayed(HOUR, rules, run=Hurried(0.01))

    assert (found.engine, found.error, found.episodes) == ("tsdb", "", ())
    assert found.rule_errors == ("A: the time for all rules was over before this one was asked",)


def test_rules_promtool_cannot_finish_are_stopped_once_and_given_to_the_other_engine() -> None:
    hurried = Hurried(3)
    begin_s = time.monotonic()
    recordings = {"recorded": HOUR, "restart": HOUR}
    done = replay_all(recordings, sound(alerts(ENDLESS, 40)), run=hurried)

    assert [found.engine for found in done.replays] == ["tsdb", "tsdb"]
    assert [plan.kind for plan in hurried.plans] == ["rule_replay", "range_replay", "range_replay"]
    assert time.monotonic() - begin_s < 15


def records_of(rules: RuleFiles, *, tests: int, timeout_s: float) -> list[ToolRecord]:
    """What promtool says of so many tests of the recording."""
    copies = rule_copies(rules)
    text = unit_test(HOUR, copies, name="t.json", keep=None)
    plan = RuleReplayPlan(
        list(copies.files), [RuleTest(f"t{n}", "t.json", timeout_s) for n in range(tests)]
    )
    found = on_this_machine(plan, {**copies.files, "t.json": text})
    return [r for r in found if isinstance(r, ToolRecord)]


def test_after_a_test_that_had_to_be_stopped_no_other_is_begun() -> None:
    cores = os.cpu_count() or 1
    found = records_of(sound(alerts(ENDLESS, 40)), tests=3 * cores, timeout_s=1)

    assert [r.name for r in found][:2] == ["check", "t0"]
    assert found[1].code is None
    assert len(found) <= 1 + cores


def test_rules_that_are_refused_are_not_tested() -> None:
    found = records_of(sound(alerts("sum(", 1)), tests=2, timeout_s=5)

    assert [(r.name, r.code) for r in found] == [("check", 1)]


@pytest.mark.parametrize("expr", ["sum(rate(up[5m])", "up{", "frobnicate(up)", "up == 'x'", "1 +"])
def test_rules_that_cannot_be_parsed_come_back_in_promtools_own_words(expr: str) -> None:
    found = replayed(HOUR, sound(alerts(f'"{expr}"', 1)))

    assert found.episodes == ()
    assert "monitoring/r.yml" in found.error
    assert "could not parse expression" in found.error


@pytest.mark.parametrize("text", [b"\x00\xff", b"groups: [", b"groups: {a: 1}", b"*a", b"- - -"])
def test_a_file_that_is_no_rule_file_is_left_out_and_the_rest_is_replayed(text: bytes) -> None:
    rules = read_rules({"bad.yml": text, "good.yml": alerts("up == 0", 1)})
    found = replayed(HOUR, rules)

    assert len(rules.problems) >= 1
    assert (found.engine, found.error) == ("promtool", "")
    assert [episode.alert for episode in found.episodes] == ["A0"]


def test_10_000_rules_are_refused_in_words_and_nothing_is_replayed() -> None:
    begin_s = time.monotonic()
    files = {f"r{n}.yml": alerts("up == 0", 1_000) for n in range(10)}
    rules = read_rules({"one.yml": alerts("up == 0", 10_000), **files})
    found = replayed(HOUR, rules)

    assert len(rules.problems) == 11
    assert all("shorten it" in p or "at most 200 are evaluated" in p for p in rules.problems)
    assert (found.episodes, found.error) == ((), "")
    assert time.monotonic() - begin_s < 20


def test_as_many_rules_as_are_allowed_are_replayed() -> None:
    found = replayed(HOUR, sound(alerts("up == 0", RULES_MAX)))

    assert found.error == ""
    assert {episode.alert for episode in found.episodes} == {f"A{n}" for n in range(RULES_MAX)}
    assert found.seconds < 30


def test_a_rule_that_fails_while_it_runs_is_told_and_the_others_fire() -> None:
    many = b"groups: [{name: g, rules: [{alert: Bad, expr: a * on() a}, {alert: A, expr: a > 0}]}]"
    found = replayed(reading(['a{x="1"} 1\na{x="2"} 2'] * 8).recording, sound(many))

    assert found.engine == "tsdb"
    assert len(found.rule_errors) == 1
    assert found.rule_errors[0].startswith("Bad: ")
    assert "many" in found.rule_errors[0]
    assert {episode.alert for episode in found.episodes} == {"A"}


def test_rules_that_record_everything_over_and_over_are_refused_in_words() -> None:
    copies = "".join(f"  - record: copy{n}\n    expr: x * {n}\n" for n in range(6))
    text = f"groups:\n- name: g\n  interval: 1m\n  rules:\n{copies}".encode()
    asked = range_replay(wide(2_000, 240), sound(text), timeout_s=60)
    files = {SAMPLES: openmetrics(wide(2_000, 240), None)}
    found = [r for r in on_this_machine(asked.plan, files) if isinstance(r, RangeRecord)]

    refused = [r.name for r in found if r.error.startswith("recording rules yield more than 2,000")]
    assert refused == [f"rule-{n}" for n in (4, 5)]


def test_rules_that_record_a_series_twice_or_one_that_is_exported_do_no_harm() -> None:
    twice = b"""\
groups:
- name: g
  interval: 1m
  rules:
  - {record: c, expr: a}
  - {record: c, expr: b}
  - {record: a, expr: b}
  - {alert: A, expr: b > 2}
"""
    found = replayed(reading(["a 1\nb 5"] * 8).recording, sound(twice))

    assert found.error == ""
    assert edges(found.episodes) == [("A", "", 0.0, None)]


def test_labels_as_long_as_they_may_be_are_refused_in_words_if_there_are_many() -> None:
    label = "v" * 4_000
    body = "".join(f'a{{x="{n}{label}"}} 1\n' for n in range(200))
    recording = reading([body] * 300).recording

    assert too_large(recording, frozenset({"a"})).startswith("the labels of what the rules read")
    assert too_large(recording, frozenset({"up"})) == ""
    assert replayed(recording, sound(alerts("a > 0", 1))).episodes == ()


def test_promtool_says_the_same_of_the_file_that_is_kept_for_the_candidate() -> None:
    """The evidence can be rerun at home: rules and test file alone, and the episodes are there."""
    rules = read_rules({"monitoring/rules.yml": RULES})
    done = replay_all({"recorded": HOUR}, rules, run=on_this_machine)
    plan = RuleReplayPlan([], [RuleTest("home", "assay-recorded.json")])
    (said, *_) = on_this_machine(plan, {**rules.texts, "assay-recorded.json": done.test_file})

    assert isinstance(said, ToolRecord)
    assert said.output.count('alertname="ServiceDown"') == 8
