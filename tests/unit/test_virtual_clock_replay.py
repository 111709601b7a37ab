"""Whatever the rules do there is a replay: promtool's if it can, else the other engine's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from tests.fakes.recordings import edges, reading, troubled

from assay.domain.errors import CandidateFault, PlatformFault
from assay.evaluation.alerting import replay as replaying
from assay.evaluation.alerting.probes import Probe
from assay.evaluation.alerting.replay import limit_s, promtool_reads, replay, replay_all
from assay.evaluation.alerting.rules import RuleFiles, read_rules
from assay_probe.plan import Plan, RangeReplayPlan, RuleReplayPlan
from assay_probe.records import RangeRecord, Record, ToolRecord

MINUTE = troubled(1)
DOWN = "{alert: Down, expr: up == 0}"
PROBE = Probe("sum(up)", 30)
FIRES = """\
Unit Testing:  replay/assay-recorded.json
  FAILED:
    expr: "ALERTS{alertstate=\\"firing\\"}", time: 30s,
        exp: {assay="asks"} 0E+00
        got: {__name__="ALERTS", alertname="Down", alertstate="firing"} 1E+00

    expr: "sum(up)", time: 30s,
        exp: {assay="asks"} 0E+00
        got: {} 1E+00

"""
FAILS = "  FAILED:\n    rule: Down, time: 0s, err: many-to-many\n\n"


def rules(*entries: str, interval: str = "15s") -> RuleFiles:
    text = f"groups: [{{name: g, interval: {interval}, rules: [{', '.join(entries)}]}}]"
    return read_rules({"monitoring/r.yml": text.encode()})


def _fires(count: int) -> str:
    """promtool's words when so many series of an alert fire at 30 s."""
    alert = '{{__name__="ALERTS", alertname="Down", alertstate="firing", n="{}"}} 1E+00'
    got = ", ".join(alert.format(n) for n in range(count))
    return FIRES.split("        got:")[0] + f"        got: {got}\n"


@dataclass
class Engines:
    """Scripted engines that remember what they were asked.

    Attributes:
        check: Exit status and words of `promtool check rules`.
        test: What a test yields.
        ranges: Error of every range query.
        firing: Series of the alert "Down" that fire.
    """

    check: tuple[int, str] = (0, "SUCCESS")
    test: tuple[int | None, str, bool] = (1, FIRES, False)
    ranges: str = ""
    firing: int = 1
    seconds: float = 0.1
    refuse: Callable[[Plan], bool] = lambda _plan: False
    plans: list[Plan] = field(default_factory=list)
    files: list[Mapping[str, bytes]] = field(default_factory=list)

    def __call__(self, plan: Plan, files: Mapping[str, bytes]) -> list[Record]:
        self.plans.append(plan)
        self.files.append(files)
        if self.refuse(plan):
            raise CandidateFault("the rules used up the memory")
        if isinstance(plan, RangeReplayPlan):
            return [self._range(q.name) for step in plan.steps for q in step]
        assert isinstance(plan, RuleReplayPlan)
        if not plan.rule_files:  # then nothing is checked
            return self._tests(plan)
        code, words = self.check
        checked = ToolRecord("check", code, words, False, 0.1)
        return [checked] if code else [checked, *self._tests(plan)]

    def _range(self, name: str) -> RangeRecord:
        series = [[{"n": str(n)} if n else {}, [[30, "1"]]] for n in range(self.firing)]
        return RangeRecord(name, series, self.ranges, self.seconds)

    def _tests(self, plan: RuleReplayPlan) -> list[Record]:
        code, words, cut = self.test
        words = words or _fires(self.firing)
        return [ToolRecord(test.name, code, words, cut, 0.5) for test in plan.tests]


def test_promtool_decides_and_answers_the_probes() -> None:
    engines = Engines()
    found, answers = replay(MINUTE, rules(DOWN), run=engines, probes=[PROBE])

    assert (found.name, found.engine, found.error) == ("recorded", "promtool", "")
    assert edges(found.episodes) == [("Down", "", 0.5, 0.75)]
    assert found.length_min == 1.0
    assert [s.value for s in answers[PROBE]] == [1.0]
    assert set(engines.files[0]) == {"replay/monitoring/r.yml", "replay/assay-recorded.json"}


def test_all_recordings_take_one_container_and_probes_are_asked_of_the_first() -> None:
    engines = Engines()
    found = replay_all(
        {"recorded": MINUTE, "slow_scrape": MINUTE}, rules(DOWN), run=engines, probes=[PROBE]
    )

    assert [r.name for r in found.replays] == ["recorded", "slow_scrape"]
    assert len(engines.plans) == 1
    assert b"sum(up)" in engines.files[0]["replay/assay-recorded.json"]
    assert b"sum(up)" not in engines.files[0]["replay/assay-slow_scrape.json"]
    assert found.test_file == engines.files[0]["replay/assay-recorded.json"]
    assert b"promtool test rules rules_test.yml\n" in found.test_file


@pytest.mark.parametrize(
    "test",
    [(None, "", False), (1, FIRES, True), (2, "panic", False), (-9, "", False), (1, FAILS, False)],
)
def test_where_promtool_cannot_finish_the_other_engine_does(
    test: tuple[int | None, str, bool],
) -> None:
    found, _ = replay(MINUTE, rules(DOWN), run=Engines(test=test))

    assert found.engine == "tsdb"
    assert edges(found.episodes) == [("Down", "", 0.5, 0.75)]


def test_rules_promtool_refuses_are_told_in_its_words_and_the_probes_are_asked_without_them() -> (
    None
):
    engines = Engines(check=(1, "r.yml: parse error"))
    found = replay_all(
        {"recorded": MINUTE, "restart": MINUTE}, rules(DOWN), run=engines, probes=[PROBE]
    )

    assert [r.error for r in found.replays] == ["r.yml: parse error"] * 2
    assert [r.episodes for r in found.replays] == [(), ()]
    assert [s.value for s in found.answers[PROBE]] == [1.0]
    assert engines.plans[-1].rule_files == []


