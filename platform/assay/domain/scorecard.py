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
        lost, gained: Points they could lose and gain within their noise, each in quadrature.
    """

    id: str
    title: str
    question: str
    points: Fraction
    max: int
    unmeasured: int
    lost: float = 0.0
    gained: float = 0.0


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


FlagKind = Literal[
    "memorised_answers",
    "answers_by_id",
    "callers_treated_differently",
    "cheaper_under_load",
    "turned_away_without_need",
    "errors_told_as_success",
    "made_up_metrics",
    "forged_series",
    "alerts_by_the_clock",
]
"""What a person should look at; docs/integrity.md has a section for each."""


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that looks like cheating, for a person to judge. It changes no point.

    Attributes:
        severity: "serious": hardly to be explained otherwise; "notice": worth a question.
        reason: What was seen, with figures.
        evidence: Where in the evidence it stands.
    """

    kind: FlagKind
    severity: Literal["serious", "notice"]
    reason: str
    evidence: str


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
        flags: What a person should look at before anybody decides.
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
    flags: tuple[Flag, ...] = ()

    @property
    def unmeasured(self) -> tuple[CriterionLine, ...]:
        """Every line, gates first, that was not measured."""
        lines = (*self.gates, *self.criteria)
        return tuple(line for line in lines if line.status == "unmeasured")
