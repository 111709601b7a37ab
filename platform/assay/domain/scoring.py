"""From lines to a total. Exact fractions throughout; a figure is rounded once, where it is shown.

    total = 100 * product of gate fractions * sum(points earned) / sum(points measured)

Interval of the total: a criterion whose value has a 95 % interval earns at least the band's
lower fraction over the interval and at most its upper one. What each could lose is summed in
quadrature (the criteria's noise is independent), likewise what each could gain, and the result
is clamped to 0..100. Criteria without an interval are counted, not estimated, and add nothing.
"""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from assay.domain.rubric import Area
from assay.domain.scorecard import AreaLine, CriterionLine, Interval, Status

SCORING_VERSION = "1"
"""Changes whenever the same rubric and evidence could give another total."""

FULL = 100


def status_of(gates: Sequence[CriterionLine], criteria: Sequence[CriterionLine]) -> Status:
    """Whether the total can be published, is missing something, or cannot be given."""
    if any(line.fraction is None for line in gates) or not _measured_points(criteria):
        return "void"
    return "partial" if any(line.fraction is None for line in criteria) else "complete"


def total_of(gates: Sequence[CriterionLine], criteria: Sequence[CriterionLine]) -> Fraction | None:
    """The score, 0..100, exact; None where the status is "void"."""
    if status_of(gates, criteria) == "void":
        return None
    return FULL * gate_factor(gates) * earned(criteria) / _measured_points(criteria)


def interval_of(
    gates: Sequence[CriterionLine], criteria: Sequence[CriterionLine]
) -> Interval | None:
    """95 % interval of the score as the module describes; None where the status is "void"."""
    total = total_of(gates, criteria)
    if total is None:
        return None
    worth = float(FULL * gate_factor(gates) / _measured_points(criteria))
    down, up = zip(*(_swing(line) for line in criteria), strict=True)
    low = float(total) - worth * math.hypot(*down)
    high = float(total) + worth * math.hypot(*up)
    return max(0.0, low), min(float(FULL), high)


def area_of(area: Area, criteria: Iterable[CriterionLine]) -> AreaLine:
    """The area's line: what its measured criteria earned, and what was not measured."""
    lines = [line for line in criteria if line.area == area.id]
    swings = [_swing(line) for line in lines]
    return AreaLine(
        id=area.id,
        title=area.title,
        question=area.question,
        points=earned(lines),
        max=_measured_points(lines),
        unmeasured=sum(line.max for line in lines if line.fraction is None),
        lost=math.hypot(*(down for down, _ in swings)),
        gained=math.hypot(*(up for _, up in swings)),
    )


def earned(lines: Iterable[CriterionLine]) -> Fraction:
    """Points of all measured lines, exact."""
    return sum((line.points for line in lines if line.points is not None), start=Fraction(0))


def rounded(value: Fraction | float, decimals: int = 1) -> Decimal:
    """A figure as it is shown: halves go up, and nothing is rounded before."""
    scale = 10**decimals
    whole = math.floor(Fraction(value) * scale + Fraction(1, 2))
    return Decimal(whole).scaleb(-decimals)


def gate_factor(gates: Iterable[CriterionLine]) -> Fraction:
    """What the total is multiplied by, 0..1; a gate that was not measured is closed."""
    return math.prod((line.fraction or Fraction(0) for line in gates), start=Fraction(1))


def _measured_points(lines: Iterable[CriterionLine]) -> int:
    return sum(line.max for line in lines if line.fraction is not None)


def _swing(line: CriterionLine) -> tuple[float, float]:
    """Points the line could lose and gain over the interval of its value."""
    if line.fraction is None or line.interval is None:
        return 0.0, 0.0
    ends = [line.band.fraction(end) for end in line.interval]
    lost = max(Fraction(0), line.fraction - min(ends))
    gained = max(Fraction(0), max(ends) - line.fraction)
    return float(lost * line.max), float(gained * line.max)