def test_a_group_with_an_interval_of_its_own_goes_to_the_engine_that_honours_it() -> None:
    engines = Engines()
    found, _ = replay(MINUTE, rules(DOWN, interval="1m"), run=engines)

    assert found.engine == "tsdb"
    assert [plan.kind for plan in engines.plans] == ["range_replay"]


def test_rules_that_read_very_much_go_to_the_quicker_engine() -> None:
    wide = reading("\n".join(f'a{{n="{n}"}} 1' for n in range(1000)) for _ in range(40)).recording
    every = "{alert: A, expr: 'count({__name__=~\".+\"}) > 1'}"

    assert promtool_reads(wide, rules("{alert: A, expr: a > 1}")) == 40 * 1000
    assert promtool_reads(wide, rules(every)) == 40 * 1003
    found, _ = replay(
        wide, rules(*[every.replace("A,", f"A{n},") for n in range(30)]), run=Engines()
    )
    assert found.engine == "tsdb"


def test_a_rule_that_fails_is_told_and_is_no_error_of_the_replay() -> None:
    found, _ = replay(
        MINUTE, rules(DOWN), run=Engines(test=(1, FAILS, False), ranges="many-to-many")
    )

    assert found.error == ""
    assert found.rule_errors == ("Down: many-to-many",)


def test_rules_that_break_the_limits_of_both_engines_are_an_error_in_words_once() -> None:
    engines = Engines(refuse=lambda _plan: True)
    found = replay_all({"recorded": MINUTE, "restart": MINUTE}, rules(DOWN), run=engines)

    assert [r.error for r in found.replays] == ["the rules used up the memory"] * 2
    assert [plan.kind for plan in engines.plans] == ["rule_replay", "range_replay"]


def test_after_one_recording_took_nearly_all_the_time_no_other_is_tried() -> None:
    engines = Engines(test=(None, "", False), seconds=replaying.RANGE_S)
    found = replay_all({"recorded": MINUTE, "restart": MINUTE}, rules(DOWN), run=engines)

    assert found.replays[0].error == ""
    assert "make them simpler" in found.replays[1].error
    assert [plan.kind for plan in engines.plans] == ["rule_replay", "range_replay"]


def test_recordings_that_take_long_together_end_before_their_time_is_over() -> None:
    engines = Engines(test=(None, "", False), seconds=41)
    names = [str(n) for n in range(6)]
    found = replay_all(dict.fromkeys(names, MINUTE), rules(DOWN), run=engines)
    ranges = [plan for plan in engines.plans if isinstance(plan, RangeReplayPlan)]

    assert [plan.timeout_s for plan in ranges] == [60, 60, 60, 57]
    assert [bool(r.error) for r in found.replays] == [False] * 4 + [True] * 2
    assert "164 s over the recordings before" in found.replays[4].error


@pytest.mark.parametrize("test", [(1, "", False), (None, "", False)])
def test_alerts_that_fire_without_number_are_told_and_not_kept(
    test: tuple[int | None, str, bool],
) -> None:
    kept, _ = replay(MINUTE, rules(DOWN), run=Engines(test=test, firing=5_000))
    found, _ = replay(MINUTE, rules(DOWN), run=Engines(test=test, firing=5_001))

    assert (len(kept.episodes), kept.error) == (5_000, "")
    assert found.episodes == ()
    assert found.error == "alerts fired 5,001 times, more than 5,000: aggregate their series"


def test_the_tests_of_all_recordings_share_their_time() -> None:
    engines = Engines()
    replay_all({str(n): MINUTE for n in range(6)}, rules(DOWN), run=engines)
    replay(MINUTE, rules(DOWN), run=engines)
    shared, alone = engines.plans

    assert [test.timeout_s for test in shared.tests] == [20] * 6
    assert [test.timeout_s for test in alone.tests] == [60]


def test_of_a_recording_too_large_for_both_engines_no_test_is_kept() -> None:
    many = "\n".join(f'a{{n="{n}"}} 1' for n in range(4_000))
    wide = reading(many for _ in range(501)).recording
    found = replay_all({"recorded": wide}, rules("{alert: A, expr: a > 1}"), run=Engines())

    assert found.test_file == b""


def test_a_recording_too_large_for_both_engines_is_told_before_anything_is_backfilled() -> None:
    many = "\n".join(f'a{{n="{n}"}} 1' for n in range(4_000))
    wide = reading(many for _ in range(501)).recording
    engines = Engines()
    found, _ = replay(wide, rules("{alert: A, expr: a > 1}"), run=engines)

    assert "more than 2,000,000: name the metrics" in found.error
    assert engines.plans == []


def test_an_answer_that_is_missing_is_our_fault() -> None:
    def silent(plan: Plan, _files: Mapping[str, bytes]) -> list[Record]:
        return []

    with pytest.raises(PlatformFault, match="0 of 1 questions"):
        replay(MINUTE, rules(DOWN), run=silent)


def test_without_rules_nothing_fires_and_the_probes_are_asked() -> None:
    engines = Engines(test=(1, FIRES.replace("Down", "Nobody"), False))
    _, answers = replay(MINUTE, rules(), run=engines, probes=[PROBE])

    assert [s.value for s in answers[PROBE]] == [1.0]


def test_a_replay_says_how_long_it_may_take() -> None:
    engines = Engines(test=(None, "", False))
    replay(MINUTE, rules(DOWN), run=engines)

    assert all(0 < limit_s(plan) <= 200 for plan in engines.plans)
