"""What stored evidence is enough for: another rubric and other words, nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.mending import (
    edition_of,
    evidence_of_then,
    mended,
    mended_challenge,
    with_stage,
    without_versions,
)
from tests.fakes.quick_challenge import write_quick_challenge
from tests.fakes.rubric import make_challenge

from assay.bootstrap.evaluating import versions_of
from assay.domain.evidence import Evidence
from assay.features.challenges.anew import why_measured
from assay.features.challenges.regrade import Edition
from assay.toolkit.package import load_challenge
from assay.toolkit.proving.digests import material_digest

SAME = mended()


def needs(evidence: Evidence, edition: Edition) -> str:
    assert edition.present
    return why_measured(evidence, edition.present)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"title": "Other words"},
        {"summary": "Others still."},
        {"time_box": {"expected_hours": 6, "limit_hours": 90, "practice_runs": 2}},
    ],
)
def test_another_band_and_other_words_need_no_measuring(changed: dict[str, Any]) -> None:
    assert needs(evidence_of_then(), mended(**changed)) == ""


def test_another_setting_has_to_be_measured_and_is_named() -> None:
    told = needs(evidence_of_then(), mended(quality={"holdout": "harness/other.jsonl"}))

    assert told == "challenge.toml has other quality than it was measured with"


def test_another_file_of_the_harness_has_to_be_measured() -> None:
    told = needs(evidence_of_then(), edition_of(mended_challenge(), "b" * 64))

    assert told == "harness, reference or packages are not those it was measured with"


def test_what_does_not_tell_what_it_was_measured_with_has_to_be_measured() -> None:
    told = needs(without_versions(evidence_of_then()), SAME)

    assert told == "its evidence does not tell which files it was measured with"


def test_the_very_same_package_need_not_be_told() -> None:
    old = without_versions(evidence_of_then())
    edition = edition_of(make_challenge())
    assert edition.present
    same = replace(edition.present, sha256=old.versions.challenge_sha256)

    assert why_measured(old, same) == ""


@pytest.mark.parametrize("status", [None, "platform_fault", "not_run"])
def test_a_stage_that_was_not_tried_has_to_be_measured(status: str | None) -> None:
    told = needs(with_stage(evidence_of_then(), "shutdown", status), SAME)

    assert told == "its evidence lacks shutdown"


def test_a_rubric_that_asks_for_what_nobody_looked_at_has_to_be_measured() -> None:
    told = needs(evidence_of_then(load=None), SAME)

    assert told.startswith("its evidence does not tell ")
    assert "latency_p95" in told


def test_another_program_alone_needs_no_measuring() -> None:
    assert needs(evidence_of_then(), replace(SAME, assay="9.9.9")) == ""


def test_evidence_measured_from_now_on_tells_what_it_was_measured_with(tmp_path: Path) -> None:
    package = load_challenge(write_quick_challenge(tmp_path))

    assert versions_of(package, {}).material_sha256 == material_digest(package)
