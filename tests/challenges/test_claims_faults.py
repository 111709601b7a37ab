"""Each planted fault of claims-triage changes what it names, and nothing else."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from assay.toolkit.patching import merge_patches, throwaway_repository

CHALLENGE = Path(__file__).resolve().parents[2] / "challenges" / "claims-triage"
OBSERVER = Path(__file__).resolve().parents[1] / "fakes" / "claims_observed.py"
PATCHES = sorted(CHALLENGE.glob("faults/*/*.patch"))

CHANGES = {
    "large_for_all": {"models_asked"},
    "always_both": {"models_asked", "asked_again"},
    "one_message": {"prompt_made", "orders_obeyed"},
    "no_fence": {"prompt_made", "orders_obeyed"},
    "one_limit": {"rules_kept"},
    "old_conditions": {"rules_kept"},
    "gaps_filled": {"corrected"},
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
    "short_buckets": {"slow_told_apart"},
    "version_unwatched": {"watched"},
    "left_unwritten": {"documents"},
    "runs_as_root": {"user"},
    "unpinned": {"pinned"},
    "drops_in_flight": {"time_to_stop"},
}
"""Fault -> what is observed otherwise than of the reference; nothing else may be."""

Observed = dict[str, Any]


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Observed]:
    """What each mutant does, and under "" the reference."""
    trees = {"": tmp_path_factory.mktemp("reference")}
    with throwaway_repository(CHALLENGE / "reference") as repository:
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


def test_there_are_enough_faults_in_twenty_slots() -> None:
    assert len(PATCHES) >= 23
    assert len({patch.parent for patch in PATCHES}) == 20


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
    assert healthy["corrected"] is True
    assert healthy["without_model"] == [["model_unavailable"], []]
    assert healthy["asked_again"] == [1, 1]
    assert healthy["strangers_seen"] == 0
    assert healthy["logged"] is False
    assert healthy["slow_told_apart"] is True


def test_every_fault_is_looked_at() -> None:
    assert {patch.stem for patch in PATCHES} == set(CHANGES)
