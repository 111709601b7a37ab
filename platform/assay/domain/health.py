"""How a challenge fares with those who sat it. Pure statistics over what evaluations left.

Discrimination is the *corrected item-total correlation*: Pearson's correlation of the points of
one criterion with the sum of all the others, the criterion itself removed, because a part always
correlates with its whole (Henrysson 1963, Psychometrika 28, 211-218; Nunnally and Bernstein 1994,
Psychometric Theory, ch. 8). Its 95 % interval is Fisher's (1921): tanh(atanh r +- 1.96/sqrt(n-3)).

Figures of a few people say nothing, so they are not given:

    MEDIAN_MIN          6   the range of six already is a 97 % interval of the median: 1 - 2 * 0.5^6
    CERTAINTY_MIN      10   who never saw a criterion pay in ten is 95 % sure that it does for at
                            most 26 in 100: 1 - 0.05^(1/10)
    DISCRIMINATION_MIN 20   the standard error of a correlation near 0 is then 0.23: 1/sqrt(n-1)
"""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from assay.domain.statistics import percentile

MEDIAN_MIN = 6
CERTAINTY_MIN = 10
DISCRIMINATION_MIN = 20
Z_95 = 1.959964
BINS = 10
"""Of the histogram of totals: ten points each, the last one with 100 in it."""
POOR_DISCRIMINATION = 0.2
"""Below this a criterion should be looked at (Ebel 1965, Measuring Educational Achievement)."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """What became of one invitation, without anything that says whose.

    Attributes:
        decided: Nobody can start it any more, or it was started.
        started: The candidate pressed Start.
        over: It was started and has ended.
        handed_in: Something was pushed.
        working_h: From Start to the last push; None without one.
    """

    decided: bool
    started: bool
    over: bool
    handed_in: bool
    working_h: float | None


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What one line of one scorecard came to. `fraction` None: it was not measured."""

    id: str
    title: str
    max: int
    fraction: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One result that counts. Gates have `max` 0."""

    total: float | None
    items: tuple[ItemResult, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """So many of so many."""

    count: int
    of: int


@dataclass(frozen=True, slots=True)
class TooFew:
    """A figure that is not given: of `count`, and it takes `needed`."""

    count: int
    needed: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Values observed, by nearest rank: none of them is invented."""

    count: int
    least: float
    quartile_low: float
    median: float
    quartile_high: float
    most: float


@dataclass(frozen=True, slots=True)
class AllAlike:
    """Everybody got the same, so nothing goes along with it."""

    count: int


@dataclass(frozen=True, slots=True)
class Correlation:
    """Corrected item-total correlation with its 95 % interval."""

    count: int
    value: float
    low: float
    high: float


Discrimination = Correlation | TooFew | AllAlike
Pays = Literal["never", "always", "sometimes", "unknown"]


@dataclass(frozen=True, slots=True)
class ItemHealth:
    """How one criterion fares.

    Attributes:
        unmeasured: Results in which it was not measured; in no other figure.
        fractions: Of its points that were earned.
        nothing, everything: How many earned none and all of it.
        pays: "unknown" below `CERTAINTY_MIN`.
    """

    id: str
    title: str
    max: int
    unmeasured: int
    fractions: Spread | TooFew
    nothing: Part
    everything: Part
    pays: Pays
    discrimination: Discrimination

    @property
    def is_suspect(self) -> bool:
        """Whether an author should look at it."""
        found = self.discrimination
        weak = isinstance(found, Correlation) and found.value < POOR_DISCRIMINATION
        return weak or self.pays in ("never", "always")


@dataclass(frozen=True, slots=True)
class StageHealth:
    """How long one stage takes, seconds."""

    stage: str
    seconds: Spread | TooFew


@dataclass(frozen=True, slots=True)
class Health:
    """How a challenge fares.

    Attributes:
        started: Of the invitations that are decided.
        handed_in: Of the sittings that are over.
        judged: Results that all the rest is made from.
        histogram: Totals by ten points, 0..9 first.
    """

    started: Part
    handed_in: Part
    judged: int
    working_h: Spread | TooFew
    totals: Spread | TooFew
    histogram: tuple[int, ...]
    items: tuple[ItemHealth, ...]
    stages: tuple[StageHealth, ...]


