"""Hostile alert rules in the container they run in: each ends in words, within the limits.

The limits: a minute for all tests of promtool together, a minute for all questions to one
backfilled recording, 1.5 GiB of memory, 64 MiB of output, no network.
"""

import json
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from tests.fakes.monitoring_worlds import ENGINES, MonitoringWorld, growing, monitoring_world
from tests.fakes.recordings import DOWN, edges, reading, troubled

from assay.evaluation.alerting.probes import Probe
from assay.evaluation.alerting.promtool_file import RuleCopies, unit_test
from assay.evaluation.alerting.recording import Recording
from assay.evaluation.alerting.replay import Replays, replay_all
from assay.evaluation.alerting.rules import RuleFiles, read_rules
from assay_probe.plan import RuleReplayPlan, RuleTest
from assay_probe.records import ToolRecord
from assay_sandbox.environment import MONITORING_LIMITS

pytestmark = pytest.mark.slow

Entry = dict[str, object]
DOWN_RULE: Entry = {"alert": "Down", "expr": 'up{job="svc"} == 0'}
EVERYTHING = 'count({__name__=~".+"}) > 0'
TIMELINE_SLOTS = 960
SERVICE_UP = Probe("sum(up)", 120)
LIMIT_S = 160.0
"""A minute each of both engines, starting and ending their containers, on a busy machine."""


@pytest.fixture(scope="module", params=ENGINES)
def world(request: pytest.FixtureRequest) -> Iterator[MonitoringWorld]:
    with monitoring_world(request.param) as made:
        yield made


def rules(*entries: Entry, interval: str = "15s") -> RuleFiles:
    group = {"name": "g", "interval": interval, "rules": entries}
    return read_rules({"r.yml": json.dumps({"groups": [group]}).encode()})


@cache
def wide() -> Recording:
    """A whole timeline of a service that exports 2,000 series, 1,111 of them with a 1 in front."""
    body = "\n".join(f'a{n % 50}{{n="{n}"}} {n}' for n in range(2_000))
    return reading(body for _ in range(TIMELINE_SLOTS)).recording


def replayed(world: MonitoringWorld, recording: Recording, made: RuleFiles) -> Replays:
    """What the rules make of it, in time, with nothing running afterwards."""
    assert made.problems == ()
    began_s = time.monotonic()
    done = replay_all({"recorded": recording}, made, run=world.run, probes=[SERVICE_UP])
    assert time.monotonic() - began_s < LIMIT_S
    assert world.running() == []
    assert world.memory_mib_peak() <= MONITORING_LIMITS.memory_mib + 1
    return done


def said(done: Replays) -> str:
    """Everything the candidate is told of the first replay."""
    return "\n".join([done.replays[0].error, *done.replays[0].rule_errors])


def test_sound_rules_say_when_the_service_was_down_by_either_engine(world: MonitoringWorld) -> None:
    """Guards the cases below: here is what they would see if they were not hostile."""
    by_promtool = replayed(world, troubled(), rules(DOWN_RULE))
    by_range = replayed(world, troubled(), rules(DOWN_RULE, interval="30s"))

    assert [r.engine for r in (*by_promtool.replays, *by_range.replays)] == ["promtool", "tsdb"]
    for done in (by_promtool, by_range):
        ((alert, _, start_min, end_min),) = edges(done.replays[0].episodes)
        assert (alert, start_min, end_min) == ("Down", DOWN.start, DOWN.stop)
        assert [sample.value for sample in done.answers[SERVICE_UP]] == [1.0]


def test_rules_that_cannot_be_parsed_come_back_in_promtools_words(world: MonitoringWorld) -> None:
    done = replayed(world, troubled(), rules(DOWN_RULE, {"alert": "A", "expr": "sum(rate(x"}))

    assert "parse error: unclosed left parenthesis" in done.replays[0].error
    assert [sample.value for sample in done.answers[SERVICE_UP]] == [1.0]


def test_a_rule_that_counts_everything_at_every_step_is_answered(world: MonitoringWorld) -> None:
    done = replayed(world, wide(), rules({"alert": "E", "expr": EVERYTHING}, DOWN_RULE))

    assert said(done).strip() == ""
    assert [(e.alert, e.start_min, e.end_min) for e in done.replays[0].episodes] == [("E", 0, None)]


