"""Where lines and marks of the comparison stand. Numbers for templates: colours are the page's."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assay.domain.difference import Figure
from assay.domain.timeline import IncidentKind
from assay.features.reviews.comparing import Spot
from assay.features.reviews.timelines import Lane

WIDTH, HEIGHT = 640.0, 380.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 20.0, 20.0, 52.0
"""Room around the frontier's axes."""
ROOM = 0.12
"""Of the span of an axis, in decades, that is left free at each end."""
LEAST_DECADES = 0.3
"""An axis spans at least a factor of two, so that equals do not look worlds apart."""
STEPS = (1, 2, 5)
TICKS_MIN, TICKS_MAX = 3, 8
"""An axis with fewer marks cannot be read; where candidates are close, no more stand on it."""
RADIUS, LETTER = 12.0, 4.5
"""Of a mark, and what each further letter adds."""

LANE_WIDTH = 800.0
TICK_MIN = 60


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A service between cost and latency. `left` to `right` and `top` to `bottom`: its noise."""

    letter: str
    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float
    best: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A circle with the letters of all whose dots it covers."""

    letters: str
    x: float
    y: float
    best: bool

    @property
    def radius(self) -> float:
        """With room for its letters."""
        return RADIUS + LETTER * (len(self.letters) - 1)


@dataclass(frozen=True, slots=True)
class Frontier:
    """The drawing.

    Attributes:
        marks: The circles: dots that would cover each other share one.
        line: Points of the frontier, as SVG's polyline takes them.
        references: Where the reference stood in the run of each, as far as it is known.
    """

    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    dots: Sequence[Dot]
    marks: Sequence[Mark]
    references: Sequence[tuple[float, float]]
    line: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis from one place to another of the drawing."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Where a value stands; what is outside stands at the end."""
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self.start + min(1.0, max(0.0, share)) * (self.end - self.start), 1)

    def ticks(self) -> list[Tick]:
        """At 1, 2 and 5 of each decade; where too few of them are on it, at even steps."""
        decades = range(math.floor(self.low), math.ceil(self.high) + 1)
        values = [step * 10.0**decade for decade in decades for step in STEPS]
        inside = [one for one in values if self.low <= math.log10(one) <= self.high]
        if len(inside) < TICKS_MIN:
            inside = _even_steps(10**self.low, 10**self.high)
        return [Tick(self.place(one), f"{one:g}") for one in inside]


def _even_steps(low: float, high: float) -> list[float]:
    """Round figures between two, in the smallest step of 1, 2 or 5 that gives few enough.

    A step is at most two and a half times the one before it, so there are always `TICKS_MIN`.
    """
    least = (high - low) / TICKS_MAX
    decade = 10.0 ** math.floor(math.log10(least))
    step = next(decade * times for times in (*STEPS, 10) if decade * times >= least)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def best_of(spots: Sequence[Spot]) -> list[int]:
    """Places of those that no other beats in both cost and latency, the cheapest first."""
    found = [
        place for place, one in enumerate(spots) if not any(_beats(other, one) for other in spots)
    ]
    return sorted(found, key=lambda place: (spots[place].cost.value, spots[place].latency_ms.value))


def frontier_of(spots: Sequence[tuple[str, Spot]]) -> Frontier | None:
    """The drawing of those that have a place; None without any.

    Args:
        spots: Letter and place of each.
    """
    if not spots:
        return None
    every = [spot for _, spot in spots]
    beside = [
        (one.reference_cost, one.reference_ms)
        for one in every
        if one.reference_cost and one.reference_ms
    ]
    costs, slows = [cost for cost, _ in beside], [slow for _, slow in beside]
    x = _axis([*_ends(one.cost for one in every), *costs], LEFT, WIDTH - RIGHT)
    y = _axis([*_ends(one.latency_ms for one in every), *slows], HEIGHT - BOTTOM, TOP)
    best = best_of(every)
    dots = [
        _dot(letter, spot, x, y, best=place in best) for place, (letter, spot) in enumerate(spots)
    ]
    return Frontier(
        x_ticks=x.ticks(),
        y_ticks=y.ticks(),
        dots=dots,
        marks=_marks(dots),
        references=list(dict.fromkeys((x.place(cost), y.place(slow)) for cost, slow in beside)),
        line=_stairs([dots[place] for place in best]),
    )