def health_of(
    sittings: Sequence[Sitting],
    outcomes: Sequence[Outcome],
    stages: Iterable[tuple[str, Sequence[float]]],
) -> Health:
    """All of it. `stages`: name and seconds of each time it was run to its end."""
    decided = [one for one in sittings if one.decided]
    over = [one for one in sittings if one.over]
    totals = [one.total for one in outcomes if one.total is not None]
    return Health(
        started=Part(sum(one.started for one in decided), len(decided)),
        handed_in=Part(sum(one.handed_in for one in over), len(over)),
        judged=len(outcomes),
        working_h=spread([one.working_h for one in over if one.working_h is not None]),
        totals=spread(totals),
        histogram=histogram(totals),
        items=tuple(_item(known, outcomes) for known in _known_items(outcomes)),
        stages=tuple(StageHealth(name, spread(seconds)) for name, seconds in stages),
    )


def spread(values: Sequence[float]) -> Spread | TooFew:
    """Least, quartiles and most, by nearest rank, from `MEDIAN_MIN` values on."""
    if len(values) < MEDIAN_MIN:
        return TooFew(len(values), MEDIAN_MIN)
    low, median, high = (_quantile(values, share) for share in (0.25, 0.5, 0.75))
    return Spread(len(values), min(values), low, median, high, max(values))


def histogram(totals: Iterable[float]) -> tuple[int, ...]:
    """How many totals fall into each ten points."""
    width = 100 / BINS
    counts = Counter(min(BINS - 1, int(total // width)) for total in totals)
    return tuple(counts[number] for number in range(BINS))


def discrimination(item: Sequence[float], rest: Sequence[float]) -> Discrimination:
    """Correlation of a criterion's points with the sum of all others, person by person.

    Args:
        item: Points of the criterion.
        rest: Sum of the points of all the other criteria, of the same people.
    """
    count = len(item)
    if count < DISCRIMINATION_MIN:
        return TooFew(count, DISCRIMINATION_MIN)
    if min(item) == max(item) or min(rest) == max(rest):
        return AllAlike(count)  # a mean is rounded: `correlation` would find a spread
    value = statistics.correlation(item, rest)
    low, high = correlation_interval(value, count)
    return Correlation(count, value, low, high)


def correlation_interval(value: float, count: int) -> tuple[float, float]:
    """Fisher's 95 % interval of a correlation of `count` pairs, at least four."""
    if abs(value) >= 1:
        return value, value
    centre, reach = math.atanh(value), Z_95 / math.sqrt(count - 3)
    return math.tanh(centre - reach), math.tanh(centre + reach)


def _item(known: ItemResult, outcomes: Sequence[Outcome]) -> ItemHealth:
    found = [item for one in outcomes for item in one.items if item.id == known.id]
    fractions = [item.fraction for item in found if item.fraction is not None]
    nothing, everything = fractions.count(0.0), fractions.count(1.0)
    return ItemHealth(
        id=known.id,
        title=known.title,
        max=known.max,
        unmeasured=len(found) - len(fractions),
        fractions=spread(fractions),
        nothing=Part(nothing, len(fractions)),
        everything=Part(everything, len(fractions)),
        pays=_pays(len(fractions), nothing, everything),
        discrimination=_discrimination(known.id, outcomes),
    )


def _pays(count: int, nothing: int, everything: int) -> Pays:
    if count < CERTAINTY_MIN:
        return "unknown"
    return "never" if nothing == count else "always" if everything == count else "sometimes"


def _discrimination(item_id: str, outcomes: Iterable[Outcome]) -> Discrimination:
    """Of whole results alone: a sum that misses a line says something else."""
    whole = [one for one in outcomes if all(item.fraction is not None for item in one.items)]
    having = [one for one in whole if any(item.id == item_id for item in one.items)]
    own = [sum(_points(item) for item in one.items if item.id == item_id) for one in having]
    rest = [_rest(one, item_id) for one in having]
    return discrimination(own, rest)


def _points(item: ItemResult) -> float:
    """A gate has no points, so its fraction stands for them."""
    return (item.max or 1) * (item.fraction or 0.0)


def _rest(outcome: Outcome, item_id: str) -> float:
    return sum(_points(item) for item in outcome.items if item.max and item.id != item_id)


def _known_items(outcomes: Sequence[Outcome]) -> list[ItemResult]:
    """Every criterion there is, as the last result that has it calls it."""
    known = {item.id: item for one in outcomes for item in one.items}
    return list(known.values())


def _quantile(values: Sequence[float], share: float) -> float:
    found = percentile(values, share)
    if found is None:
        raise ValueError("there is no quantile of nothing")
    return found
