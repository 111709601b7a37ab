"""What is most worth mending: gates first, for without them nothing counts, then lost points."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

MENDS = 3
WORTH_TELLING = 0.05
"""Of 100 points: less is not seen with one decimal."""


class Line(Protocol):
    """One criterion as it was judged; see `scorecard.CriterionLine`."""

    @property
    def id(self) -> str:
        """Of the criterion."""

    @property
    def title(self) -> str:
        """As people read it."""

    @property
    def fraction(self) -> Fraction | float | None:
        """Share of the points earned; None if unmeasured."""

    @property
    def points(self) -> Fraction | float | None:
        """Points earned; None if unmeasured."""

    @property
    def max(self) -> int:
        """All there are; 0 for a gate."""

    @property
    def advice(self) -> str:
        """What would have earned the rest."""


@dataclass(frozen=True, slots=True)
class Mend:
    """Something worth mending.

    Attributes:
        worth: Points of 100 that the whole score would gain; None for a gate, which is worth
            everything.
    """

    id: str
    title: str
    worth: float | None
    advice: str


def mends_of(gates: Iterable[Line], criteria: Sequence[Line]) -> list[Mend]:
    """The three most valuable things, the best first."""
    fallen = [
        Mend(gate.id, gate.title, None, gate.advice)
        for gate in gates
        if gate.fraction is not None and gate.fraction < 1
    ]
    lost = sorted(_losses(criteria), key=lambda mend: -(mend.worth or 0))
    return [*fallen, *lost][:MENDS]


def _losses(criteria: Sequence[Line]) -> Iterator[Mend]:
    """Every line that lost points, with its worth in a score over what was measured."""
    measured = sum(line.max for line in criteria if line.points is not None)
    for line in criteria:
        if line.points is not None and measured:
            worth = float(100 * (line.max - line.points) / measured)
            if worth >= WORTH_TELLING:
                yield Mend(line.id, line.title, round(worth, 1), line.advice)