@dataclass(frozen=True, slots=True)
class Band:
    """One incident on a lane. `noticed`: where its alert began; `missed`: none did, one should."""

    kind: IncidentKind
    number: int
    x: float
    width: float
    noticed: float | None
    missed: bool


@dataclass(frozen=True, slots=True)
class LaneDrawing:
    """One timeline."""

    bands: Sequence[Band]
    alarms: Sequence[float]
    warmup: float
    ticks: Sequence[Tick]


def drawn_lane(lane: Lane, length_min: float) -> LaneDrawing:
    """A timeline on the scale of the longest of them."""

    def place(minute: float) -> float:
        return round(LANE_WIDTH * min(1.0, max(0.0, minute / length_min)), 1)

    bands = [
        Band(
            kind=one.kind,
            number=number,
            x=place(one.start_min),
            width=max(2.0, round(place(one.end_min) - place(one.start_min), 1)),
            noticed=None if one.noticed_min is None else place(one.noticed_min),
            missed=one.judged and one.noticed_min is None and not lane.said,
        )
        for number, one in enumerate(lane.happenings, 1)
    ]
    ticks = [Tick(place(at), str(at)) for at in range(0, int(length_min) + 1, TICK_MIN)]
    return LaneDrawing(bands, [place(at) for at in lane.alarms_min], place(lane.warmup_min), ticks)


def _beats(one: Spot, other: Spot) -> bool:
    costs, slows = (
        (one.cost.value, other.cost.value),
        (one.latency_ms.value, other.latency_ms.value),
    )
    no_worse = costs[0] <= costs[1] and slows[0] <= slows[1]
    return no_worse and (costs[0] < costs[1] or slows[0] < slows[1])


def _ends(figures: Iterable[Figure]) -> list[float]:
    ends = (end for one in figures for end in (one.low, one.value, one.high))
    return [end for end in ends if 0 < end < math.inf]


def _axis(values: Sequence[float], start: float, end: float) -> Axis:
    logs = [math.log10(value) for value in values]
    low, high = min(logs), max(logs)
    missing = max(0.0, LEAST_DECADES - (high - low)) / 2
    room = ROOM * max(LEAST_DECADES, high - low)
    return Axis(low - missing - room, high + missing + room, start, end)


def _dot(letter: str, spot: Spot, x: Axis, y: Axis, *, best: bool) -> Dot:
    across = [x.place(end) for end in _ends([spot.cost])]
    down = [y.place(end) for end in _ends([spot.latency_ms])]
    return Dot(
        letter=letter,
        x=x.place(spot.cost.value),
        y=y.place(spot.latency_ms.value),
        left=min(across),
        right=max(across),
        top=min(down),
        bottom=max(down),
        best=best,
    )


def _marks(dots: Sequence[Dot]) -> list[Mark]:
    found: list[Mark] = []
    for dot in dots:
        near = next((m for m in found if math.hypot(m.x - dot.x, m.y - dot.y) < 2 * RADIUS), None)
        mark = Mark(dot.letter, dot.x, dot.y, dot.best)
        if near is not None:
            found.remove(near)
            mark = replace(near, letters=near.letters + dot.letter, best=near.best or dot.best)
        found.append(mark)
    return found


def _stairs(dots: Sequence[Dot]) -> str:
    """From one of the best to the next: as slow as the cheaper, until the dearer is paid for."""
    points: list[str] = []
    for before, dot in zip([None, *dots], dots, strict=False):
        if before is not None:
            points.append(f"{dot.x:g},{before.y:g}")
        points.append(f"{dot.x:g},{dot.y:g}")
    return " ".join(points)
