"""The same digest is the same measurement: what is measured with counts, what is judged by not."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.proofs import REFERENCE
from tests.fakes.quick_challenge import write_quick_challenge

from assay.toolkit.files import digest
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.proving.digests import (
    Conditions,
    changed_files,
    file_digests,
    key_of,
    material_digest,
    measured_part,
    measured_settings,
    program_digest,
)

CONDITIONS = Conditions("c", "h", "0.1.0", 0, "docker", "standard")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_quick_challenge(tmp_path)


def edited(root: Path, name: str, was: str, now: str) -> ChallengePackage:
    path = root / name
    assert was in path.read_text()
    path.write_text(path.read_text().replace(was, now))
    return load_challenge(root)


@pytest.mark.parametrize(
    ("name", "was", "now"),
    [
        (
            "challenge.toml",
            "band = { floor = 0, target = 1 }",
            "band = { floor = 0, target = 0.9 }",
        ),
        ("challenge.toml", 'title = "Right answers"', 'title = "Good answers"'),
        ("challenge.toml", "expected_hours = 1", "expected_hours = 1.5"),
        ("BRIEF.md", "# Doubling", "# Twice"),
        ("faults/arithmetic/triples.patch", "FACTOR = 3", "FACTOR = 4"),
    ],
)
def test_what_is_judged_by_costs_no_evaluation(root: Path, name: str, was: str, now: str) -> None:
    before = measured_part(load_challenge(root))

    assert measured_part(edited(root, name, was, now)) == before


@pytest.mark.parametrize(
    ("name", "was", "now"),
    [
        ("challenge.toml", "tolerance = 0.01", "tolerance = 0.02"),
        ("harness/test_contract.py", '{"x": 3}', '{"x": 4}'),
        ("reference/app.py", "FACTOR = 2", "FACTOR = 2.0"),
    ],
)
def test_what_is_measured_with_makes_another_run(root: Path, name: str, was: str, now: str) -> None:
    before = measured_part(load_challenge(root))

    assert measured_part(edited(root, name, was, now)) != before


def test_other_packages_make_another_run(root: Path) -> None:
    before = measured_part(load_challenge(root))
    with (root / "wheelhouse.txt").open("a") as file:
        file.write("another==1.0\n")

    assert measured_part(load_challenge(root)) != before


def test_a_file_that_can_be_run_is_another(tmp_path: Path) -> None:
    (tmp_path / "start").write_text("#!/bin/sh\n")
    before = digest(tmp_path)
    (tmp_path / "start").chmod(0o755)

    assert digest(tmp_path) != before


def test_files_and_settings_are_told_apart(root: Path) -> None:
    """Evidence carries a digest of the files, and the settings themselves."""
    before = load_challenge(root)
    files, settings = material_digest(before), measured_settings(before.challenge)

    tolerant = edited(root, "challenge.toml", "tolerance = 0.01", "tolerance = 0.02")
    assert material_digest(tolerant) == files
    assert measured_settings(tolerant.challenge) != settings
    retested = edited(root, "harness/test_contract.py", '{"x": 3}', '{"x": 4}')
    assert material_digest(retested) != files


@pytest.mark.parametrize(
    "changed",
    [
        {"challenge_sha256": "d"},
        {"harness_sha256": "i"},
        {"assay": "0.2.0"},
        {"seed": 1},
        {"engine": "local"},
        {"profile": "thorough"},
    ],
)
def test_another_condition_is_another_run(changed: dict[str, object]) -> None:
    other = replace(CONDITIONS, **changed)  # type: ignore[arg-type]

    assert key_of(REFERENCE, "t", other) != key_of(REFERENCE, "t", CONDITIONS)


def test_another_tree_other_stages_and_a_repeat_are_other_runs() -> None:
    keys = {
        key_of(REFERENCE, "t", CONDITIONS),
        key_of(REFERENCE, "u", CONDITIONS),
        key_of(replace(REFERENCE, stages=("build",)), "t", CONDITIONS),
        key_of(replace(REFERENCE, again=1), "t", CONDITIONS),
    }

    assert len(keys) == 4


def test_the_same_tree_by_another_name_is_the_same_run() -> None:
    other = replace(REFERENCE, kind="starter", name="starter 0", recipe="starter")

    assert key_of(other, "t", CONDITIONS) == key_of(REFERENCE, "t", CONDITIONS)


def test_changes_between_two_states_of_a_challenge_are_named(root: Path) -> None:
    before = file_digests(load_challenge(root))
    (root / "BRIEF.md").write_text("# Other\n")
    (root / "reference/more.py").write_text("")
    (root / "wheelhouse.txt").rename(root / "wheels.txt")
    package = ChallengePackage(load_challenge(CREDIT).challenge, root, "")

    assert changed_files(before, file_digests(package)) == [
        "BRIEF.md was changed",
        "reference/more.py was added",
        "wheelhouse.txt was removed",
        "wheels.txt was added",
    ]


CREDIT = Path(__file__).parents[2] / "challenges" / "credit-scoring"

PROGRAM = '''\
"""Adds."""


def add(a: int, b: int) -> int:
    """The sum."""
    return a + b
'''


@pytest.mark.parametrize(
    ("was", "now"), [("The sum.", "Both."), ("a + b", "a + b  # really"), ("a + b", "(a + b)")]
)
def test_words_about_a_program_do_not_make_stored_runs_void(
    tmp_path: Path, was: str, now: str
) -> None:
    assert changed_program(tmp_path, was, now) == changed_program(tmp_path, "", "")


def test_what_a_program_does_makes_stored_runs_void(tmp_path: Path) -> None:
    assert changed_program(tmp_path, "a + b", "a - b") != changed_program(tmp_path, "", "")


def test_files_that_are_no_program_count_whole(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text("{}")
    before = program_digest([tmp_path])
    (tmp_path / "policy.json").write_text("{ }")

    assert program_digest([tmp_path]) != before


def changed_program(directory: Path, was: str, now: str) -> str:
    path = directory / "adding.py"
    path.write_text(PROGRAM.replace(was, now) if was else PROGRAM)
    return program_digest([path])
