"""What judging returns: lines a person can follow from total to evidence. Exact until shown."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from assay.domain.rubric import Area, Band, Criterion

Status = Literal["complete", "partial", "void"]
"""`complete`; `partial`: something with points was not measured, so not publishable;
`void`: a gate was not measured, or nothing was."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rubric:
    """Areas and criteria, as a challenge publishes them."""

    areas: tuple[Area, ...]
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion on the scorecard. Gates have `max` 0.

    Attributes:
        status: "scored" or "unmeasured".
        fraction: Share of the points earned, exact; None if unmeasured.
        points: `max` times `fraction`, exact; None if unmeasured.
        value: Observed value in `unit`; may be infinite; None if there is none.
        interval: 95 % interval of the value.
        evidence: What was seen, or why nothing was.
        advice: What would have earned the rest; "" if nothing is missing.
        source: Where in the evidence it stands.
    """

    id: str
    area: str
    title: str
    status: Literal["scored", "unmeasured"]
    fraction: Fraction | None
    points: Fraction | None
    max: int
    value: float | None
    unit: str
    interval: Interval | None
    band: Band
    evidence: str
    advice: str
    source: str


@dataclass(frozen=True, slots=True)
class AreaLine:
    """The sum of an area's measured criteria.

    Attributes:
        points: Earned, exact.
        max: Of the measured criteria.
        unmeasured: Points of the criteria that were not measured; in neither of the above.
    """

    id: str
    title: str
    question: str
    points: Fraction
    max: int
    unmeasured: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A notable fact in words, for whoever reads on.

    Attributes:
        kind: "strength", "problem", or "caution" about the measurement itself.
        text: One or two sentences.
        source: Where in the evidence it stands.
    """

    kind: Literal["strength", "problem", "caution"]
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged: the challenge's id, the submission as the user named it, the run."""

    challenge: str
    submission: str
    evaluation_id: str
    seed: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The judgement of one evaluation.

    Attributes:
        of: What was judged.
        total: 0..100, exact; None if void.
        interval: 95 % interval of the total; None if void.
        gates: Lines that multiply the whole score.
        criteria: Lines that add points, in the order of the rubric.
        versions: Name -> version of what judged and what was judged.
    """

    of: Judged
    status: Status
    total: Fraction | None
    interval: Interval | None
    areas: tuple[AreaLine, ...]
    gates: tuple[CriterionLine, ...]
    criteria: tuple[CriterionLine, ...]
    findings: tuple[Finding, ...]
    versions: dict[str, str]

    @property
    def unmeasured(self) -> tuple[CriterionLine, ...]:
        """Every line, gates first, that was not measured."""
        lines = (*self.gates, *self.criteria)
        return tuple(line for line in lines if line.status == "unmeasured")
