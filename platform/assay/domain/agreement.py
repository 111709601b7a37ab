"""How far reviewers agree. Pure.

    spread     the largest difference between two reviewers of one line of one candidate
    apart      mean of |a - b| over all pairs of reviewers of the same line and candidate
    alpha      1 - (observed disagreement) / (that expected by chance), Krippendorff's alpha for
               interval data (Content Analysis, 2004, ch. 11): for two reviewers a weighted kappa
               with squared weights (Cohen 1968) and a correction for few reviews; it takes any
               number of reviewers, also different ones for different candidates
    low, high  its 95 % interval: alpha -+ 1.96 standard errors by the jackknife that leaves out one
               candidate after the other (Efron and Tibshirani, An Introduction to the Bootstrap,
               1993, ch. 11): lines of one candidate are not independent of each other

A unit is one line of one candidate that at least two people judged. Alpha of few units is chance:
below `UNITS_MIN` none is given. 0.8 is agreement one can rely on, from 0.667 on conclusions are
tentative (the same, 11.4.4). Words are said only where the whole interval bears them out.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from statistics import fmean

UNITS_MIN = 10
CANDIDATES_MIN = 6
"""Of fewer candidates an interval says nothing."""
RELIABLE, TENTATIVE = 0.8, 0.667
Z = 1.96

Unit = Sequence[int]
"""The scores that different people gave one line of one candidate."""
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Over all candidates of a position.

    Attributes:
        units: Lines of candidates that at least two people judged.
        pairs: Pairs of reviewers over all of them.
        apart: Mean distance of a pair, in steps; None without a pair.
        alpha: None below `UNITS_MIN` units, and where all scores are the same.
        interval: Of alpha; None below `CANDIDATES_MIN` candidates.
    """

    units: int
    pairs: int
    apart: float | None
    alpha: float | None
    interval: Interval | None = None

    @property
    def words(self) -> str:
        """What alpha means; "" without one."""
        if self.alpha is None:
            return ""
        low, high = self.interval or (-math.inf, math.inf)
        if low >= RELIABLE:
            return "reviewers agree"
        if high < TENTATIVE:
            return "reviewers do not agree"
        return "agreement is tentative" if low >= TENTATIVE else "too few reviews to rely on it"


def spread(scores: Unit) -> int:
    """The largest difference between two reviewers; 0 of fewer than two."""
    return max(scores) - min(scores) if scores else 0


def agreement(candidates: Iterable[Iterable[Unit]]) -> Agreement:
    """How far reviewers of the same candidates agree.

    Args:
        candidates: The units of each.
    """
    judged = [[unit for unit in units if len(unit) > 1] for units in candidates]
    judged = [units for units in judged if units]
    every = list(chain.from_iterable(judged))
    distances = [abs(a - b) for unit in every for a, b in combinations(unit, 2)]
    alpha = _alpha(map(_sums, every)) if len(every) >= UNITS_MIN else None
    return Agreement(
        units=len(every),
        pairs=len(distances),
        apart=fmean(distances) if distances else None,
        alpha=alpha,
        interval=None if alpha is None else _interval(alpha, judged),
    )


@dataclass(frozen=True, slots=True)
class _Sums:
    """What alpha is made of, of some units: scores, their sum and squares, and disagreement."""

    count: int
    total: int
    squares: int
    observed: float

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.count + other.count,
            self.total + other.total,
            self.squares + other.squares,
            self.observed + other.observed,
        )

    def __sub__(self, other: "_Sums") -> "_Sums":
        return self + _Sums(-other.count, -other.total, -other.squares, -other.observed)


def _sums(unit: Unit) -> _Sums:
    squares, total = sum(score * score for score in unit), sum(unit)
    between = 2 * (len(unit) * squares - total * total)
    return _Sums(len(unit), total, squares, between / (len(unit) - 1))


def _together(units: Iterable[_Sums]) -> _Sums:
    return sum(units, start=_Sums(0, 0, 0, 0.0))


def _alpha(units: Iterable[_Sums]) -> float | None:
    """From the sums of squared distances of ordered pairs, within units and over all scores."""
    every = _together(units)
    expected = 2 * (every.count * every.squares - every.total * every.total)
    return 1 - every.observed * (every.count - 1) / expected if expected else None


def _interval(alpha: float, candidates: Sequence[Sequence[Unit]]) -> Interval | None:
    count = len(candidates)
    each = [_together(map(_sums, units)) for units in candidates]
    every = _together(each)
    left = [_alpha([every - one]) for one in each]
    known = [one for one in left if one is not None]
    if count < CANDIDATES_MIN or len(known) < count:
        return None
    mean = fmean(known)
    error = math.sqrt((count - 1) / count * sum((one - mean) ** 2 for one in known))
    return alpha - Z * error, min(1.0, alpha + Z * error)
