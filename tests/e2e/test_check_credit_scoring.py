"""The rehearsal of credit-scoring at home: it knows a good service from the starter."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assay.toolkit.package import load_challenge
from assay.toolkit.practice_kit import write_kit
from assay.toolkit.variants import write_tree

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.alone, pytest.mark.minutes]

CHALLENGE = Path(__file__).parents[2] / "challenges" / "credit-scoring"
LONGEST_S = 900


def checked(tmp_path: Path, answer: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Result and evidence of a rehearsal with an answer of ours in the candidate's folder."""
    package = load_challenge(CHALLENGE)
    write_tree(package, answer, tmp_path / "mine", scratch=tmp_path)
    if answer != "starter":
        write_kit(package, tmp_path / "mine")
    done = subprocess.run(
        [sys.executable, "-m", "assay.cli", "check", "--json", "--out", str(tmp_path / "out")],
        cwd=tmp_path / "mine",
        env={**os.environ, "ASSAY_HOME": str(tmp_path / "home")},
        text=True,
        capture_output=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), json.loads((tmp_path / "out/evidence.json").read_text())


def test_the_reference_loses_next_to_nothing_at_home(tmp_path: Path) -> None:
    result, evidence = checked(tmp_path, "reference")
    failed = [t for t in evidence["contract"]["tests"] if t["outcome"] != "passed"]

    assert failed == []
    assert result["total"] >= 95
    unmeasured = {line["id"] for line in result["criteria"] if line["status"] == "unmeasured"}
    assert unmeasured == {"latency_p95", "latency_p50", "throughput", "cost"}


def test_the_starter_is_far_from_that(tmp_path: Path) -> None:
    result, evidence = checked(tmp_path, "starter")

    assert result["total"] < 50
    assert {one["id"] for one in evidence["incidents"]["incidents"]} == set(
        load_challenge(CHALLENGE).challenge.practice.kit.incidents  # type: ignore[union-attr]
    )
