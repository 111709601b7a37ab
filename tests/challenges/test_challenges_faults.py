"""The planted faults of every challenge apply alone and together, and none gives itself away."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from itertools import groupby, product
from pathlib import Path

import pytest
from tests.fakes.shipped import SHIPPED, each_challenge, package_of, within

from assay.toolkit.patching import ThrowawayRepository, merge_patches, throwaway_repository
from assay.toolkit.proving.covering import covering
from assay.toolkit.variants import all_faults

Patches = tuple[Path, ...]
References = Callable[[Path], ThrowawayRepository]

TELLING = re.compile(
    r"\b(faults?|todo|fixme|bugs?|hack|wrong|broken|assay(?!-(large|small)))\b", re.IGNORECASE
)
"""Words that say where to look. Models of the gateway are called `assay-large`, `assay-small`."""


def patches_of(root: Path) -> list[Path]:
    return sorted(root.glob("faults/*/*.patch"))


def starters_of(root: Path) -> list[Patches]:
    """Every pair of patches stands in one of them: patches that do not merge are two."""
    slots = [tuple(patches) for _, patches in groupby(patches_of(root), lambda one: one.parent)]
    every = list(product(*slots))
    return [every[place] for place in covering([[one.stem for one in row] for row in every])]


def starter_name(patches: Patches) -> str:
    return f"{patches[0].parents[2].name}:{'+'.join(one.stem for one in patches)}"


each_patch = pytest.mark.parametrize(
    "patch", [patch for root in SHIPPED for patch in patches_of(root)], ids=within
)
each_starter = pytest.mark.parametrize(
    "patches", [starter for root in SHIPPED for starter in starters_of(root)], ids=starter_name
)


@pytest.fixture(scope="module")
def reference_of() -> Iterator[References]:
    """Challenge -> its reference, to be patched; each is made once."""
    with ExitStack() as made:
        yield cache(lambda root: made.enter_context(throwaway_repository(root / "reference")))


def merge_and_compile(references: References, patches: Patches, tree: Path) -> None:
    repository = references(patches[0].parents[2])
    repository.write(merge_patches(repository, patches), tree)
    files = sorted(tree.rglob("*.py"))
    assert files
    for file in files:
        ast.parse(file.read_text(), filename=str(file))


@each_challenge
def test_every_declared_fault_has_a_patch_and_every_patch_is_declared(root: Path) -> None:
    spec = tomllib.loads((root / "challenge.toml").read_text())
    declared = {f"{slot['id']}/{fault['id']}" for slot in spec["slot"] for fault in slot["fault"]}

    assert {f"{patch.parent.name}/{patch.stem}" for patch in patches_of(root)} == declared


@each_challenge
def test_enough_faults_in_enough_slots_show_without_an_incident(root: Path) -> None:
    faults = all_faults(package_of(root).challenge)
    measured = [one for one in faults if one.fault.measured_by != "incidents"]

    assert len(measured) >= 14
    assert len({one.slot for one in measured}) >= 10


@each_patch
def test_a_patch_applies_alone_and_its_code_compiles(
    reference_of: References, patch: Path, tmp_path: Path
) -> None:
    merge_and_compile(reference_of, (patch,), tmp_path)


@each_starter
def test_one_patch_of_each_slot_merge_into_a_starter_that_compiles(
    reference_of: References, patches: Patches, tmp_path: Path
) -> None:
    merge_and_compile(reference_of, patches, tmp_path)


@each_patch
def test_a_patch_does_not_give_itself_away(patch: Path) -> None:
    added = [line for line in patch.read_text().splitlines() if line.startswith("+")]
    assert not [line for line in added if TELLING.search(line)]


@each_patch
def test_a_patch_holds_no_leftovers_of_tools(patch: Path) -> None:
    text = patch.read_text()
    assert "Binary files" not in text
    assert not re.search(r"\.\w+_cache|__pycache__", text)
