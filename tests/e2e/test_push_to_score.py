"""The whole journey on real parts: invited, started, cloned, pushed, judged, shown."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.ports import free_port
from tests.fakes.quick_challenge import write_quick_challenge

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
LONGEST_S = 300


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("demo")
    write_quick_challenge(made / "challenges")
    return made


@pytest.fixture(scope="module")
def demo(place: Path) -> Iterator[str]:
    """What the terminal showed; the pages are up as long as tests run."""
    done = assay(place, "--port", str(free_port()))
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        yield done.stdout + done.stderr
    finally:
        stopped = assay(place, "--stop")
        assert stopped.returncode == 0, stopped.stderr


def assay(place: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "ASSAY_CHALLENGES": str(place / "challenges")}
    own = ("--challenge", "doubling", "--out", str(place / "out"))
    return subprocess.run(
        [sys.executable, "-m", "assay.cli", "demo", *own, *words],
        cwd=ROOT,
        env=environment,
        text=True,
        capture_output=True,
        timeout=LONGEST_S,
        check=False,
    )


def address(demo: str, of: str) -> str:
    found = re.search(rf"{of}: +(\S+)", demo)
    assert found, demo
    return found[1]


def page(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(url, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def test_the_push_tells_each_stage_and_then_the_score(demo: str) -> None:
    said = [line.removeprefix("remote: ").strip() for line in demo.splitlines()]

    for stage in ("build", "boot", "contract"):
        assert any(f"[{stage}] done" in line for line in said), demo
    assert any("100.0" in line for line in said), demo


def test_the_candidates_page_shows_the_push_and_its_score(demo: str) -> None:
    text = page(address(demo, "Dana's page"))

    assert "Make it fit for production" in text
    assert "100.0" in text


def test_who_comes_by_no_invitation_sees_nothing_of_it(demo: str) -> None:
    url = address(demo, "Dana's page").rpartition("/a/")[0]

    assert "Make it fit for production" not in page(f"{url}/")


def test_it_was_judged_once_and_nothing_waits(demo: str) -> None:
    url = address(demo, "Dana's page").rpartition("/a/")[0]
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    figures = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    judged = [k for k in figures if k.startswith("assay_evaluations") and 'state="judged"' in k]
    assert [float(figures[name]) for name in judged] == [1.0], json.dumps(figures, indent=1)
    assert not any(float(v) for k, v in figures.items() if "queue_depth" in k)
