"""A challenge is proven as its author would: on real evaluations, interrupted, and gone on with."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from tests.fakes.processes import alive, descendants

from assay.bootstrap.proving_store import proofs_directory
from assay.toolkit.scaffold.writer import write_scaffold

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
NAME = "proven-in-tests"
FAULT = "trusts_the_caller"
RUNS = ("reference", FAULT, "empty")
LONGEST_S = 300.0
GONE_S = 20.0


@pytest.fixture(scope="module")
def challenge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small challenge of which nothing was measured yet."""
    shutil.rmtree(kept(), ignore_errors=True)
    yield write_scaffold(NAME, "", tmp_path_factory.mktemp("challenges"))
    shutil.rmtree(kept(), ignore_errors=True)


def kept() -> Path:
    return proofs_directory() / NAME


def finished() -> dict[str, float]:
    """Stored run -> when it was stored."""
    return {path.name: path.stat().st_mtime for path in kept().glob("*.json")}


def start(challenge: Path, out: Path) -> "subprocess.Popen[str]":
    words = ["challenge", "prove", str(challenge), "--out", str(out), "--only", FAULT, "empty"]
    return subprocess.Popen(
        [sys.executable, "-m", "assay.cli", *words],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def ended(process: "subprocess.Popen[str]") -> str:
    said, _ = process.communicate(timeout=LONGEST_S)
    return said


@pytest.fixture(scope="module")
def interrupted(challenge: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """Exit code and words of a proof that was cancelled when its first run was finished."""
    process = start(challenge, tmp_path_factory.mktemp("interrupted"))
    until_s = time.monotonic() + LONGEST_S
    while not finished() and process.poll() is None:
        assert time.monotonic() < until_s
        time.sleep(0.1)
    below = descendants(process.pid)
    while not below and process.poll() is None:  # between two runs it has none for a moment
        below = descendants(process.pid)
    process.send_signal(signal.SIGINT)
    said = ended(process)
    assert below, f"it ended with {process.returncode} before it could be interrupted:\n{said}"
    until_s = time.monotonic() + GONE_S  # its watchdogs look once more, then end
    while alive(below):
        assert time.monotonic() < until_s, said
        time.sleep(0.1)
    return process.returncode, said


def test_an_interrupted_proof_says_how_to_go_on(interrupted: tuple[int, str]) -> None:
    code, said = interrupted

    assert code == 130, said
    assert "what was finished is kept; the same command goes on from there" in said


def test_an_interrupted_proof_leaves_nothing_running(interrupted: tuple[int, str]) -> None:
    with contextlib.closing(docker.APIClient()) as client:
        images = [row["Image"] for row in client.containers(all=True)]

    assert not [image for image in images if image.startswith(f"assay/tree-{NAME}:")]


@pytest.fixture(scope="module")
def proof(
    challenge: Path, interrupted: tuple[int, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The proof, gone on with."""
    before, out = finished(), tmp_path_factory.mktemp("proof")
    process = start(challenge, out)
    said = ended(process)
    assert (out / "proof.json").exists(), said
    after = finished()
    assert before
    assert {name: after[name] for name in before} == before, "nothing finished was run again"
    found: dict[str, Any] = json.loads((out / "proof.json").read_text())
    return {**found, "said": said, "code": process.returncode, "out": str(out)}


def test_all_that_was_asked_for_is_measured(proof: dict[str, Any]) -> None:
    scores = {run["name"]: run["total"] for run in proof["runs"]}

    assert set(scores) == set(RUNS), proof["said"]
    assert scores["reference"] >= 95
    assert scores["empty"] == 0


def test_the_fault_costs_what_it_names_and_nothing_else(proof: dict[str, Any]) -> None:
    (row,) = proof["matrix"]
    verdicts = {name: cell["verdict"] for name, cell in row["cells"].items() if cell["verdict"]}

    assert verdicts == dict.fromkeys(row["costs"], "shown")


def test_what_holds_is_green(proof: dict[str, Any]) -> None:
    assert (proof["verdict"], proof["code"]) == ("green", 0), proof["said"]
    assert proof["scope"] == "partial"


def test_the_same_proof_again_runs_nothing_and_says_the_same(
    challenge: Path, proof: dict[str, Any], tmp_path: Path
) -> None:
    before = finished()
    said = ended(start(challenge, tmp_path))
    again = json.loads((tmp_path / "proof.json").read_text())

    assert "0 evaluations, 3 are stored already" in said
    assert finished() == before
    for part in ("verdict", "checks", "runs", "matrix", "criteria", "margins"):
        assert again[part] == proof[part]


def test_a_proof_of_some_runs_is_not_published(challenge: Path, proof: dict[str, Any]) -> None:
    place = challenge.parent / "proofs" / challenge.name
    place.mkdir(parents=True)
    shutil.copy(Path(proof["out"]) / "proof.json", place)
    refused = subprocess.run(
        [sys.executable, "-m", "assay.cli", "challenge", "publish", str(challenge)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert refused.returncode == 2
    assert "only a full proof can be published" in refused.stderr
    assert not (place / "published.json").exists()
