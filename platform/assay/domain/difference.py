"""Whether two figures differ by more than their noise. Pure.

The interval of a difference of two independent figures, each with an interval of its own, by the
method of variance estimates recovery (MOVER: Zou and Donner, "Construction of confidence limits
about effect measures", Statistics in Medicine 27, 2008, formula 3; of proportions: Newcombe 1998):

    low  = (a - b) - sqrt((a - a_low)^2 + (b_high - b)^2)
    high = (a - b) + sqrt((a_high - a)^2 + (b - b_low)^2)

Where k candidates are compared there are k(k-1)/2 chances to be wrong in every row. Distances are
stretched by z(1 - 0.025/pairs) / z(0.975), Bonferroni's correction where errors are about normal,
so that a whole row is wrong in at most 5 of 100. Rows are not corrected for each other: of twenty
in which nothing differs one may say that something does.

The difference is larger than the noise where its interval holds no 0, and the difference is not
smaller than what proofs of a challenge count as noise whatever was measured (docs/proving.md).
A figure that was counted has no interval; of two such no claim is made.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

TAIL = 0.025
LEAST_POINTS = 0.5
"""Of a line or an area."""
LEAST_TOTAL = 1.0
"""Of a total, which gathers what every line adds."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval.

    Attributes:
        low, high: Equal to the value where it was counted, and where noise cannot change it:
            points of a line that earns all of them at both ends of what was measured.
        estimated: Whether it was measured with noise; False: counted.
    """

    value: float
    low: float
    high: float
    estimated: bool = True


def counted(value: float) -> Figure:
    """A figure without an interval."""
    return Figure(value, value, value, estimated=False)


def difference(one: Figure, other: Figure, *, pairs: int = 1) -> Figure:
    """`one` less `other`, with its interval.

    Args:
        one: A figure.
        other: Another, independent of it.
        pairs: How many such differences are looked at together.
    """
    stretch = _z(pairs) / _z(1)
    value = one.value - other.value
    down = math.hypot(one.value - one.low, other.high - other.value)
    up = math.hypot(one.high - one.value, other.value - other.low)
    estimated = one.estimated or other.estimated
    return Figure(value, value - stretch * down, value + stretch * up, estimated)


def is_larger_than_noise(one: Figure, other: Figure, *, pairs: int, least: float) -> bool:
    """Whether `one` is above `other` by more than the noise."""
    found = difference(one, other, pairs=pairs)
    return found.estimated and found.value >= least and found.low > 0


def clearly_above(
    figures: Sequence[Figure | None], *, least: float
) -> list[tuple[int, tuple[int, ...]]]:
    """Who is above whom by more than the noise: place -> places, for those who are.

    Args:
        figures: One for each candidate, in their order; None if there is none.
        least: A smaller difference is never one.
    """
    pairs = pairs_of(figures)
    found: dict[int, list[int]] = {}
    for a, b in combinations(range(len(figures)), 2):
        for above, below in ((a, b), (b, a)):
            one, other = figures[above], figures[below]
            if one and other and is_larger_than_noise(one, other, pairs=pairs, least=least):
                found.setdefault(above, []).append(below)
    return [(above, tuple(sorted(below))) for above, below in sorted(found.items())]


def pairs_of(figures: Sequence[object]) -> int:
    """How many differences a row of so many candidates has, those without a figure included."""
    return math.comb(len(figures), 2)


def _z(pairs: int) -> float:
    return NormalDist().inv_cdf(1 - TAIL / max(1, pairs))
