"""The installed program, started as a user starts it, without an engine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def assay(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command line on a machine whose engine does not exist."""
    environment = {**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock", "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "assay.cli", *words],
        cwd=cwd, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("grade", "credit-scoring"), "give either --submission PATH or --answer NAME"),
        (("grade", "no-such", "--answer", "reference"), "known challenges: claims-triage, "),
        (("grade", "credit-scoring", "--submission", "/nowhere"), "is not a directory"),
        (("rescore", "/nowhere/evidence.json"), "/nowhere/evidence.json"),
        (("report", "/nowhere/evidence.json"), "/nowhere/evidence.json"),
        (("challenge", "starter", "no-such", "--to", "/nowhere"), "no challenge at 'no-such'"),
        (("grade", "credit-scoring", "--sandbox", "magic"), "magic"),
        (("no-such-command",), "no-such-command"),
    ],
)
def test_bad_input_ends_with_two_and_one_clear_message(words: tuple[str, ...], said: str) -> None:
    done = assay(*words)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_broken_challenge_is_told_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "challenge.toml").write_text('format = 1\nid = "x\n')

    done = assay("grade", str(tmp_path), "--answer", "reference")

    assert done.returncode == 2
    assert f"{tmp_path}/challenge.toml:2: " in done.stderr


def test_without_an_engine_grading_in_docker_is_a_platform_fault_with_a_remedy() -> None:
    done = assay("grade", "credit-scoring", "--answer", "reference", "--sandbox", "docker")

    assert done.returncode == 3
    assert "remedy" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_fails_where_there_is_no_engine_and_says_what_to_do() -> None:
    done = assay("doctor", "--json")
    report = json.loads(done.stdout)
    engine = next(c for c in report["checks"] if c["check"] == "container_engine")

    assert done.returncode == 3
    assert report["worst"] == "fail"
    assert (
        engine["remedy"] == "start the engine at unix:///nowhere/docker.sock, or unset DOCKER_HOST"
    )


def test_challenges_are_listed_from_any_directory(tmp_path: Path) -> None:
    done = assay("challenge", "list", cwd=tmp_path)

    assert done.returncode == 0
    assert "credit-scoring" in done.stdout


def test_the_version_is_the_installed_one() -> None:
    assert assay("version").stdout == "assay 0.1.0\n"
