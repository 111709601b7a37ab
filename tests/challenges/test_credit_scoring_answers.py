"""Every known answer can be made, says what it must come to, and every starter is as hard."""

import runpy
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from assay.domain.scorecard import FlagKind
from assay.evaluation.alerting.monitoring_file import read_monitoring
from assay.toolkit.expectation import read_expectation
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.stakes import SPREAD, alternatives, fair_rows, faults_of, own_stake, stake
from assay.toolkit.variants import all_faults, choose_variant, known_answers, variants, write_tree

ROOT = Path(__file__).parents[2] / "challenges" / "credit-scoring"
ANSWERS = sorted(
    path.parent.relative_to(ROOT / "answers") for path in ROOT.glob("answers/*/*/expect.toml")
)
STARTERS_BEST = 25
"""What a starter may come to with every criterion that none of its faults names."""


@pytest.fixture(scope="module")
def package() -> ChallengePackage:
    return load_challenge(ROOT)


def test_there_is_an_answer_of_every_kind_and_two_between_starter_and_reference() -> None:
    kinds = Counter(path.parts[0] for path in ANSWERS)

    assert kinds["accepted"] >= 1
    assert kinds["partial"] >= 2
    assert kinds["rejected"] >= 14


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_a_known_answer_can_be_made(
    answer: Path, package: ChallengePackage, tmp_path: Path
) -> None:
    write_tree(package, answer.as_posix(), tmp_path / "tree")

    assert (tmp_path / "tree/Dockerfile").is_file()
    assert not (tmp_path / "tree/expect.toml").exists()
    assert not list((tmp_path / "tree").rglob("*.patch"))


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_the_alerts_of_an_answer_can_be_read(
    answer: Path, package: ChallengePackage, tmp_path: Path
) -> None:
    """Rules that do not run earn nothing for another reason than the one that is meant."""
    write_tree(package, answer.as_posix(), tmp_path / "tree")
    found = read_monitoring(tmp_path / "tree")

    assert found.facts.problems == ()
    assert [one.alert for one in found.facts.alerts if one.reads is None] == []


@pytest.mark.parametrize("answer", [a for a in ANSWERS if a.parts[0] == "rejected"], ids=str)
def test_a_cheat_scores_less_than_a_starter_or_is_shown_to_a_person(answer: Path) -> None:
    expected = read_expectation(ROOT / "answers" / answer)

    assert expected.score_max <= STARTERS_BEST + SPREAD or expected.flags


@pytest.mark.parametrize("answer", [a for a in ANSWERS if a.parts[0] != "rejected"], ids=str)
def test_an_honest_answer_raises_no_flag(answer: Path) -> None:
    assert read_expectation(ROOT / "answers" / answer).flags == ()


def test_every_kind_of_flag_has_a_cheat_that_must_raise_it(package: ChallengePackage) -> None:
    raised = {
        kind for path in known_answers(package).values() for kind in read_expectation(path).flags
    }

    assert raised == set(get_args(FlagKind))


def test_partial_answers_lie_between_a_starter_and_a_good_answer() -> None:
    for answer in (a for a in ANSWERS if a.parts[0] == "partial"):
        expected = read_expectation(ROOT / "answers" / answer)
        assert expected.score_min > STARTERS_BEST
        assert expected.score_max < 90


def test_the_table_of_the_memory_holds_the_rows_there_are() -> None:
    """Stale, it would be no cheat; `python make_table.py` beside it makes it again."""
    cheat = ROOT / "answers/rejected/memorised"
    before = (cheat / "20-table.patch").read_text()
    runpy.run_path(str(cheat / "make_table.py"), run_name="__main__")

    assert (cheat / "20-table.patch").read_text() == before


# ---------------------------------------------------------------------------- starters are fair


def test_starters_have_stakes_within_three_points_of_each_other(package: ChallengePackage) -> None:
    challenge = package.challenge
    stakes = [
        stake(challenge, [one.fault for one in choose_variant(challenge, number)])
        for number in range(variants(challenge))
    ]

    assert max(stakes) - min(stakes) <= SPREAD
    assert 100 - max(stakes) >= 15, "something must be left that works"
    assert 100 - min(stakes) <= STARTERS_BEST


def test_every_alternative_is_in_some_starter_and_most_combinations_are_handed_out(
    package: ChallengePackage,
) -> None:
    challenge = package.challenge
    rows = fair_rows(challenge) or ()
    handed_out = {fault.id for row in rows for fault in faults_of(challenge, row)}

    assert handed_out == {one.fault.id for one in all_faults(challenge)}
    assert variants(challenge) >= 600


def test_unequal_alternatives_are_evened_out_by_what_stands_beside_them(
    package: ChallengePackage,
) -> None:
    """`no_absent_alert` costs a third of what its neighbours cost: never where that would show."""
    challenge = package.challenge
    alone = alternatives(challenge)["alerts"]
    assert alone["no_absent_alert"] + SPREAD < min(
        points for name, points in alone.items() if name != "no_absent_alert"
    )

    for row in fair_rows(challenge) or ():
        chosen = faults_of(challenge, row)
        assert all(own_stake(challenge, chosen, fault) <= 12 for fault in chosen)
