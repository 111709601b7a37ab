"""What `assay challenge new` writes scores on the real engine what it declares."""

from fractions import Fraction
from pathlib import Path

import pytest

from assay.bootstrap.grading import GradeRequest, grade
from assay.domain.scorecard import Scorecard
from assay.toolkit.expectation import read_expectation
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.scaffold.writer import write_scaffold
from assay.toolkit.variants import all_faults, known_answers

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.slow]

MUTANTS = ("wrong_unit", "week_begins_on_sunday", "trusts_the_caller")
ANSWERS = ("partial/half_checked", "rejected/constant")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> ChallengePackage:
    root = tmp_path_factory.mktemp("challenges")
    return load_challenge(write_scaffold("late-parcels", "", root))


def graded(package: ChallengePackage, answer: str, out: Path, variant: int = 0) -> Scorecard:
    request = GradeRequest(
        challenge=package.root,
        submission=None,
        answer=answer,
        sandbox="docker",
        seed=0,
        only=(),
        out=out,
        variant=variant,
    )
    card = grade(request, lambda event: None).scorecard
    assert card.status == "complete", card.unmeasured
    return card


def lost(card: Scorecard) -> dict[str, Fraction]:
    """Criterion -> points that were not earned, of those that lost some."""
    losses = {line.id: line.max - (line.points or 0) for line in card.criteria}
    return {name: points for name, points in losses.items() if points}


def test_the_reference_earns_everything(package: ChallengePackage, tmp_path: Path) -> None:
    assert graded(package, "reference", tmp_path).total == 100


def test_the_starter_earns_nothing(package: ChallengePackage, tmp_path: Path) -> None:
    assert graded(package, "starter", tmp_path).total == 0


def test_the_cheat_is_stopped_by_the_gate(package: ChallengePackage, tmp_path: Path) -> None:
    expected = read_expectation(known_answers(package)["rejected/constant"])

    card = graded(package, "rejected/constant", tmp_path)

    assert card.total is not None
    assert expected.score_min <= card.total <= expected.score_max
    assert [gate.id for gate in card.gates if gate.fraction != 1] == ["honours_contract"]


@pytest.mark.minutes
def test_the_other_starter_is_as_hard(package: ChallengePackage, tmp_path: Path) -> None:
    assert graded(package, "starter", tmp_path, variant=1).total == 0


@pytest.mark.minutes
@pytest.mark.parametrize("name", MUTANTS)
def test_each_fault_costs_what_it_names_and_nothing_else(
    package: ChallengePackage, tmp_path: Path, name: str
) -> None:
    (fault,) = [one.fault for one in all_faults(package.challenge) if one.fault.id == name]

    card = graded(package, f"fault:{name}", tmp_path)

    assert set(lost(card)) == set(fault.costs)
    assert all(gate.fraction == 1 for gate in card.gates)


@pytest.mark.minutes
def test_the_partial_answer_is_between(package: ChallengePackage, tmp_path: Path) -> None:
    expected = read_expectation(known_answers(package)["partial/half_checked"])

    total = graded(package, "partial/half_checked", tmp_path).total

    assert total is not None
    assert expected.score_min <= total <= expected.score_max


def test_nothing_of_the_scaffold_is_left_out_here(package: ChallengePackage) -> None:
    assert {one.fault.id for one in all_faults(package.challenge)} == set(MUTANTS)
    assert set(known_answers(package)) == set(ANSWERS)
