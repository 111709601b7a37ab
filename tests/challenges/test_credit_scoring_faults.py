"""The planted faults of credit-scoring apply alone and together, and what comes out compiles."""

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from assay.toolkit.patching import ThrowawayRepository, merge_patches, throwaway_repository
from assay.toolkit.proving.covering import covering

CHALLENGE = Path(__file__).resolve().parents[2] / "challenges" / "credit-scoring"
FAULTS = CHALLENGE / "faults"
PATCHES = sorted(FAULTS.glob("*/*.patch"))
SLOTS = sorted({patch.parent.name for patch in PATCHES})
ALL_STARTERS = list(product(*(sorted(FAULTS.glob(f"{slot}/*.patch")) for slot in SLOTS)))
SOME_STARTERS = covering([[patch.stem for patch in patches] for patches in ALL_STARTERS])
STARTERS = [ALL_STARTERS[place] for place in SOME_STARTERS]
"""Every pair of patches stands in one of them: patches that do not merge are two."""


def name_of(patch: Path) -> str:
    return f"{patch.parent.name}/{patch.stem}"


@pytest.fixture(scope="module")
def repository() -> Iterator[ThrowawayRepository]:
    with throwaway_repository(CHALLENGE / "reference") as made:
        yield made


def python_files(tree: Path) -> list[Path]:
    return sorted(tree.rglob("*.py"))


def declared() -> set[str]:
    spec = tomllib.loads((CHALLENGE / "challenge.toml").read_text())
    return {f"{slot['id']}/{fault['id']}" for slot in spec["slot"] for fault in slot["fault"]}


def test_every_declared_fault_has_a_patch_and_every_patch_is_declared() -> None:
    assert {name_of(patch) for patch in PATCHES} == declared()


def test_there_are_enough_faults_in_enough_slots() -> None:
    assert len(PATCHES) >= 14
    assert len(SLOTS) >= 10


@pytest.mark.parametrize("patch", PATCHES, ids=name_of)
def test_a_patch_applies_alone_and_its_code_compiles(
    repository: ThrowawayRepository, patch: Path, tmp_path: Path
) -> None:
    repository.write(merge_patches(repository, [patch]), tmp_path)
    assert python_files(tmp_path)
    for file in python_files(tmp_path):
        ast.parse(file.read_text(), filename=str(file))


@pytest.mark.parametrize("patches", STARTERS, ids=lambda chosen: "+".join(p.stem for p in chosen))
def test_one_patch_of_each_slot_merge_into_a_starter_that_compiles(
    repository: ThrowawayRepository, patches: tuple[Path, ...], tmp_path: Path
) -> None:
    repository.write(merge_patches(repository, patches), tmp_path)
    for file in python_files(tmp_path):
        ast.parse(file.read_text(), filename=str(file))


@pytest.mark.parametrize("patch", PATCHES, ids=name_of)
def test_a_patch_does_not_give_itself_away(patch: Path) -> None:
    added = [line for line in patch.read_text().splitlines() if line.startswith("+")]
    telling = re.compile(r"\b(faults?|todo|fixme|bugs?|hack|wrong|broken|assay)\b", re.IGNORECASE)
    assert not [line for line in added if telling.search(line)]


@pytest.mark.parametrize("patch", PATCHES, ids=name_of)
def test_a_patch_holds_no_leftovers_of_tools(patch: Path) -> None:
    text = patch.read_text()
    assert "Binary files" not in text
    assert not re.search(r"\.\w+_cache|__pycache__", text)
