"""How far reviewers agree. Pure.

    spread     the largest difference between two reviewers of one line of one candidate
    apart      mean of |a - b| over all pairs of reviewers of the same line and candidate
    alpha      1 - (observed disagreement) / (that expected by chance), Krippendorff's alpha for
               interval data (Content Analysis, 2004, ch. 11): for two reviewers a weighted kappa
               with squared weights (Cohen 1968) and a correction for few reviews; it takes any
               number of reviewers, also different ones for different candidates

A unit is one line of one candidate that at least two people judged. Alpha of few units is chance:
below `UNITS_MIN` none is given. 0.8 is agreement one can rely on, from 0.667 on conclusions are
tentative (the same, 11.4.4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

UNITS_MIN = 10
RELIABLE, TENTATIVE = 0.8, 0.667

Unit = Sequence[int]
"""The scores that different people gave one line of one candidate."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Over all candidates of a position.

    Attributes:
        units: Lines of candidates that at least two people judged.
        pairs: Pairs of reviewers over all of them.
        apart: Mean distance of a pair, in steps; None without a pair.
        alpha: None below `UNITS_MIN` units, and where all scores are the same.
    """

    units: int
    pairs: int
    apart: float | None
    alpha: float | None

    @property
    def words(self) -> str:
        """What alpha means; "" without one."""
        if self.alpha is None:
            return ""
        if self.alpha >= RELIABLE:
            return "reviewers agree"
        return "agreement is tentative" if self.alpha >= TENTATIVE else "reviewers do not agree"


def spread(scores: Unit) -> int:
    """The largest difference between two reviewers; 0 of fewer than two."""
    return max(scores) - min(scores) if scores else 0


def agreement(units: Iterable[Unit]) -> Agreement:
    """How far reviewers of the same candidates agree."""
    judged = [unit for unit in units if len(unit) > 1]
    distances = [abs(a - b) for unit in judged for a, b in combinations(unit, 2)]
    return Agreement(
        units=len(judged),
        pairs=len(distances),
        apart=fmean(distances) if distances else None,
        alpha=_alpha(judged) if len(judged) >= UNITS_MIN else None,
    )


def _alpha(units: Sequence[Unit]) -> float | None:
    """From the sums of squared distances within units, and over all scores."""
    scores = [score for unit in units for score in unit]
    count = len(scores)
    expected = _squares(scores) / (count - 1)
    if not expected:
        return None
    observed = sum(_squares(unit) / (len(unit) - 1) for unit in units)
    return 1 - observed / expected


def _squares(scores: Unit) -> float:
    """Sum over all ordered pairs of (a - b)^2: 2 n times the sum of squares about the mean."""
    mean = fmean(scores)
    return 2 * len(scores) * sum((score - mean) ** 2 for score in scores)
