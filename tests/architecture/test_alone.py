"""What has the machine to itself is dear: few tests, in folders that `make test` names."""

from pathlib import Path

TESTS = Path(__file__).parents[1]
MARK = "mark." + "alone"
FOLDERS = {"e2e", "faults", "integration"}
"""Where they are looked for: the second run of `make test` collects nothing else."""


def test_tests_that_run_alone_are_where_they_are_looked_for() -> None:
    marked = [path for path in TESTS.rglob("test_*.py") if MARK in path.read_text()]
    astray = [path.name for path in marked if path.relative_to(TESTS).parts[0] not in FOLDERS]

    assert marked
    assert astray == []


def test_kills_of_whole_installations_run_alone() -> None:
    killing = sorted((TESTS / "faults").glob("test_*.py"))
    beside = [path.name for path in killing if MARK not in path.read_text()]

    assert killing
    assert beside == []
