"""A challenge whose rubric was mended after somebody was graded, and evidence from before."""

from typing import Any

from tests.fakes.evidence import make_poor_evidence
from tests.fakes.rubric import CRITERIA, criterion_table, make_challenge

from assay.domain.challenge import Challenge
from assay.domain.evidence import Evidence, StageOutcome, Versions
from assay.features.challenges.anew import Present
from assay.features.challenges.regrade import Edition

MATERIAL = "a" * 64
"""Digest of the files that all of it is measured with."""
MENDED = "1.1.0"


def evidence_of_then(**overrides: Any) -> Evidence:
    """Of a poor service, measured under 1.0.0, which tells what it was measured with."""
    facts = make_poor_evidence()
    versions = facts.versions.model_copy(update={"material_sha256": MATERIAL})
    return facts.model_copy(update={"versions": versions, **overrides})


def without_versions(evidence: Evidence) -> Evidence:
    """The same from before evidence told what it was measured with."""
    versions = Versions(**{**evidence.versions.model_dump(), "material_sha256": ""})
    return evidence.model_copy(update={"versions": versions})


def with_stage(evidence: Evidence, name: str, status: str | None) -> Evidence:
    """One stage ended otherwise; None: it is not there."""
    rest = [one for one in evidence.stages if one.stage != name]
    made = [StageOutcome(stage=name, status=status)] if status else []  # type: ignore[arg-type]
    return evidence.model_copy(update={"stages": (*rest, *made)})


def mended_challenge(**overrides: Any) -> Challenge:
    """Version 1.1.0: slow answers are forgiven more."""
    rows = [(*row[:6], 8.0, 2.0, *row[8:]) if row[0] == "latency_p95" else row for row in CRITERIA]
    tables = {"version": MENDED, "criterion": [criterion_table(*row) for row in rows]}
    return make_challenge(**{**tables, **overrides})


def edition_of(challenge: Challenge, material_sha256: str = MATERIAL) -> Edition:
    """It, installed."""
    sha256 = "d" * 64
    present = Present(challenge, sha256, material_sha256)
    return Edition(challenge.id, challenge.version, sha256, "0.2.0", present)


def mended(**overrides: Any) -> Edition:
    """The mended challenge, installed."""
    return edition_of(mended_challenge(**overrides))
