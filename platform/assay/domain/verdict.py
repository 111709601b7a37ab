"""Observations and verdicts: what one criterion saw, and what it is worth. Never points."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Observed:
    """A check found its value in the evidence.

    Attributes:
        value: In the criterion's unit; may be infinite, never NaN.
        evidence: One or two sentences with the figures, for the scorecard.
        interval: 95 % interval of the value where there is one.
        source: Where in the evidence it stands ("load.ratio_p95").
    """

    value: float
    evidence: str
    interval: tuple[float, float] | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class NotShown:
    """The submission had its chance and did not show it: worth nothing, and says why."""

    evidence: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """We did not or could not measure it. Never the same thing as a bad value."""

    reason: str


Observation = Observed | NotShown | Unmeasured


@dataclass(frozen=True, slots=True)
class Scored:
    """A verdict with a fraction of the criterion's points, 0..1, exact."""

    fraction: Fraction
    evidence: str
    value: float | None = None
    interval: tuple[float, float] | None = None
    source: str = ""


Verdict = Scored | Unmeasured
