"""The monitoring container without a container: promtool and a live run, as told by the test."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Event as Signal
from typing import Any

from assay.evaluation.alerting.promtool_file import FIRING
from assay_probe.plan import LiveAlertingPlan, Plan, RangeReplayPlan, RuleReplayPlan
from assay_probe.records import (
    Done,
    Event,
    NotificationRecord,
    RangeRecord,
    Record,
    ToolRecord,
)

Live = Callable[[LiveAlertingPlan, Signal], Iterator[Record]]
"""What a live run writes; the signal says that it is to stop."""
STOPPED_S = 10.0
"""Nobody waits longer for the word to stop: a test that forgets it fails, and does not hang."""


def well(_plan: LiveAlertingPlan, stop: Signal) -> Iterator[Record]:
    """A live run that sees one alert leave."""
    yield Event("ready", 1000.0)
    yield NotificationRecord("Down", "firing", 1020.2, {"severity": "critical"})
    if not stop.wait(STOPPED_S):
        raise AssertionError("nobody told the live run to stop")


@dataclass(slots=True)
class FakeMonitoring:
    """Answers plans of replays in promtool's words.

    Attributes:
        fires: Name of a recording -> alert -> virtual seconds from and until it fires.
        says: What promtool prints behind "got:" for a probe, by expression and instant.
        check: Exit status and words of `promtool check rules`.
        error: Of every replay.
        live_error: Of starting a live run.
        stop_error: Of telling it to stop.
        plans, files: What it was given, in order; the files of the same plan.
        stops: How often it was told to stop.
    """

    fires: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    says: Callable[[str, int], str] = lambda _expr, _at_s: "nil"
    check: tuple[int, str] = (0, "SUCCESS")
    error: Exception | None = None
    live: Live = well
    live_error: Exception | None = None
    stop_error: Exception | None = None
    plans: list[Plan] = field(default_factory=list)
    files: list[Mapping[str, bytes]] = field(default_factory=list)
    stops: int = 0
    stop: Signal = field(default_factory=Signal)

    def run(self, plan: Plan, files: Mapping[str, bytes]) -> Iterator[Record]:
        """Records of a plan; an error of starting is raised by the call itself."""
        self.plans.append(plan)
        self.files.append(files)
        if isinstance(plan, LiveAlertingPlan):
            if self.live_error:
                raise self.live_error
            return self._beside(plan)
        return self._replayed(plan, files)

    def tell_to_stop(self) -> None:
        """The word that ends a live run."""
        self.stops += 1
        self.stop.set()
        if self.stop_error:
            raise self.stop_error

    def of_kind(self, kind: str) -> list[Plan]:
        """Plans of one kind."""
        return [plan for plan in self.plans if plan.kind == kind]

    def _beside(self, plan: LiveAlertingPlan) -> Iterator[Record]:
        yield from self.live(plan, self.stop)
        yield Done(0.0, 0.0, 0.0)

    def _replayed(self, plan: Plan, files: Mapping[str, bytes]) -> Iterator[Record]:
        yield Event("replay", 0.0)
        if self.error:
            raise self.error
        if isinstance(plan, RangeReplayPlan):
            yield from (RangeRecord(q.name, [], "", 0.1) for step in plan.steps for q in step)
        elif isinstance(plan, RuleReplayPlan):
            yield from self._promtool(plan, files)
        yield Done(0.0, 0.0, 0.0)

    def _promtool(self, plan: RuleReplayPlan, files: Mapping[str, bytes]) -> Iterator[Record]:
        if plan.rule_files:
            code, words = self.check
            yield ToolRecord("check", code, words, cut=False, seconds=0.1)
            if code:
                return
        for test in plan.tests:
            output = self._tested(test.name, questions(files[test.test_file]))
            yield ToolRecord(test.name, 1, output, cut=False, seconds=0.5)

    def _tested(self, recording: str, asked: list[dict[str, Any]]) -> str:
        blocks = "".join(self._block(recording, one) for one in asked)
        return f"Unit Testing:  replay/assay-{recording}.json\n  FAILED:\n{blocks}\n"

    def _block(self, recording: str, asked: dict[str, Any]) -> str:
        expr, at_s = asked["expr"], int(asked["eval_time"].removesuffix("s"))
        got = self._firing(recording, at_s) if expr == FIRING else self.says(expr, at_s)
        return (
            f"    expr: {json.dumps(expr)}, time: {at_s}s,\n"
            f'        exp: {{assay="asks"}} 0E+00\n        got: {got}\n\n'
        )

    def _firing(self, recording: str, at_s: int) -> str:
        spans = self.fires.get(recording, {})
        firing = [alert for alert, (from_s, until_s) in spans.items() if from_s <= at_s < until_s]
        samples = (
            f'{{__name__="ALERTS", alertname="{alert}", alertstate="firing"}} 1E+00'
            for alert in firing
        )
        return ", ".join(samples) or "nil"


def document(test_file: bytes) -> dict[str, Any]:
    """A promtool test without its heading."""
    lines = test_file.decode().splitlines()
    found: dict[str, Any] = json.loads("\n".join(x for x in lines if not x.startswith("#")))
    return found


def questions(test_file: bytes) -> list[dict[str, Any]]:
    """What a promtool test asks."""
    asked: list[dict[str, Any]] = document(test_file)["tests"][0]["promql_expr_test"]
    return asked
