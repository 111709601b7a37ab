"""The planted faults of claims-triage apply alone and together, and each changes what it names."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from assay.toolkit.patching import ThrowawayRepository, merge_patches, throwaway_repository
from assay.toolkit.proving.covering import covering

CHALLENGE = Path(__file__).resolve().parents[2] / "challenges" / "claims-triage"
OBSERVER = Path(__file__).resolve().parents[1] / "fakes" / "claims_observed.py"
FAULTS = CHALLENGE / "faults"
PATCHES = sorted(FAULTS.glob("*/*.patch"))
SLOTS = sorted({patch.parent.name for patch in PATCHES})
ALL_STARTERS = list(product(*(sorted(FAULTS.glob(f"{slot}/*.patch")) for slot in SLOTS)))
SOME_STARTERS = covering([[patch.stem for patch in patches] for patches in ALL_STARTERS])
STARTERS = [ALL_STARTERS[place] for place in SOME_STARTERS]
"""Every pair of patches stands in one of them: patches that do not merge are two."""

CHANGES = {
    "large_for_all": {"models_asked"},
    "always_both": {"models_asked", "asked_again"},
    "one_message": {"prompt_made", "orders_obeyed"},
    "no_fence": {"prompt_made", "orders_obeyed"},
    "one_limit": {"rules_kept"},
    "old_conditions": {"rules_kept"},
    "ungrounded": {"believed", "models_asked"},
    "dates_turned": {"dates_written"},
    "retry_storm": {"retries_made"},
    "no_timeout": {"hang_ended"},
    "invents": {"without_model"},
    "no_memory": {"asked_again"},
    "current_claim": {"strangers_seen"},
    "takes_all": {"turns_given"},
    "no_spans": {"recorded"},
    "cost_guessed": {"recorded"},
    "claims_logged": {"logged"},
    "of_payment": {"confidence_said"},
    "cuts_the_end": {"end_shown"},
    "no_cost_metric": {"dollars_exported", "money"},
    "errors_uncounted": {"refusals_counted"},
    "version_unwatched": {"watched"},
    "left_unwritten": {"documents"},
    "runs_as_root": {"user"},
    "unpinned": {"pinned"},
    "drops_in_flight": {"time_to_stop"},
}
"""Fault -> what is observed otherwise than of the reference; nothing else may be."""

Observed = dict[str, Any]


def name_of(patch: Path) -> str:
    return f"{patch.parent.name}/{patch.stem}"


@pytest.fixture(scope="module")
def repository() -> Iterator[ThrowawayRepository]:
    with throwaway_repository(CHALLENGE / "reference") as made:
        yield made


@pytest.fixture(scope="module")
def observed(
    repository: ThrowawayRepository, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Observed]:
    """What each mutant does, and under "" the reference."""
    trees = {"": tmp_path_factory.mktemp("reference")}
    repository.write(repository.base, trees[""])
    for patch in PATCHES:
        trees[patch.stem] = tmp_path_factory.mktemp(patch.stem)
        repository.write(merge_patches(repository, [patch]), trees[patch.stem])
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(trees, pool.map(look_at, trees.values()), strict=True))


def look_at(tree: Path) -> Observed:
    done = subprocess.run(
        [sys.executable, str(OBSERVER), str(tree)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: Observed = json.loads(done.stdout.splitlines()[-1])
    return found


def python_files(tree: Path) -> list[Path]:
    return sorted(tree.rglob("*.py"))


def declared() -> set[str]:
    spec = tomllib.loads((CHALLENGE / "challenge.toml").read_text())
    return {f"{slot['id']}/{fault['id']}" for slot in spec["slot"] for fault in slot["fault"]}


def test_every_declared_fault_has_a_patch_and_every_patch_is_declared() -> None:
    assert {name_of(patch) for patch in PATCHES} == declared()


def test_there_are_enough_faults_in_enough_slots() -> None:
    assert len(PATCHES) >= 23
    assert len(SLOTS) == 20


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


@pytest.mark.parametrize("fault", sorted(CHANGES))
def test_a_fault_changes_what_it_names_and_nothing_else(
    observed: dict[str, Observed], fault: str
) -> None:
    healthy, mutant = observed[""], observed[fault]
    assert {name for name in healthy if healthy[name] != mutant[name]} == CHANGES[fault]


def test_what_the_reference_does_is_right(observed: dict[str, Observed]) -> None:
    healthy = observed[""]
    assert healthy["models_asked"] == [["assay-small"], ["assay-large", "assay-small"]]
    assert healthy["orders_obeyed"] == ["human_review"]
    assert healthy["rules_kept"] == {"late": ["late_notice"], "over": ["over_limit"]}
    assert healthy["believed"] is None
    assert healthy["without_model"] == [["model_unavailable"], []]
    assert healthy["asked_again"] == [1, 1]
    assert healthy["strangers_seen"] == 0
    assert healthy["logged"] is False
    assert healthy["refusals_counted"] == 1


def test_every_fault_is_looked_at() -> None:
    assert {patch.stem for patch in PATCHES} == set(CHANGES)


@pytest.mark.parametrize("patch", PATCHES, ids=name_of)
def test_a_patch_does_not_give_itself_away(patch: Path) -> None:
    added = [line for line in patch.read_text().splitlines() if line.startswith("+")]
    telling = re.compile(r"\b(faults?|todo|fixme|bugs?|hack|wrong|broken)\b", re.IGNORECASE)
    assert not [line for line in added if telling.search(line)]


@pytest.mark.parametrize("patch", PATCHES, ids=name_of)
def test_a_patch_holds_no_leftovers_of_tools(patch: Path) -> None:
    text = patch.read_text()
    assert "Binary files" not in text
    assert not re.search(r"\.\w+_cache|__pycache__", text)
