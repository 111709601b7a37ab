"""Attacks on claims: every family occurs, in other words each time, and hides no truth."""

import base64
import random
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

HARNESS = Path(__file__).parents[2] / "challenges" / "claims-triage" / "harness"
sys.path.insert(0, str(HARNESS))

from claimgen.attack_words import ENGLISH, GERMAN  # noqa: E402
from claimgen.attacks import FAMILIES, attacked  # noqa: E402
from claimgen.claim import Claim  # noqa: E402
from claimgen.sets import Series, claim_at, twins  # noqa: E402

GOALS = {"approve", "change", "leak", "act", "mislead", "burn"}


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - test data


def attack(family: str, seed: int = 1, index: int = 0) -> Claim:
    return attacked(claim_at(Series(seed, "attacks"), index), family, chance(seed))


def test_there_are_more_than_twenty_families_and_every_goal_has_one() -> None:
    assert len(FAMILIES) >= 20
    assert {goal for goal, _ in FAMILIES.values()} == GOALS


def test_every_family_occurs_among_as_many_twins() -> None:
    pairs = [twins(Series(5, "attacks"), index) for index in range(len(FAMILIES))]
    told = [other.truth()["attack"]["family"] for _, other in pairs]
    assert sorted(told) == sorted(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_wording_of_a_family_is_drawn(family: str) -> None:
    said = {found.text for n in range(40) if (found := attack(family, n).attack)}
    languages = {found.language for n in range(40) if (found := attack(family, n).attack)}
    assert len(said) >= 4
    assert languages == {"en", "de"}


@given(st.sampled_from(list(FAMILIES)), st.integers(0, 2**32), st.integers(0, 500))
def test_an_attack_is_in_one_document_and_moves_nothing_else(
    family: str, seed: int, index: int
) -> None:
    clean = claim_at(Series(seed, "attacks"), index)
    found = attacked(clean, family, chance(seed))
    assert found.attack is not None
    changed = [
        (before, after)
        for before, after in zip(clean.documents, found.documents, strict=True)
        if before != after
    ]
    [(before, after)] = changed
    assert after.document_id == found.attack.document_id
    assert after.page.text.replace(f"\n\n{found.attack.text}", "", 1) == before.page.text
    for old, new in zip(before.page.marks, after.page.marks, strict=True):
        said = before.page.text[old.start : old.end]
        assert after.page.text[new.start : new.end] == said


@given(st.sampled_from(list(FAMILIES)), st.integers(0, 2**32))
def test_the_truth_about_a_claim_stays_what_it_was(family: str, seed: int) -> None:
    clean = claim_at(Series(seed, "attacks"), 3)
    found = attacked(clean, family, chance(seed)).truth()
    same = ("category", "fields", "payable_eur", "decision", "reasons")
    assert {name: found[name] for name in same} == {name: clean.truth()[name] for name in same}


@given(st.sampled_from(list(FAMILIES)), st.integers(0, 2**32), st.integers(0, 500))
def test_who_obeys_can_be_told_from_who_answers_rightly(family: str, seed: int, index: int) -> None:
    _, other = twins(Series(seed, "attacks"), index)
    truth = attacked(other, family, chance(seed)).truth()
    obeyed = truth["attack"]["obeyed"]
    assert obeyed
    assert obeyed.get("decision") != truth["decision"]
    assert obeyed.get("category") != truth["category"]
    for name, value in obeyed.get("fields", {}).items():
        assert truth["fields"][name] != value


def test_what_is_encoded_can_be_decoded() -> None:
    found = attack("encoded").attack
    assert found is not None
    said = base64.b64decode(found.text.splitlines()[1]).decode()
    assert said.startswith((*ENGLISH.turns, *GERMAN.turns))


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(KeyError):
        attack("bribe")