@pytest.mark.minutes
def test_hundreds_of_such_rules_are_told_that_the_time_was_over(world: MonitoringWorld) -> None:
    if world.engine.name != "docker":
        pytest.skip("the time is the probe's own to keep, on any engine: a minute is enough")
    many = [{"alert": f"E{n}", "expr": EVERYTHING} for n in range(200)]
    done = replayed(world, wide(), rules(*many))

    assert "the time for all rules was over" in said(done)


def test_a_rule_that_eats_memory_is_stopped_and_told_of_and_leaves_no_files(
    world: MonitoringWorld,
) -> None:
    before = set(Path("/tmp").iterdir())
    done = replayed(world, troubled(2), rules({"alert": "H", "expr": growing(120, 4)}))

    assert world.memory_mib_peak() > 0.9 * MONITORING_LIMITS.memory_mib, "it ate nothing"
    assert "H: no answer" in said(done)
    made = {path.name for path in set(Path("/tmp").iterdir()) - before}
    assert not [name for name in made if name.startswith(("test_storage", "range-replay"))]


def test_a_rule_that_makes_prometheus_panic_is_told_of(world: MonitoringWorld) -> None:
    every_ms = {"alert": "S", "expr": "sum_over_time(rate(up[5m:1ms])[1y:1ms]) > 0"}
    done = replayed(world, troubled(), rules(every_ms))

    assert "S: " in said(done)


@pytest.mark.minutes
def test_alerts_of_thousands_of_series_are_told_that_they_flood_the_output(
    world: MonitoringWorld,
) -> None:
    all_fire = [{"alert": f"A{n}", "expr": '{n=~"1.*"} >= 0'} for n in range(6)]
    done = replayed(world, wide(), rules(*all_fire))

    assert said(done).strip() == "the alert rules flooded the output"


@pytest.mark.minutes
def test_recording_rules_that_multiply_the_samples_are_told_where_it_ends(
    world: MonitoringWorld,
) -> None:
    half = " or ".join(f"a{n}" for n in range(25))
    copies = [{"record": f"r{n}:x", "expr": half} for n in range(3)]
    done = replayed(world, wide(), rules(*copies, DOWN_RULE, interval="30s"))

    too_many, too_slow = "more than 2,000,000 samples", "the time for all rules was over"
    assert too_many in said(done) or too_slow in said(done), "the second on a busy machine"


def test_ten_thousand_rules_are_refused_before_anything_is_started(world: MonitoringWorld) -> None:
    before = len(world.engine.started)
    some = json.dumps({"groups": [{"name": "g", "rules": [DOWN_RULE] * 150}]}).encode()
    files = {f"{n}.yml": some for n in range(3)}
    at_once = json.dumps({"groups": [{"name": "g", "rules": [DOWN_RULE] * 10_000}]}).encode()

    for found in (read_rules(files), read_rules({"r.yml": at_once})):
        assert len(found.alerts) <= 200
        assert found.problems
        assert all("remove" in one or "shorten" in one for one in found.problems)
    assert len(world.engine.started) == before


def test_ten_thousand_rules_that_reached_promtool_would_be_stopped_in_time(
    world: MonitoringWorld,
) -> None:
    """Should the limit above ever be raised: the container's hold by themselves."""
    entries = [{**DOWN_RULE, "alert": f"R{n}"} for n in range(10_000)]
    text = json.dumps({"groups": [{"name": "g", "rules": entries}]}).encode()
    copies = RuleCopies({"r.yml": text}, ("g",))
    test = unit_test(troubled(240), copies, name="t.json", keep=None)
    plan = RuleReplayPlan(["replay/r.yml"], [RuleTest("t", "replay/t.json", timeout_s=5.0)])

    records = world.run(plan, {"replay/r.yml": text, "replay/t.json": test})

    checked, tested = tool_records(records)
    assert checked.code == 0
    assert (tested.code, world.running()) == (None, [])
    assert tested.seconds < 15


def tool_records(records: Sequence[object]) -> list[ToolRecord]:
    return [one for one in records if isinstance(one, ToolRecord)]


def test_rules_that_are_replayed_have_no_network(world: MonitoringWorld) -> None:
    replayed(world, troubled(2), rules(DOWN_RULE))

    assert world.engine.specs[-1].role == "monitoring"
    assert world.engine.specs[-1].attachments == ()
