"""The scorecard as it was judged then, from the stored result: a page never judges anew."""

from fractions import Fraction

from assay.domain.evidence import Evidence
from assay.domain.overridden import exact, overridden
from assay.domain.rubric import Band
from assay.domain.scorecard import (
    AreaLine,
    CriterionLine,
    Finding,
    Flag,
    Judged,
    Scorecard,
)
from assay.features.scorecards.result import CriterionResult, GateResult, Result

UNKNOWN_BAND = Band(floor=0, target=1)
"""Of a line that the rubric in the evidence does not have."""


def stored_card(result: Result, evidence: Evidence) -> Scorecard:
    """The lines of the result with the bands of the rubric that the evidence carries."""
    bands = {criterion.id: criterion.band for criterion in evidence.challenge.criterion}
    questions = {area.id: area.question for area in evidence.challenge.area}
    gates = tuple(_gate(line, bands) for line in result.gates)
    criteria = tuple(_criterion(line, bands) for line in result.criteria)
    return Scorecard(
        of=Judged(result.challenge, result.submission, result.evaluation_id, result.seed),
        status=result.status,
        total=None if result.total is None else overridden(result, {}),
        interval=result.interval,
        areas=tuple(
            AreaLine(
                id=area.id,
                title=area.title,
                question=questions.get(area.id, ""),
                points=_earned(area.id, criteria),
                max=area.max,
                unmeasured=area.unmeasured,
                lost=area.lost or 0.0,
                gained=area.gained or 0.0,
            )
            for area in result.areas
        ),
        gates=gates,
        criteria=criteria,
        findings=tuple(Finding(one.kind, one.text, one.source) for one in result.findings),
        versions=result.versions,
        flags=tuple(Flag(one.kind, one.severity, one.reason, one.evidence) for one in result.flags),
    )


def _earned(area: str, criteria: tuple[CriterionLine, ...]) -> Fraction:
    mine = (line.points for line in criteria if line.area == area and line.points is not None)
    return sum(mine, start=Fraction(0))


def _criterion(line: CriterionResult, bands: dict[str, Band]) -> CriterionLine:
    fraction = None if line.fraction is None else exact(line.fraction)
    low, high = line.interval or (None, None)
    return CriterionLine(
        id=line.id,
        area=line.area,
        title=line.title,
        status=line.status,
        fraction=fraction,
        points=None if fraction is None else fraction * line.max,
        max=line.max,
        value=line.value,
        unit=line.unit,
        interval=None if low is None or high is None else (low, high),
        band=bands.get(line.id, UNKNOWN_BAND),
        evidence=line.evidence,
        advice=line.advice,
        source=line.source,
    )


def _gate(line: GateResult, bands: dict[str, Band]) -> CriterionLine:
    fraction = None if line.fraction is None else exact(line.fraction)
    return CriterionLine(
        id=line.id,
        area="",
        title=line.title,
        status=line.status,
        fraction=fraction,
        points=None if fraction is None else Fraction(0),
        max=0,
        value=None,
        unit="",
        interval=None,
        band=bands.get(line.id, UNKNOWN_BAND),
        evidence=line.evidence,
        advice=line.advice,
        source="",
    )
