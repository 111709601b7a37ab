"""Whether candidates were treated alike, as far as figures can tell. Pure; chance is an argument.

A difference that is not found is no proof that there is none: every answer says how many people
it rests on, and how large a difference would have had to be to be noticed.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

GROUP_MIN = 5
"""Smaller groups are counted and never described: their figures would be about single people."""
TOTAL_MIN = 12
"""Fewer people than that in all: nothing but a huge difference could be noticed."""
ALPHA = 0.05
DRAWS_MAX = 9_999
WORK_MAX = 2_000_000
"""Values shuffled in all: a page shows three comparisons and has 200 ms for everything."""
SHUFFLED_MAX = 1_000
"""More people than that are not shuffled: H has its limit's distribution then, to two digits."""
FOUR_FIFTHS = Fraction(4, 5)
"""29 CFR 1607.4(D): less than four fifths of the highest rate is generally regarded as evidence of
adverse impact, and needs enough people to mean anything."""
Z_BOTH_SIDES, Z_POWER = 1.959964, 0.841621
"""Quantiles of the normal distribution at 0.975 and at 0.8."""
RANKS_EFFICIENCY = 3 / math.pi
"""Of rank tests against the t test on normal values (Lehmann, Nonparametrics, 1975, 2.4)."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the scores of one group lie. The figures are None if the group is too small to show.

    Attributes:
        low, median, high: Quartiles by rank: values that were observed.
    """

    name: str
    count: int
    low: float | None
    median: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether groups differ more than chance would make them.

    Attributes:
        verdict: "too_few": nothing can be said; "differ": chance alone does this less often than
            once in twenty times; "no_difference_found".
        people: In the groups that were compared.
        p: How often chance alone makes groups differ so much; None if there were too few.
        noticeable: Points between the two largest groups that would be noticed four times of
            five; None if there were too few, or if all scores are the same.
    """

    verdict: Literal["too_few", "differ", "no_difference_found"]
    spreads: tuple[Spread, ...]
    people: int
    p: float | None
    noticeable: float | None


def compare(groups: Mapping[str, Sequence[float]], rng: np.random.Generator) -> Comparison:
    """Compare scores (0..100) by group.

    Kruskal-Wallis' H, with its distribution by shuffling who is in which group: exact up to the
    chance of the draw for any ties. Of more than `SHUFFLED_MAX` people, chi-squared.
    """
    spreads = tuple(_spread(name, groups[name]) for name in sorted(groups))
    large = [np.asarray(values, float) for values in groups.values() if len(values) >= GROUP_MIN]
    people = sum(map(len, large))
    if len(large) < 2 or people < TOTAL_MIN:
        return Comparison("too_few", spreads, people, None, None)
    p = shuffled_p(large, rng) if people <= SHUFFLED_MAX else chi_squared_p(large)
    verdict: Literal["differ", "no_difference_found"]
    verdict = "differ" if p < ALPHA else "no_difference_found"
    return Comparison(verdict, spreads, people, p, noticeable(large))


def kruskal_wallis(groups: Sequence[NDArray[np.float64]]) -> float:
    """H, corrected for ties; 0 if all values are the same.

    Kruskal and Wallis, Use of ranks in one-criterion variance analysis, JASA 47 (1952), 583.
    """
    ranks = _middle_ranks(np.concatenate(groups))
    return float(_h(ranks[None, :], [len(group) for group in groups])[0])


def chi_squared_p(groups: Sequence[NDArray[np.float64]]) -> float:
    """Chance of an H at least as large among many people: chi-squared, a degree less than groups.

    Kruskal and Wallis, Use of ranks in one-criterion variance analysis, JASA 47 (1952), 583.
    """
    return float(chdtrc(len(groups) - 1, kruskal_wallis(groups)))


def shuffled_p(groups: Sequence[NDArray[np.float64]], rng: np.random.Generator) -> float:
    """Share of shufflings whose H is at least the observed one, which counts as one of them.

    Phipson and Smyth, Permutation p-values should never be zero, SAGMB 9 (2010), 39.
    """
    ranks, sizes = _middle_ranks(np.concatenate(groups)), [len(group) for group in groups]
    observed = _h(ranks[None, :], sizes)[0]
    draws = min(DRAWS_MAX, WORK_MAX // len(ranks))
    drawn = rng.permuted(np.tile(ranks, (draws, 1)), axis=1)
    at_least = int((_h(drawn, sizes) >= observed - 1e-9).sum())
    return (1 + at_least) / (1 + draws)


def noticeable(groups: Sequence[NDArray[np.float64]]) -> float | None:
    """The shift between the two largest groups that a rank test finds four times of five.

    (z_0.975 + z_0.8) * s * sqrt(1/n1 + 1/n2) / sqrt(3 / pi), for normal scores of the spread s
    inside the groups (Lehmann, Nonparametrics, 1975, 2.3). None if nothing varies.
    """
    inside = sum(float(((group - group.mean()) ** 2).sum()) for group in groups)
    freedom = sum(map(len, groups)) - len(groups)
    if inside <= 0 or freedom <= 0:
        return None
    first, second = sorted(map(len, groups), reverse=True)[:2]
    spread = math.sqrt(inside / freedom)
    reach = (Z_BOTH_SIDES + Z_POWER) * spread * math.sqrt(1 / first + 1 / second)
    return reach / math.sqrt(RANKS_EFFICIENCY)


@dataclass(frozen=True, slots=True)
class Selected:
    """How many of a group were judged, and how many of them go on."""

    group: str
    selected: int
    total: int


@dataclass(frozen=True, slots=True)
class Impact:
    """One group beside the one that is selected most often.

    Attributes:
        rate: Share selected; None if it must not be shown.
        ratio: Of that rate to the highest one; None for the group it is, and if not shown.
        p: Fisher's exact test against that group, two-sided; None where `ratio` is.
        is_below: Less than four fifths; None where `ratio` is.
        hidden: Why nothing is shown: fewer than five people were, or were not, selected.
    """

    group: str
    total: int
    rate: float | None
    ratio: float | None
    p: float | None
    is_below: bool | None
    hidden: bool


def impacts(counts: Sequence[Selected]) -> list[Impact]:
    """Adverse-impact ratios by the four-fifths rule (29 CFR 1607.4(D)), in the order of names.

    Groups with a cell below `GROUP_MIN` (selected, or not selected) are counted and not described,
    and no ratio is to them.
    """
    ordered = sorted(counts, key=lambda one: one.group)
    shown = [one for one in ordered if not _is_small(one)]
    best = max(shown, key=_rate, default=None)
    return [_impact(one, best) for one in ordered]


def fisher_exact(first: Selected, second: Selected) -> float:
    """Two-sided p of Fisher's exact test of two groups' selections.

    The sum of the chances of all tables with the same margins that are at most as likely as the
    observed one (Fisher, Statistical Methods for Research Workers, 1934, 21.02).
    """
    people, chosen = first.total + second.total, first.selected + second.selected
    low, high = max(0, chosen - second.total), min(chosen, first.total)
    ways = list(_ways(first.total, second.total, chosen, range(low, high + 1)))
    observed = ways[first.selected - low]
    return sum(way for way in ways if way <= observed) / math.comb(people, chosen)


def _ways(first: int, second: int, chosen: int, of_first: range) -> Iterator[int]:
    """In how many ways k of the first group are among those chosen, for each k. Exact: integers.

    Each from the one before: for thousands of people binomials are numbers of thousands of digits.
    """
    way = math.comb(first, of_first.start) * math.comb(second, chosen - of_first.start)
    for k in of_first:
        yield way
        way = way * (first - k) * (chosen - k) // ((k + 1) * (second - chosen + k + 1))


def _impact(one: Selected, best: Selected | None) -> Impact:
    if best is None or _is_small(one):
        return Impact(one.group, one.total, None, None, None, None, hidden=True)
    rate = _rate(one)
    if one is best:
        return Impact(one.group, one.total, rate, None, None, None, hidden=False)
    ratio = Fraction(one.selected, one.total) / Fraction(best.selected, best.total)
    p = fisher_exact(one, best)
    return Impact(one.group, one.total, rate, float(ratio), p, ratio < FOUR_FIFTHS, hidden=False)


def _is_small(one: Selected) -> bool:
    return min(one.selected, one.total - one.selected) < GROUP_MIN


def _rate(one: Selected) -> float:
    return one.selected / one.total


def _spread(name: str, values: Sequence[float]) -> Spread:
    if len(values) < GROUP_MIN:
        return Spread(name, len(values), None, None, None)
    ordered = sorted(values)
    low, median, high = (ordered[math.ceil(q * len(ordered)) - 1] for q in (0.25, 0.5, 0.75))
    return Spread(name, len(values), low, median, high)


def _h(ranks: NDArray[np.float64], sizes: Sequence[int]) -> NDArray[np.float64]:
    """H of each row of ranks: one row is all people, group after group."""
    people = ranks.shape[1]
    starts = np.cumsum([0, *sizes[:-1]])
    sums = np.add.reduceat(ranks, starts, axis=1)
    between = (sums**2 / np.asarray(sizes)).sum(axis=1)
    raw = 12 * between / (people * (people + 1)) - 3 * (people + 1)
    ties = _ties(ranks[0])
    return np.zeros(len(ranks)) if ties <= 0 else np.asarray(raw / ties)


def _ties(ranks: NDArray[np.float64]) -> float:
    """1 - sum(t^3 - t) / (n^3 - n); 0 if all are the same."""
    _, counts = np.unique(ranks, return_counts=True)
    people = len(ranks)
    return float(1 - ((counts.astype(float) ** 3 - counts).sum() / (people**3 - people)))


def _middle_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """1-based ranks; equal values share the mean of theirs."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    return np.asarray((last - (sizes - 1) / 2)[group], dtype=float)
