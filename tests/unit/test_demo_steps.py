"""A demo candidate gets from the starter to an answer in several small commits."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from assay.bootstrap.demo_data.steps import carry_out, files_of, steps

STARTER = {
    "Dockerfile": "FROM a",
    "app/api.py": "slow",
    "app/old.py": "unused",
    "README.md": "nothing",
    ".assay/rows.jsonl": "given",
    ".git/config": "git's own",
}
ANSWER = {
    "Dockerfile": "FROM b",
    "app/api.py": "fast",
    "app/drift.py": "watches",
    "README.md": "nothing",
    "RUNBOOK.md": "what to do",
    "monitoring.yml": "scrape: /metrics",
    "tests/test_api.py": "assert",
}


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return write(tmp_path / "clone", STARTER)


@pytest.fixture
def target(tmp_path: Path) -> dict[str, Path]:
    tree = write(tmp_path / "answer", ANSWER)
    return {name: tree / name for name in files_of(tree)}


def contents(clone: Path) -> dict[str, str]:
    return {name: (clone / name).read_text() for name in files_of(clone)}


def test_in_the_end_the_clone_holds_the_answer(clone: Path, target: dict[str, Path]) -> None:
    for step in steps(clone, target):
        carry_out(step, clone, target)

    assert contents(clone) == ANSWER
    assert steps(clone, target) == []


def test_what_git_and_the_platform_put_there_stays(clone: Path, target: dict[str, Path]) -> None:
    for step in steps(clone, target):
        carry_out(step, clone, target)

    assert (clone / ".assay/rows.jsonl").read_text() == "given"
    assert (clone / ".git/config").read_text() == "git's own"


def test_each_commit_is_about_one_thing(clone: Path, target: dict[str, Path]) -> None:
    assert [step.paths for step in steps(clone, target)] == [
        ("app/api.py", "app/old.py"),
        ("app/drift.py", "monitoring.yml"),
        ("tests/test_api.py",),
        ("RUNBOOK.md",),
        ("Dockerfile",),
    ]


def test_what_was_pushed_before_is_not_done_again(clone: Path, target: dict[str, Path]) -> None:
    first, *others = steps(clone, target)
    carry_out(first, clone, target)

    assert steps(clone, target) == others


def test_a_program_that_must_be_executable_stays_so(tmp_path: Path, clone: Path) -> None:
    script = tmp_path / "start.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    target = {"start.sh": script}
    for step in steps(clone, target):
        carry_out(step, clone, target)

    assert (clone / "start.sh").stat().st_mode & 0o111
