"""A probe that plays a timeline on a clock of its own: real schedules, simulated answers.

What the sandbox does when it hears a mark changes what is answered from then on.
"""

import base64
import json
import math
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from assay.evaluation.ports import ExitReport
from assay_probe.plan import IncidentsPlan
from assay_probe.records import (
    CanaryRecord,
    Event,
    FeedbackRecord,
    Record,
    ScrapeRecord,
    SegmentRecord,
)
from assay_probe.timeline_schedule import SegmentArrivals, draw

LEAD_S = 0.2
LETTERS = {"hang": "t", "network_cut": "t", "crash": "r", "disk_full": "5"}
"""What becomes of a request while a fault is on; the others only slow the service down."""
SLOW = 40.0
ANSWERED = "owm45"
STATUS = {"4": "422", "5": "500"}
Happening = tuple[float, int, str, Any]


class Clock(Protocol):
    """A clock that is moved."""

    now_s: float


class Answering(Protocol):
    """The service, as far as a timeline needs it."""

    latency_ms: float
    outcome: str
    ends: ExitReport | None
    dies_at_min: tuple[float, ...]
    invents: int


@dataclass(slots=True)
class TimelineProbe:
    """Plays one plan.

    Attributes:
        files: Those beside the plan.
        faults: What is done to the service right now; changed by whoever hears the marks.
        lag_us: How late requests are sent.
        late: So large a share of the second stretch, and no other; None for all requests.
        heard_late_s: So long after a mark it is read.
        canary_ms: How long the reference takes.
        ends_at_min: It stops there, with `error` or without a word.
    """

    plan: IncidentsPlan
    files: Mapping[str, bytes]
    service: Answering
    faults: set[str]
    clock: Clock
    lag_us: int = 0
    late: float | None = None
    heard_late_s: float = 0.0
    ends_at_min: float = math.inf
    error: Exception | None = None
    canary_ms: float = 4.0
    origin_s: float = 0.0
    _rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _letters: dict[int, list[str]] = field(default_factory=dict)
    _latency_us: dict[int, list[int]] = field(default_factory=dict)
    _classes: dict[int, list[int]] = field(default_factory=dict)
    _away: set[str] = field(default_factory=set)
    _counts: Counter[str] = field(default_factory=Counter)
    _seconds: float = 0.0
    _drifted: bool = False
    _labels: int = 0
    _fallbacks: Counter[int] = field(default_factory=Counter)

    def records(self) -> Iterator[Record]:
        """Everything a real probe writes of a timeline, but for `Done`."""
        names = {s.rows for s in self.plan.segments} | {s.base for s in self.plan.segments}
        self._rows = {name: rows_of(self.files[name]) for name in names}
        arrivals = draw(self.plan, {name: len(rows) for name, rows in self._rows.items()})
        self.origin_s = self.clock.now_s + LEAD_S
        yield Event("origin", self.origin_s)
        for at_s, _, kind, what in sorted(self._happenings(arrivals), key=lambda h: h[:2]):
            if at_s >= self.ends_at_min:
                if self.error:
                    raise self.error
                return
            self.clock.now_s = max(self.clock.now_s, self.origin_s + at_s)
            yield from self._happen(at_s, kind, what)

    def _happenings(self, arrivals: Sequence[SegmentArrivals]) -> Iterator[Happening]:
        plan, end_s = self.plan, self.plan.segments[-1].end_s
        total = math.ceil(end_s + plan.idle_s)
        for change in plan.changes:
            yield change.at_s, 0, "change", change
        for mark in plan.marks:
            yield mark.at_s, 1, "mark", mark
        for at_s in self.service.dies_at_min:
            yield at_s, 2, "death", None
        for one in arrivals:
            for number, at_us in enumerate(one.intended_us):
                yield at_us / 1e6, 3, "request", (one, number)
        for slot in range(math.ceil((end_s + plan.idle_s) / plan.scrape.every_s)):
            yield slot * plan.scrape.every_s, 4, "scrape", slot
        for second in range(1, total + 1):
            yield float(second), 5, "minute", (second, total)
        yield end_s + 0.001, 6, "idle", arrivals

    def _happen(self, at_s: float, kind: str, what: Any) -> Iterator[Record]:
        now_s = self.origin_s + at_s
        match kind:
            case "change":
                self._away ^= {what.name}
            case "mark":
                self.clock.now_s += self.heard_late_s
                yield Event(what.name, now_s, what.detail)
            case "death":
                self.service.ends = ExitReport(1, oom_killed=False, log_flood=False)
                self._counts.clear()
            case "request":
                self._ask(*what)
            case "scrape":
                yield self._scrape(what)
            case "minute":
                yield Event("minute", now_s, "", *what)
            case "idle":
                yield from self._idle(what, now_s)

    def _idle(self, arrivals: Sequence[SegmentArrivals], now_s: float) -> Iterator[Record]:
        yield from map(self._segment, arrivals)
        yield FeedbackRecord(self._labels, self._labels)
        if self.plan.canary:
            yield CanaryRecord([round(self.canary_ms * 1000)] * 100, "o" * 100)
        yield Event("idle", now_s)

    # ------------------------------------------------------------------ requests

    def _ask(self, arrivals: SegmentArrivals, number: int) -> None:
        row = self._rows[arrivals.file(number)][arrivals.rows[number]]
        letter, latency_us = self._answer(row, arrivals.index)
        self._letters.setdefault(arrivals.index, []).append(letter)
        self._latency_us.setdefault(arrivals.index, []).append(latency_us)
        self._classes.setdefault(arrivals.index, []).append(_class(row, letter))
        self._drifted = arrivals.drifted[number] == "1" and arrivals.segment.incident != ""
        if letter in ANSWERED:
            self._counts[STATUS.get("4" if row["refuse"] else letter, "200")] += 1
            self._seconds += latency_us / 1e6
            self._labels += arrivals.labelled[number] and row["label"] is not None

    def _answer(self, row: Mapping[str, Any], segment: int) -> tuple[str, int]:
        """Letter and latency of a request that is sent now."""
        if lost := self._lost():
            return lost, round(self.plan.request.timeout_s * 1e6) if lost == "t" else 1000
        slow = SLOW if self.faults else 1.0
        latency_us = round(self.service.latency_ms * slow * 1e3)
        if row["refuse"]:
            return "o", latency_us
        if self._away and row["fallback"] is not None:
            self._fallbacks[segment] += 1
        return self.service.outcome, latency_us

    def _lost(self) -> str:
        if self.service.ends is not None:
            return "r"
        return next((LETTERS[fault] for fault in sorted(self.faults) if fault in LETTERS), "")

    def _segment(self, arrivals: SegmentArrivals) -> SegmentRecord:
        index, latency_us = arrivals.index, self._latency_us.get(arrivals.index, [])
        return SegmentRecord(
            index=index,
            incident=arrivals.segment.incident,
            origin_s=self.origin_s,
            started_s=self.origin_s + arrivals.segment.start_s,
            ended_s=self.origin_s + arrivals.segment.end_s,
            intended_us=list(arrivals.intended_us),
            latency_us=latency_us,
            outcomes="".join(self._letters.get(index, [])),
            drifted=arrivals.drifted,
            fallbacks=self._fallbacks[index],
            classes=["approve", "decline"],
            class_of=self._classes.get(index, []),
            send_lag_us=self._lag_us(index, len(latency_us)),
        )

    def _lag_us(self, index: int, requests: int) -> list[int]:
        late = requests if self.late is None else int(self.late * requests) if index == 1 else 0
        return [self.lag_us] * late + [0] * (requests - late)

    # ------------------------------------------------------------------- scrapes

    def _scrape(self, slot: int) -> ScrapeRecord:
        due_s = self.origin_s + slot * self.plan.scrape.every_s
        lost = {"t": "timeout", "r": "refused"}.get(self._lost(), "")
        if lost:
            took_s = self.plan.scrape.timeout_s if lost == "timeout" else 0.001
            return ScrapeRecord(slot, due_s, took_s, None, lost, 0, 0, "")
        self._counts["scrapes"] += 1
        self._counts["200"] += self.service.invents
        body = self.exposition().encode()
        packed = base64.b64encode(zlib.compress(body)).decode()
        return ScrapeRecord(slot, due_s, 0.004, 200, "", len(body), body.count(b"\n"), packed)

    def exposition(self) -> str:
        """`/metrics` as it stands."""
        name, answered = "http_requests_total", sum(self._counts[s] for s in ("200", "422", "500"))
        return "\n".join([
            f"# TYPE {name} counter",
            *(
                f'{name}{{path="/score",status="{status}"}} {self._counts[status]}'
                for status in ("200", "422", "500")
            ),
            f'{name}{{path="/metrics",status="200"}} {self._counts["scrapes"]}',
            "# TYPE http_request_duration_seconds summary",
            f"http_request_duration_seconds_sum {self._seconds:.6f}",
            f"http_request_duration_seconds_count {answered}",
            "# TYPE feature_psi gauge",
            f'feature_psi{{feature="income"}} {0.9 if self._drifted else 0.02}',
            "# TYPE process_start_time_seconds gauge",
            "process_start_time_seconds 1790000000",
            "",
        ])  # fmt: skip


def _class(row: Mapping[str, Any], letter: str) -> int:
    """Index of the decision in an answer, -1 without one."""
    if row["refuse"] or letter != "o":
        return -1
    return int((row["expected"] or 0) >= 0.5)


def rows_of(content: bytes) -> list[dict[str, Any]]:
    """The rows of a file beside a plan."""
    return [json.loads(line) for line in content.decode().splitlines()]
