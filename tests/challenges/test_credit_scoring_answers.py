"""The cheats of credit-scoring are those that were thought of, and its starters are many."""

import runpy
from pathlib import Path
from typing import get_args

import pytest

from assay.domain.scorecard import FlagKind
from assay.toolkit.expectation import Expectation, kind_of, read_expectation
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.stakes import SPREAD, alternatives, fair_rows, faults_of, stake
from assay.toolkit.variants import known_answers, variants

ROOT = Path(__file__).parents[2] / "challenges" / "credit-scoring"


@pytest.fixture(scope="module")
def package() -> ChallengePackage:
    return load_challenge(ROOT)


def expected(package: ChallengePackage, kind: str) -> list[Expectation]:
    answers = known_answers(package)
    return [read_expectation(answers[name]) for name in answers if kind_of(name) == kind]


def test_every_cheat_that_was_thought_of_is_there(package: ChallengePackage) -> None:
    assert len(expected(package, "rejected")) >= 14


def test_a_partial_answer_comes_to_less_than_ninety(package: ChallengePackage) -> None:
    assert all(one.score_max < 90 for one in expected(package, "partial"))


def test_every_kind_of_flag_has_a_cheat_that_must_raise_it(package: ChallengePackage) -> None:
    raised = {
        kind for path in known_answers(package).values() for kind in read_expectation(path).flags
    }

    assert raised == set(get_args(FlagKind))


def test_the_table_of_the_memory_holds_the_rows_there_are() -> None:
    """Stale, it would be no cheat; `python make_table.py` beside it makes it again."""
    cheat = ROOT / "answers/rejected/memorised"
    before = (cheat / "20-table.patch").read_text()
    runpy.run_path(str(cheat / "make_table.py"), run_name="__main__")

    assert (cheat / "20-table.patch").read_text() == before


def test_most_combinations_are_handed_out(package: ChallengePackage) -> None:
    assert variants(package.challenge) >= 500


def test_unequal_alternatives_are_evened_out_by_what_stands_beside_them(
    package: ChallengePackage,
) -> None:
    """`no_absent_alert` costs less than its neighbours: never where that would show."""
    challenge = package.challenge
    alone = alternatives(challenge)["alerts"]
    assert alone["no_absent_alert"] + SPREAD < min(
        points for name, points in alone.items() if name != "no_absent_alert"
    )

    [others] = (slot.fault for slot in challenge.slot if slot.id == "alerts")
    for row in fair_rows(challenge) or ():
        chosen = {fault.id: fault for fault in faults_of(challenge, row)}
        if chosen.pop("no_absent_alert", None):
            stakes = [stake(challenge, [*chosen.values(), other]) for other in others]
            assert max(stakes) - min(stakes) <= SPREAD, row


def test_every_fault_is_in_some_starter(package: ChallengePackage) -> None:
    challenge = package.challenge
    planted = {
        fault.id for row in fair_rows(challenge) or () for fault in faults_of(challenge, row)
    }

    assert planted == {fault.id for slot in challenge.slot for fault in slot.fault}
