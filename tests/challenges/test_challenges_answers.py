"""Known answers of every challenge can be made and say what they come to; starters are fair."""

from collections import Counter
from pathlib import Path

import pytest
from tests.fakes.shipped import SHIPPED, each_challenge, package_of, within

from assay.evaluation.alerting.monitoring_file import read_monitoring
from assay.toolkit.expectation import AnswerKind, read_expectation
from assay.toolkit.stakes import SPREAD, stake
from assay.toolkit.variants import all_faults, choose_variants, variants, write_tree

ANSWERS = [path.parent for root in SHIPPED for path in sorted(root.glob("answers/*/*/expect.toml"))]
STARTERS_BEST = 25
"""What a starter may come to with every criterion that none of its faults names."""


def each_answer(*kinds: AnswerKind) -> pytest.MarkDecorator:
    """A test for every challenge's known answers of these kinds, of all if none is named."""
    chosen = [one for one in ANSWERS if not kinds or one.parent.name in kinds]
    return pytest.mark.parametrize("answer", chosen, ids=within)


def make(answer: Path, into: Path) -> Path:
    write_tree(package_of(answer.parents[2]), f"{answer.parent.name}/{answer.name}", into)
    return into


@each_challenge
def test_there_is_an_answer_of_every_kind_and_two_between_starter_and_reference(root: Path) -> None:
    kinds = Counter(one.parent.name for one in ANSWERS if one.is_relative_to(root))

    assert kinds["accepted"] >= 1
    assert kinds["partial"] >= 2
    assert kinds["rejected"] >= 10


@each_answer()
def test_a_known_answer_can_be_made(answer: Path, tmp_path: Path) -> None:
    tree = make(answer, tmp_path / "tree")

    assert (tree / "Dockerfile").is_file()
    assert not (tree / "expect.toml").exists()
    assert not list(tree.rglob("*.patch"))
    for file in tree.rglob("*.py"):
        compile(file.read_text(), str(file), "exec")


@each_answer()
def test_the_alerts_of_an_answer_can_be_read(answer: Path, tmp_path: Path) -> None:
    """Rules that do not run earn nothing for another reason than the one that is meant."""
    found = read_monitoring(make(answer, tmp_path / "tree"))

    assert found.facts.problems == ()
    assert [one.alert for one in found.facts.alerts if one.reads is None] == []


@each_answer("rejected")
def test_a_cheat_scores_less_than_a_starter_or_is_shown_to_a_person(answer: Path) -> None:
    expected = read_expectation(answer)

    assert expected.score_max <= STARTERS_BEST + SPREAD or expected.flags


@each_answer("accepted", "partial")
def test_an_honest_answer_raises_no_flag(answer: Path) -> None:
    assert read_expectation(answer).flags == ()


@each_answer("partial")
def test_a_partial_answer_lies_between_a_starter_and_a_good_answer(answer: Path) -> None:
    expected = read_expectation(answer)

    assert expected.score_min > STARTERS_BEST
    assert expected.score_max < 95


# ---------------------------------------------------------------------------- starters are fair


@each_challenge
def test_starters_have_stakes_within_three_points_of_each_other(root: Path) -> None:
    challenge = package_of(root).challenge
    stakes = [
        stake(challenge, [one.fault for one in chosen])
        for chosen in choose_variants(challenge, range(variants(challenge)))
    ]

    assert len(stakes) >= 8
    assert max(stakes) - min(stakes) <= SPREAD
    assert 100 - max(stakes) >= 10, "something must be left that works"
    assert 100 - min(stakes) <= STARTERS_BEST


@each_challenge
def test_every_alternative_is_in_some_starter(root: Path) -> None:
    challenge = package_of(root).challenge
    starters = choose_variants(challenge, range(variants(challenge)))
    handed_out = {one.fault.id for chosen in starters for one in chosen}

    assert handed_out == {one.fault.id for one in all_faults(challenge)}
