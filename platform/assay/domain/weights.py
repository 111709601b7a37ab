"""A company weighs the areas of a challenge for a position of its own. Pure, exact until shown.

With w the factor of an area, p the points of a criterion, m what it is worth, G the product of the
gates, the weighted total is

    100 * G * sum(w * p) / sum(w * m)        over the criteria that were measured

the total of `scoring` if all factors are alike. Its interval is that of `scoring` too: what each
area could lose (gain) within its noise, times its factor, is summed in quadrature. A result that
was stored before areas told that has one number for all of them: it is taken times the largest
factor, which makes the interval wider than it need be, never narrower.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from assay.domain.challenge import Challenge, WeightRules
from assay.domain.errors import BadInput, Problem
from assay.domain.rubric import BAND_PARTS
from assay.domain.scorecard import Interval
from assay.domain.scoring import FULL, rounded

Weights = Mapping[str, Fraction]
"""Area -> factor on its points; an area that is not in it has the factor 1."""

ONE = Fraction(1)
DECIMALS = 2
"""Of a factor: 1.25 is said, 1.234 is not."""
USUAL = WeightRules()
"""Where a challenge says nothing."""


@dataclass(frozen=True, slots=True)
class AreaMarks:
    """What one area came to: points earned of those measured, and what noise could change.

    `lost` and `gained` are None in a result that was stored before areas told that.
    """

    points: Fraction
    max: int
    lost: float | None
    gained: float | None


@dataclass(frozen=True, slots=True)
class Marks:
    """What weighing and lists need of a stored result.

    Attributes:
        gate: Product of the gates; None if one was not measured.
        areas: Area -> its marks.
        total, interval: As they were stored; None if void.
        flags: How many a person should look at.
    """

    gate: Fraction | None
    areas: Mapping[str, AreaMarks]
    total: float | None
    interval: Interval | None
    flags: int


@dataclass(frozen=True, slots=True)
class Weighted:
    """A total by weights, 0..100 to one decimal, and its 95 % interval."""

    total: float
    interval: Interval | None


def marks_of(result: str | bytes) -> Marks:
    """The marks in a stored `result.json`.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    table = json.loads(result)
    interval = table["interval"]
    return Marks(
        gate=_gate(table),
        areas={area["id"]: _area(area, table) for area in table["areas"]},
        total=table["total"],
        interval=(interval[0], interval[1]) if interval else None,
        flags=len(table.get("flags", ())),
    )


def weighted(marks: Marks, weights: Weights) -> Weighted | None:
    """The total and its interval by these weights; None if the result is void."""
    factor = {area: weights.get(area, ONE) for area in marks.areas}
    if marks.gate is None or marks.total is None:
        return None
    if len(set(factor.values())) == 1:
        return Weighted(marks.total, marks.interval)
    worth = sum((factor[one] * area.max for one, area in marks.areas.items()), Fraction(0))
    earned = sum((factor[one] * area.points for one, area in marks.areas.items()), Fraction(0))
    if not worth:
        return None
    scale = FULL * marks.gate / worth
    total = scale * earned
    return Weighted(float(rounded(total)), _interval(marks, factor, total, float(scale)))


def weights_of(text: str) -> Weights:
    """The weights of a position, as its row keeps them.

    Raises:
        ValueError: it is no JSON object of numbers.
    """
    return {area: Fraction(str(factor)) for area, factor in json.loads(text).items()}


def weights_text(weights: Weights) -> str:
    """As a row keeps them: without the areas that have the factor 1."""
    kept = {area: float(factor) for area, factor in weights.items() if factor != ONE}
    return json.dumps(kept, sort_keys=True)


def checked_weights(given: Mapping[str, float], challenge: Challenge) -> Weights:
    """The factors that somebody chose, if the challenge allows them.

    Raises:
        BadInput: it does not; every problem is named.
    """
    rules = challenge.weights or USUAL
    titles = {area.id: area.title for area in challenge.area}
    problems = [
        Problem(why)
        for area, factor in given.items()
        if (why := _why_not(area, factor, titles, rules))
    ]
    if problems:
        raise BadInput(*problems)
    return {area: Fraction(str(factor)) for area, factor in given.items() if factor != 1}


def _why_not(area: str, factor: float, titles: Mapping[str, str], rules: WeightRules) -> str:
    if area not in titles:
        return f"the challenge has no area {area!r}; choose from {', '.join(titles)}"
    name = titles[area]
    if not math.isfinite(factor) or not rules.least <= factor <= rules.most:
        return f"{name}: {factor:g} is outside {rules.least:g} to {rules.most:g}; choose in between"
    if round(factor, DECIMALS) != factor:
        return f"{name}: {factor} has more than {DECIMALS} decimals; shorten it"
    if factor != 1 and area in rules.fixed:
        return f"{name}: the challenge fixes the weight of this area; leave it at 1"
    return ""


def _interval(
    marks: Marks, factor: Mapping[str, Fraction], total: Fraction, scale: float
) -> Interval | None:
    if marks.interval is None:
        return None
    down, up = _swings(marks, factor)
    low, high = float(total) - scale * down, float(total) + scale * up
    return float(rounded(max(0.0, low))), float(rounded(min(float(FULL), high)))


def _swings(marks: Marks, factor: Mapping[str, Fraction]) -> tuple[float, float]:
    """Weighted points that all areas together could lose and gain."""
    known = [
        (float(factor[one]), area.lost, area.gained)
        for one, area in marks.areas.items()
        if area.lost is not None and area.gained is not None
    ]
    if len(known) == len(marks.areas):
        return math.hypot(*(f * lost for f, lost, _ in known)), math.hypot(
            *(f * gained for f, _, gained in known)
        )
    return _widest_swings(marks, float(max(factor.values())))


def _widest_swings(marks: Marks, factor: float) -> tuple[float, float]:
    measured = sum(area.max for area in marks.areas.values())
    per_point = FULL * float(marks.gate or 0) / measured if measured else 0.0
    if not per_point or marks.interval is None or marks.total is None:
        return 0.0, 0.0
    low, high = marks.interval
    return factor * (marks.total - low) / per_point, factor * (high - marks.total) / per_point


def _gate(table: dict[str, Any]) -> Fraction | None:
    gate = ONE
    for line in table["gates"]:
        fraction = line["fraction"]
        if fraction is None:
            return None
        gate *= _exact(fraction)
    return gate


def _area(area: dict[str, Any], table: dict[str, Any]) -> AreaMarks:
    """From the lines: the fraction of a line is exact, the points of an area are rounded."""
    lines = [
        line
        for line in table["criteria"]
        if line["area"] == area["id"] and line["fraction"] is not None
    ]
    return AreaMarks(
        points=sum((_exact(line["fraction"]) * int(line["max"]) for line in lines), Fraction(0)),
        max=sum(int(line["max"]) for line in lines),
        lost=area.get("lost"),
        gained=area.get("gained"),
    )


def _exact(fraction: float) -> Fraction:
    """A fraction as it was before it was stored: whole millionths, see `Band`."""
    return Fraction(round(fraction * BAND_PARTS), BAND_PARTS)
