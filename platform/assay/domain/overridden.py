"""The total with what people decided instead of single lines. The machine's own stays beside it.

The same sum as `scoring.total_of`, or as `weights.weighted` where a position weighs areas, exact:
gates times points earned by points measured. A line that was not measured counts as measured once
a person gave it a fraction.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from assay.domain.errors import BadInput
from assay.domain.rubric import BAND_PARTS
from assay.domain.scoring import FULL
from assay.domain.weights import ONE, Weights


class Line(Protocol):
    """One criterion as it was judged, of a `Scorecard` or of a stored `result.json`."""

    @property
    def id(self) -> str:
        """Of the criterion."""

    @property
    def fraction(self) -> Fraction | float | None:
        """Share of the points earned; None if unmeasured."""


class PointsLine(Line, Protocol):
    """A criterion that adds points."""

    @property
    def area(self) -> str:
        """Id of its area."""

    @property
    def max(self) -> int:
        """All there are."""


class Lines(Protocol):
    """A scorecard, or a result."""

    @property
    def gates(self) -> Sequence[Line]:
        """What multiplies the whole."""

    @property
    def criteria(self) -> Sequence[PointsLine]:
        """What adds points."""


def overridden(
    result: Lines, fractions: Mapping[str, Fraction | float], weights: Weights | None = None
) -> Fraction | None:
    """The total, 0..100, exact, with these fractions in place of the machine's.

    Args:
        result: What the machine judged.
        fractions: Criterion or gate -> share of its points, 0..1; the others stay as they are.
        weights: Of the position; None: the challenge's own.

    Returns:
        None where a gate, or every criterion, is without a fraction.

    Raises:
        BadInput: a name is not a line of the result, or a fraction is outside 0..1.
    """
    _refuse_strange(result, fractions)
    gates = [_fraction(line, fractions) for line in result.gates]
    earned, measured = Fraction(0), Fraction(0)
    for line in result.criteria:
        share, worth = _fraction(line, fractions), line.max * (weights or {}).get(line.area, ONE)
        if share is not None:
            earned, measured = earned + share * worth, measured + worth
    if None in gates or not measured:
        return None
    gate = math.prod((share for share in gates if share is not None), start=Fraction(1))
    return FULL * gate * earned / measured


def exact(fraction: Fraction | float) -> Fraction:
    """A fraction as it was before it was stored as a decimal: whole millionths, see `Band`."""
    if isinstance(fraction, Fraction):
        return fraction
    return Fraction(round(fraction * BAND_PARTS), BAND_PARTS)


def _fraction(line: Line, fractions: Mapping[str, Fraction | float]) -> Fraction | None:
    found = fractions.get(line.id, line.fraction)
    return None if found is None else exact(found)


def _refuse_strange(result: Lines, fractions: Mapping[str, Fraction | float]) -> None:
    known = {line.id for line in _every(result)}
    strange = [
        f"{name!r} is no line of this scorecard; use one of {', '.join(sorted(known))}"
        for name in fractions
        if name not in known
    ]
    outside = [
        f"{name}: {float(fraction):g} is no share of the points; give 0 to 1"
        for name, fraction in fractions.items()
        if not 0 <= fraction <= 1
    ]
    if strange or outside:
        raise BadInput(*strange, *outside)


def _every(result: Lines) -> Iterable[Line]:
    yield from result.gates
    yield from result.criteria
