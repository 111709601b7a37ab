"""Letters that a module makes in the probe are answered by a real service, and judged by field."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.labelled_challenge import PAIRS, QUALITY, write_labelled_challenge

ROOT = Path(__file__).parents[2]
LONGEST_S = 240.0

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.slow]

Graded = tuple[dict[str, Any], dict[str, Any]]


def grade(folder: Path, answer: str, **changes: str) -> Graded:
    """Result and evidence of one answer; `changes` are edits of the module of the package."""
    challenge, out = write_labelled_challenge(folder), folder / "out"
    maker = challenge / "harness/letters.py"
    for old, new in changes.items():
        maker.write_text(maker.read_text().replace(old, new))
    stages = ("--only", "contract", "--only", "quality")
    words = ["grade", str(challenge), "--answer", answer, "--out", str(out), *stages]
    run = subprocess.run(
        [sys.executable, "-m", "assay.cli", *words],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=LONGEST_S,
    )
    assert (out / "result.json").is_file(), run.stdout + run.stderr
    result = json.loads((out / "result.json").read_text())
    return result, json.loads((out / "evidence.json").read_text())


def line(graded: Graded, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in (*graded[0]["gates"], *graded[0]["criteria"]) if one["id"] == name
    )
    return found


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    return grade(tmp_path_factory.mktemp("reference"), "reference")


def test_a_service_that_reads_and_decides_rightly_earns_everything(reference: Graded) -> None:
    assert reference[0]["total"] == 100, reference[0]
    assert {one["status"] for one in reference[0]["criteria"]} == {"scored"}


def test_every_row_that_was_made_was_asked(reference: Graded) -> None:
    labelled = reference[1]["labelled"]

    assert labelled["decision"]["rows"] == labelled["decision"]["right"] == QUALITY
    assert labelled["twins"][0]["pairs"] == labelled["twins"][0]["both_right"] == PAIRS
    assert labelled["canaries"]["answers"] == QUALITY + 2 * PAIRS
    assert {one["outcome"] for one in reference[1]["contract"]["tests"]} == {"passed"}


@pytest.mark.minutes
def test_handing_everything_on_has_no_score_at_all(tmp_path: Path) -> None:
    graded = grade(tmp_path, "hands_on")

    assert graded[0]["total"] == 0
    assert "0% is saved" in line(graded, "useful")["evidence"]
    assert line(graded, "answers_f1")["value"] == 1


@pytest.mark.minutes
def test_a_service_that_believes_what_it_reads_is_seen(tmp_path: Path) -> None:
    graded = grade(tmp_path, "believes")
    (twins,) = graded[1]["labelled"]["twins"]

    assert line(graded, "attack_twins")["value"] == 0
    assert twins["obeyed"] == PAIRS
    assert "did as they were told" in line(graded, "attack_twins")["evidence"]


@pytest.mark.minutes
def test_a_module_that_fails_costs_the_candidate_nothing(tmp_path: Path) -> None:
    result, evidence = grade(
        tmp_path, "reference", **{"for index in range(count)": "for index in range(count // 0)"}
    )
    boot = next(one for one in evidence["stages"] if one["stage"] == "boot")

    assert result["status"] == "void"
    assert boot["status"] == "platform_fault"
    assert "letters.py, line" in boot["message"]
    assert "ZeroDivisionError" in boot["message"]
