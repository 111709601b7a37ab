"""A service that asks a language model is graded on a real engine, and its bill is evidence."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.metered_challenge import ROWS, write_metered_challenge

ROOT = Path(__file__).parents[2]
LONGEST_S = 240.0

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.slow]

Graded = tuple[dict[str, Any], dict[str, Any]]


def grade(folder: Path, answer: str, *only: str) -> Graded:
    """Result and evidence of one answer."""
    challenge, out = write_metered_challenge(folder), folder / "out"
    stages = [word for stage in only for word in ("--only", stage)]
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


def criterion(graded: Graded, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in graded[0]["criteria"] if one["id"] == name)
    return found


def readings(graded: Graded, stage: str, label: str, role: str = "submission") -> dict[str, Any]:
    (found,) = [
        one
        for one in graded[1]["meters"]
        if (one["stage"], one["label"], one["role"]) == (stage, label, role)
    ]
    return dict(found)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    return grade(tmp_path_factory.mktemp("reference"), "reference", "contract", "quality")


def test_hidden_tests_hold_a_service_to_its_bill(reference: Graded) -> None:
    tests = {one["test"]: one for one in reference[1]["contract"]["tests"]}

    assert {one["outcome"] for one in tests.values()} == {"passed"}, tests


def test_every_stage_has_its_own_bill(reference: Graded) -> None:
    boot, contract = (readings(reference, stage, "") for stage in ("boot", "contract"))

    assert boot["calls"] >= 1
    assert contract["refused"] == 2
    assert contract["models"].keys() == {"assay-large"}
    assert contract["system_prompts"] == ["Extract total_amount as JSON."]


def test_the_cost_of_a_right_answer_is_on_the_scorecard(reference: Graded) -> None:
    rows, cost = readings(reference, "quality", "rows"), criterion(reference, "cost")

    assert rows["calls"] == rows["questions"] == rows["asked"] == ROWS
    assert cost["status"] == "scored"
    assert cost["value"] == pytest.approx(rows["cost_pico_usd"] / 1e12 / rows["right"])
    assert f"requests that were rightly handled, of {ROWS}" in cost["evidence"]
    assert "assay-large 24 calls" in cost["evidence"]


def test_what_the_service_says_of_its_spending_is_held_against_the_meter(reference: Graded) -> None:
    told = criterion(reference, "told")

    assert told["value"] == pytest.approx(1.0, abs=1e-6)
    assert told["points"] == told["max"] == 20


@pytest.mark.minutes
def test_a_storm_on_the_timeline_shows_who_asks_again(tmp_path: Path) -> None:
    graded = grade(tmp_path, "fault:asks_twice", "contract", "quality", "incidents")
    storm, rows = (
        readings(graded, "incidents", "incident/storm"),
        readings(graded, "quality", "rows"),
    )

    assert rows["calls"] == 2 * ROWS
    assert storm["refused"] > 0
    retries = criterion(graded, "retries")
    assert retries["value"] == pytest.approx((storm["calls"] - storm["asked"]) / storm["asked"])
    dear = [one["cost_pico_usd"] for one in graded[1]["incidents"]["slices"]]
    assert sum(dear) == readings(graded, "incidents", "timeline")["cost_pico_usd"]
