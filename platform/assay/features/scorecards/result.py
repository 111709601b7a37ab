"""`result.json`: the scorecard for programs. Strict JSON; what is infinite or unknown is null.

Figures are exact to a millionth of a point; only `total` and `interval` are rounded, to one
decimal, halves up. `evidence` beside a null value says in words what it was.
"""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.scorecard import (
    AreaLine,
    CriterionLine,
    Finding,
    Flag,
    FlagKind,
    Interval,
    Scorecard,
)
from assay.domain.scoring import rounded

RESULT_SCHEMA: Literal[1] = 1


class Part(BaseModel):
    """Base of every table: unknown fields are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AreaResult(Part):
    """The measured criteria of one area."""

    id: str
    title: str
    points: float = Field(ge=0, description="Earned.")
    max: int = Field(ge=0, description="Of the measured criteria.")
    unmeasured: int = Field(ge=0, description="Points of criteria that were not measured.")
    lost: float | None = Field(
        None, ge=0, description="Points its criteria could lose within their noise; null: unknown."
    )
    gained: float | None = Field(None, ge=0, description="Points they could gain.")


class CriterionResult(Part):
    """One line of the rubric."""

    id: str
    area: str
    title: str
    status: Literal["scored", "unmeasured"]
    fraction: float | None = Field(description="Share of `max` earned, 0..1.")
    points: float | None
    max: int
    value: float | None = Field(description="In `unit`; null if infinite or unknown.")
    unit: str
    interval: tuple[float | None, float | None] | None = Field(
        description="95 % interval of the value; null at an end without bound."
    )
    evidence: str = Field(description="What was seen, or why nothing was measured.")
    advice: str = Field(description='What would have earned the rest; "" if nothing is missing.')
    source: str = Field(description="Where in evidence.json it stands.")


class GateResult(Part):
    """A criterion that multiplies the whole score."""

    id: str
    title: str
    status: Literal["scored", "unmeasured"]
    fraction: float | None
    evidence: str
    advice: str


class UnmeasuredResult(Part):
    """A line that was not measured, and why."""

    id: str
    reason: str


class FindingResult(Part):
    """A notable fact in words."""

    kind: Literal["strength", "problem", "caution"]
    text: str
    source: str


class FlagResult(Part):
    """Something for a person to look at before anybody decides; it changed no point."""

    kind: FlagKind
    severity: Literal["serious", "notice"]
    reason: str = Field(description="What was seen, with figures.")
    evidence: str = Field(description="Where in evidence.json it stands.")


class Result(Part):
    """The outcome of one evaluation."""

    schema_version: Literal[1] = RESULT_SCHEMA
    challenge: str
    submission: str
    evaluation_id: str
    seed: int
    status: Literal["complete", "partial", "void"] = Field(
        description="Only a complete result can be published or compared."
    )
    total: float | None = Field(description="0..100; null if void.")
    interval: tuple[float, float] | None = Field(description="95 % interval of the total.")
    areas: tuple[AreaResult, ...]
    criteria: tuple[CriterionResult, ...]
    gates: tuple[GateResult, ...]
    unmeasured: tuple[UnmeasuredResult, ...]
    findings: tuple[FindingResult, ...]
    flags: tuple[FlagResult, ...] = ()
    versions: dict[str, str]


def result_of(scorecard: Scorecard) -> Result:
    """The scorecard as the tables of `result.json`."""
    return Result(
        challenge=scorecard.of.challenge,
        submission=scorecard.of.submission,
        evaluation_id=scorecard.of.evaluation_id,
        seed=scorecard.of.seed,
        status=scorecard.status,
        total=None if scorecard.total is None else float(rounded(scorecard.total)),
        interval=_rounded_ends(scorecard.interval),
        areas=tuple(_area(line) for line in scorecard.areas),
        criteria=tuple(_criterion(line) for line in scorecard.criteria),
        gates=tuple(_gate(line) for line in scorecard.gates),
        unmeasured=tuple(
            UnmeasuredResult(id=line.id, reason=line.evidence) for line in scorecard.unmeasured
        ),
        findings=tuple(_finding(finding) for finding in scorecard.findings),
        flags=tuple(_flag(flag) for flag in scorecard.flags),
        versions=scorecard.versions,
    )


def result_json(scorecard: Scorecard) -> str:
    """`result.json`, indented, with a newline at its end."""
    return result_of(scorecard).model_dump_json(indent=2) + "\n"


def _rounded_ends(interval: Interval | None) -> tuple[float, float] | None:
    return interval and (float(rounded(interval[0])), float(rounded(interval[1])))


def _area(line: AreaLine) -> AreaResult:
    return AreaResult(
        id=line.id,
        title=line.title,
        points=float(line.points),
        max=line.max,
        unmeasured=line.unmeasured,
        lost=line.lost,
        gained=line.gained,
    )


def _criterion(line: CriterionLine) -> CriterionResult:
    return CriterionResult(
        id=line.id,
        area=line.area,
        title=line.title,
        status=line.status,
        fraction=None if line.fraction is None else float(line.fraction),
        points=None if line.points is None else float(line.points),
        max=line.max,
        value=_finite(line.value),
        unit=line.unit,
        interval=line.interval and (_finite(line.interval[0]), _finite(line.interval[1])),
        evidence=line.evidence,
        advice=line.advice,
        source=line.source,
    )


def _gate(line: CriterionLine) -> GateResult:
    return GateResult(
        id=line.id,
        title=line.title,
        status=line.status,
        fraction=None if line.fraction is None else float(line.fraction),
        evidence=line.evidence,
        advice=line.advice,
    )


def _finding(finding: Finding) -> FindingResult:
    return FindingResult(kind=finding.kind, text=finding.text, source=finding.source)


def _flag(flag: Flag) -> FlagResult:
    return FlagResult(
        kind=flag.kind, severity=flag.severity, reason=flag.reason, evidence=flag.evidence
    )


def _finite(value: float | None) -> float | None:
    return None if value is None or math.isinf(value) else value
