"""`assay demo-data record` on real parts, and what it recorded shown by another installation."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fakes.demo_sets import write_challenge, write_demo_set
from tests.fakes.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.alone, pytest.mark.minutes]

ROOT = Path(__file__).parents[2]
LONGEST_S = 600


def assay(place: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    own = {"ASSAY_CHALLENGES": str(place / "challenges"), "ASSAY_HOME": str(place / "shown")}
    return subprocess.run(
        [sys.executable, "-m", "assay.cli", "demo-data", *words, "--data", str(place / "data")],
        cwd=ROOT,
        env={**os.environ, **own},
        text=True,
        capture_output=True,
        timeout=LONGEST_S,
        check=False,
    )


def record(place: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    home = ("--home", str(place / "recording"), "--port", str(free_port()))
    return assay(place, "record", *home, *words)


def test_recorded_one_after_the_other_and_shown_elsewhere(tmp_path: Path) -> None:
    write_challenge(tmp_path / "challenges")
    write_demo_set(tmp_path)
    nothing = assay(tmp_path, "load")
    first = record(tmp_path, "--at-most", "1")
    half = assay(tmp_path, "load")
    second = record(tmp_path)
    third = record(tmp_path)
    whole = assay(tmp_path, "load")

    assert nothing.returncode == 2
    assert "no demo data is recorded" in nothing.stderr
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert "una: has pressed Finish" in first.stdout
    assert re.search(r"judged: 100\.0", first.stdout)
    assert "added Una Prima (demo)" in half.stdout
    assert "not recorded yet: duo" in half.stdout
    assert "duo: has pressed Finish" in second.stdout
    assert "una" not in second.stdout
    assert "everybody is recorded" in third.stdout
    assert "added Duo Secunda (demo)" in whole.stdout
    assert "Una" not in whole.stdout
    assert not (tmp_path / "recording" / "assay.pid").exists()
