"""Judging: a pure function of rubric and evidence. The same two always give the same scorecard."""

import hashlib
import json
from fractions import Fraction
from typing import assert_never

from assay.domain.challenge import Challenge
from assay.domain.checks import CHECKS
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence
from assay.domain.findings import findings_of
from assay.domain.flags import flags_of
from assay.domain.rubric import Criterion
from assay.domain.scorecard import CriterionLine, Judged, Rubric, Scorecard
from assay.domain.scoring import SCORING_VERSION, area_of, interval_of, status_of, total_of
from assay.domain.verdict import NotShown, Observation, Observed, Scored, Unmeasured, Verdict


def rubric_of(challenge: Challenge) -> Rubric:
    """The rubric a challenge publishes."""
    return Rubric(challenge.area, challenge.criterion)


def rescore(evidence: Evidence) -> Scorecard:
    """The scorecard under the rubric that the evidence itself carries."""
    return judge(rubric_of(evidence.challenge), evidence)


def judge(rubric: Rubric, evidence: Evidence) -> Scorecard:
    """The scorecard of an evaluation under a rubric.

    Raises:
        BadInput: a criterion names a check that does not exist, or settings it does not have.
    """
    _refuse_unknown_checks(rubric)
    lines = [line_of(c, verdict_of(c, evidence)) for c in rubric.criteria]
    gate_ids = {c.id for c in rubric.criteria if c.gate}
    gates = tuple(line for line in lines if line.id in gate_ids)
    criteria = tuple(line for line in lines if line.id not in gate_ids)
    return Scorecard(
        of=Judged(
            challenge=evidence.challenge.id,
            submission=evidence.submission.label,
            evaluation_id=evidence.evaluation_id,
            seed=evidence.seed,
        ),
        status=status_of(gates, criteria),
        total=total_of(gates, criteria),
        interval=interval_of(gates, criteria),
        areas=tuple(area_of(area, criteria) for area in rubric.areas),
        gates=gates,
        criteria=criteria,
        findings=findings_of(evidence),
        flags=flags_of(evidence),
        versions=_versions(rubric, evidence),
    )


def verdict_of(criterion: Criterion, evidence: Evidence) -> Verdict:
    """What the evidence is worth to one criterion."""
    observation: Observation = CHECKS[criterion.check](evidence, criterion)
    match observation:
        case Observed(value, told, interval, source):
            return Scored(criterion.band.fraction(value), told, value, interval, source)
        case NotShown(told, source):
            return Scored(Fraction(0), told, source=source)
        case Unmeasured():
            return observation
        case _:
            assert_never(observation)


def line_of(criterion: Criterion, verdict: Verdict) -> CriterionLine:
    """The criterion and its verdict as one line of the scorecard."""
    scored = verdict if isinstance(verdict, Scored) else None
    fraction = scored.fraction if scored else None
    return CriterionLine(
        id=criterion.id,
        area=criterion.area,
        title=criterion.title,
        status="scored" if scored else "unmeasured",
        fraction=fraction,
        points=None if fraction is None else fraction * criterion.points,
        max=criterion.points,
        value=scored.value if scored else None,
        unit=criterion.unit,
        interval=scored.interval if scored else None,
        band=criterion.band,
        evidence=verdict.evidence if isinstance(verdict, Scored) else verdict.reason,
        advice="" if fraction == 1 else criterion.advice,
        source=scored.source if scored else "",
    )


def _refuse_unknown_checks(rubric: Rubric) -> None:
    known = ", ".join(sorted(CHECKS))
    unknown = [c for c in rubric.criteria if c.check not in CHECKS]
    if unknown:
        raise BadInput(
            *(f"criterion {c.id}: no check is called {c.check!r}; use {known}" for c in unknown)
        )


def _versions(rubric: Rubric, evidence: Evidence) -> dict[str, str]:
    anew = evidence.judged_anew
    judged = {"judged_anew_from": anew.evaluation_id, "judged_by_assay": anew.assay} if anew else {}
    return {
        "assay": evidence.versions.assay,
        "challenge": evidence.versions.challenge,
        "challenge_sha256": evidence.versions.challenge_sha256,
        "evidence_schema": str(evidence.schema_version),
        "rubric_sha256": _digest(rubric),
        "scoring": SCORING_VERSION,
        **judged,
    }


def _digest(rubric: Rubric) -> str:
    parts = [part.model_dump(mode="json") for part in (*rubric.areas, *rubric.criteria)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
