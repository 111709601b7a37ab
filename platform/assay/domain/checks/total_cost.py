"""What a million right answers cost: CPU and memory, and what metered dependencies charge."""

import math
from dataclasses import dataclass

from assay.domain.checks.metered import dollars, readings, spending_of
from assay.domain.evidence import Evidence
from assay.domain.meters import DUET, MeterReading

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Charged:
    """Dollars that dependencies charged per million right answers, both sides of a duet.

    Attributes:
        bill: What the submission asked for.
    """

    submission: float
    reference: float
    bill: tuple[MeterReading, ...]

    @property
    def told(self) -> str:
        """As a scorecard tells it."""
        return (
            f"Dependencies charged ${self.submission:,.2f} of it, the reference "
            f"${self.reference:,.2f}: {spending_of(self.bill)}"
        )


def is_metered(evidence: Evidence) -> bool:
    """Whether some dependency has a bill."""
    return any(one.meter for one in evidence.challenge.dependency)


def charged(evidence: Evidence) -> Charged | None:
    """What was charged while both were saturated; None if that was not read of both.

    A reference that answered nothing rightly is no measure either.
    """
    ours = readings(evidence, "capacity", DUET)
    theirs = readings(evidence, "capacity", DUET, "reference")
    if not ours or not theirs or not theirs[0].right:
        return None
    return Charged(_per_million(ours), _per_million(theirs), ours)


def _per_million(found: tuple[MeterReading, ...]) -> float:
    """Infinite if nothing was right, whatever it cost."""
    right = found[0].right or 0
    return dollars(found) / right * MILLION if right else math.inf
