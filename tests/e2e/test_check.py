"""`assay check` in a starter's own folder, as candidates run it: real engine, real containers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fakes.bundles import commit_of
from tests.fakes.practice import add_kit
from tests.fakes.quick_challenge import write_quick_challenge

from assay.toolkit.package import load_challenge
from assay.toolkit.variants import write_tree

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
LONGEST_S = 300


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("check")


@pytest.fixture(scope="module")
def starter(place: Path) -> Path:
    """A clone without its challenge: what a candidate has."""
    package = load_challenge(add_kit(write_quick_challenge(place / "challenges")))
    write_tree(package, "starter", place / "starter")
    commit_of(place / "starter")
    return place / "starter"


def check(place: Path, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Somewhere without challenges, and with the network's proxies pointing nowhere."""
    offline = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    own = {"ASSAY_HOME": str(place / "home"), "COLUMNS": "200", **offline}
    return subprocess.run(
        [sys.executable, "-P", "-m", "assay.cli", "check", *words],
        cwd=folder,
        env={**os.environ, **own},
        text=True,
        capture_output=True,
        timeout=LONGEST_S,
        check=False,
    )


def test_the_starter_is_measured_and_told_what_to_mend(place: Path, starter: Path) -> None:
    done = check(place, starter)

    assert done.returncode == 0, done.stderr
    assert "at home: 0.0 of 100" in done.stdout
    assert "1. Right answers (100.0 points)" in done.stdout
    assert "→ Double the number." in done.stdout
    assert "only the evaluation of a push measures" in done.stdout
    assert (place / "home/checks/starter/report.html").is_file()


def test_what_is_mended_and_not_committed_counts_and_is_said(place: Path, starter: Path) -> None:
    (starter / "app.py").write_text((starter / "app.py").read_text().replace("= 3", "= 2"))
    done = check(place, starter)

    assert "at home: 100.0 of 100" in done.stdout, done.stderr
    assert "a push would not contain it so, commit first: app.py\n" in done.stdout


def test_some_stages_take_less_time_and_leave_the_rest_out(place: Path, starter: Path) -> None:
    done = check(place, starter, "--stages", "build,boot", "--json", "--out", str(place / "some"))
    result = json.loads(done.stdout)

    assert result["criteria"][0]["status"] == "unmeasured"
    assert "contract" not in done.stderr


def test_a_build_that_fails_shows_its_last_lines(place: Path, starter: Path) -> None:
    dockerfile = starter / "Dockerfile"
    sound = dockerfile.read_text()
    dockerfile.write_text(sound + "RUN echo nearly there; false\n")
    try:
        done = check(place, starter, "--stages", "build")
    finally:
        dockerfile.write_text(sound)

    assert done.returncode == 0, "it was measured: it does not build"
    assert "nearly there" in done.stdout
    assert "build: " in done.stdout


def test_a_stage_the_kit_has_not_is_refused_before_anything_starts(
    place: Path, starter: Path
) -> None:
    done = check(place, starter, "--stages", "capacity")

    assert done.returncode == 2
    assert "no stage 'capacity'" in done.stderr


def test_elsewhere_it_says_where_to_run_it(place: Path) -> None:
    done = check(place, place)

    assert done.returncode == 2
    assert "no practice kit" in done.stderr
