"""The plan of a timeline: traffic by segments, scrapes, changes of stand-ins, late labels."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from assay_probe.plans_service import RequestSpec, Target
from assay_probe.plans_stand_in import StandIn

CLOSE_S = 1e-6
"""Seconds that are nearer than this are the same."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the timeline with one kind of traffic. Segments follow each other gapless.

    Attributes:
        incident: Id of the incident it belongs to, "" for quiet time.
        start_s, end_s: Seconds after the origin.
        rate_rps: Poisson rate.
        rows: File of rows (see `incidents`); the pool is walked in shuffled rounds, without
            replacement within a round.
        base: File the other rows come from while `share` is below 1, "" where it never is.
        share_from, share_to: Share of requests drawn from `rows` at start and end, linear
            between.
    """

    incident: str
    start_s: float
    end_s: float
    rate_rps: float
    rows: str
    base: str
    share_from: float = 1.0
    share_to: float = 1.0


@dataclass(frozen=True, slots=True)
class StandInChange:
    """A stand-in's mode from an instant on. `settings` as its control port takes them."""

    at_s: float
    name: str
    mode: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """An event `name` with `detail` is written at this instant, for whoever acts on it."""

    at_s: float
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FeedbackSpec:
    """Late labels: `delay_s` after an answered request its row's `label` is sent.

    Attributes:
        id_field: Field of the request body that is copied under the same name.
        share: Share of the answered requests, drawn by the seed.
    """

    method: str
    path: str
    id_field: str
    label_field: str
    delay_s: float
    share: float
    timeout_s: float = 2.0


@dataclass(frozen=True, slots=True)
class ScrapeSpec:
    """How `/metrics` is recorded: at a fixed rate, a slow answer delays no later scrape.

    A body over a limit is a failed scrape with that reason; beyond `max_bytes` it is not read.

    Attributes:
        every_s: Seconds between two slots.
        timeout_s: Total time from the instant a scrape was due to the last byte of its answer.
        in_flight: Most scrapes under way at once; a slot that cannot begin in time has failed.
        max_bytes: Of one body.
        max_series: Lines of one body that are samples.
        max_label_bytes: Of one name or value of a label.
        budget_bytes: Of all bodies together; once it is spent, no scrape is sent any more.
    """

    url: str
    path: str
    every_s: float = 0.25
    timeout_s: float = 2.0
    in_flight: int = 8
    max_bytes: int = 1_048_576
    max_series: int = 5_000
    max_label_bytes: int = 4_096
    budget_bytes: int = 268_435_456


@dataclass(frozen=True, slots=True)
class CanarySpec:
    """A few requests to a service nobody harms: how long they take tells of the machine.

    Attributes:
        rows: File of rows; walked in order, again and again.
        rate_rps: At even intervals.
    """

    target: Target
    rows: str
    rate_rps: float = 4.0


@dataclass(frozen=True, slots=True)
class IncidentsPlan:
    """The timeline: traffic by segments, scrapes throughout, changes of stand-ins, marks.

    A row of a segment's files is `{"id", "body", "expected", "fallback", "refuse", "label"}`:
    right is an answer within tolerance of `expected` (None: any number) or, where `fallback` is
    a number, of that; where `refuse` is true, a 4xx alone is right.

    Attributes:
        idle_s: Seconds at the very end in which nothing is sent but scrapes go on.
        answer_class: Field of the answer whose values are counted, "" for none.
        round_rows: Files are walked in rounds of so many rows, one round after the other, 0 for
            rounds of the whole file.
    """

    target: Target
    request: RequestSpec
    segments: list[Segment]
    changes: list[StandInChange]
    marks: list[Mark]
    stand_ins: list[StandIn]
    scrape: ScrapeSpec
    seed: int
    feedback: FeedbackSpec | None = None
    idle_s: float = 3.0
    answer_class: str = ""
    canary: CanarySpec | None = None
    round_rows: int = 0
    kind: str = "incidents"


def broken_timeline(plan: IncidentsPlan) -> list[str]:
    """What makes no sense in a plan whose fields are of the right kinds; empty for a sound one."""
    known = {stand_in.name for stand_in in plan.stand_ins}
    return [
        *(["plan.segments: a timeline needs at least one"] if not plan.segments else []),
        *(problem for i, s in enumerate(plan.segments) for problem in _broken_segment(i, s)),
        *_gaps(plan.segments),
        *(
            f"plan.changes: no stand-in is called {change.name!r}"
            for change in plan.changes
            if change.name not in known
        ),
        *(
            ["plan.canary.rate_rps: must be above 0"]
            if plan.canary is not None and not plan.canary.rate_rps > 0
            else []
        ),
        *([] if plan.scrape.every_s > 0 else ["plan.scrape.every_s: must be above 0"]),
    ]


def _broken_segment(index: int, segment: Segment) -> list[str]:
    where = f"plan.segments[{index}]"
    shares = (segment.share_from, segment.share_to)
    problems = []
    if not segment.rate_rps > 0:
        problems.append(f"{where}: rate_rps must be above 0, got {segment.rate_rps:g}")
    if not 0 <= segment.start_s < segment.end_s:
        problems.append(f"{where}: {segment.start_s:g} to {segment.end_s:g} s is no time")
    if not all(0 <= share <= 1 for share in shares):
        problems.append(f"{where}: shares must be within 0..1, got {shares[0]:g} and {shares[1]:g}")
    if min(shares) < 1 and not segment.base:
        problems.append(f"{where}: a share below 1 needs a `base` for the other rows")
    return problems


def _gaps(segments: list[Segment]) -> list[str]:
    return [
        f"plan.segments[{i}]: starts at {after.start_s:g} s, but the one before ends at "
        f"{before.end_s:g} s"
        for i, (before, after) in enumerate(pairwise(segments), 1)
        if abs(after.start_s - before.end_s) > CLOSE_S
    ]
