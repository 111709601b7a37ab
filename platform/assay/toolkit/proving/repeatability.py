"""How much one and the same submission's points move, and what can be told in spite of that.

Standard deviations are those of k evaluations with the same seed. Two single runs differ by chance
with a standard deviation of sqrt(2) times that; a loss counts from the two-sided 95 % point on.

The smallest difference of two means of n runs each that a test finds with probability 1 - b is
c + z[1-b] * sd * sqrt(2/n), where c is the least difference that it calls one. Of a two-sided test
of level a that is z[1-a/2] * sd * sqrt(2/n) (two-sample comparison of means, known variance: Chow,
Shao, Wang, Lokhnygina, "Sample Size Calculations in Clinical Research", 3.2); of ours it is never
below `LEAST_NOISE`. Points end at a band's target: who is beyond it in every run does not move.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from assay.domain.scoring import FULL
from assay.toolkit.proving.runs import REFERENCE, Outcome, Results

LEVEL, POWER = 0.05, 0.8
Z_LEVEL = NormalDist().inv_cdf(1 - LEVEL / 2)
Z_POWER = NormalDist().inv_cdf(POWER)
LEAST_NOISE = 0.5
"""Points. Three runs can agree by luck; a loss of less than half a point is never called one."""
LEAST_TOTAL_NOISE = 1.0
"""The same for totals, which gather what every criterion adds."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How one criterion's points moved.

    Attributes:
        reference, starter: Standard deviations in points; None of fewer than two runs.
    """

    reference: float | None
    starter: float | None

    @property
    def pooled(self) -> float | None:
        """Root of the mean of the variances there are."""
        known = [one for one in (self.reference, self.starter) if one is not None]
        return math.sqrt(statistics.mean(one**2 for one in known)) if known else None

    @property
    def noise(self) -> float:
        """A smaller difference of two single runs is none."""
        return max(LEAST_NOISE, Z_LEVEL * math.sqrt(2) * (self.pooled or 0.0))

    @property
    def detectable(self) -> float | None:
        """What one run of a mutant against one of the reference shows in 4 of 5 proofs."""
        if self.pooled is None:
            return None
        return self.noise + Z_POWER * math.sqrt(2) * self.pooled


def spreads(results: Results) -> dict[str, Spread]:
    """Criterion or gate -> how its points moved between repeats."""
    reference = results.repeats_of(REFERENCE)
    starter = results.repeats_of(first_starter(results))
    return {
        name: Spread(_deviation(reference, name), _deviation(starter, name))
        for name in results.reference.lines
    }


def first_starter(results: Results) -> str:
    """Name of the starter that is repeated; "" if there is none."""
    return next((wanted.name for wanted, _ in results.of("starter")), "")


def total_noise(results: Results) -> float:
    """A smaller difference of two totals is none."""
    totals = [outcome.total for outcome in results.repeats_of(REFERENCE)]
    known = [float(total) for total in totals if total is not None]
    deviation = statistics.stdev(known) if len(known) > 1 else 0.0
    return max(LEAST_TOTAL_NOISE, Z_LEVEL * math.sqrt(2) * deviation)


def worth(outcome: Outcome, name: str) -> float | None:
    """Points of a criterion; of a gate, which has none, its share of the full score."""
    line = outcome.lines.get(name)
    if line is None or line.fraction is None:
        return None
    return float(line.fraction * (line.max or FULL))


def _deviation(runs: Iterable[Outcome], name: str) -> float | None:
    known = [points for one in runs if (points := worth(one, name)) is not None]
    return _stdev(known)


def _stdev(values: Sequence[float]) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None
