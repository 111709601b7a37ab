"""What people decide about single lines makes another total, by the machine's own sum."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.evidence import ended, make_evidence, make_poor_evidence

from assay.domain.errors import BadInput
from assay.domain.judge import rescore
from assay.domain.overridden import overridden
from assay.domain.scorecard import Scorecard
from assay.domain.scoring import rounded
from assay.domain.weights import marks_of, weighted, weights_of
from assay.features.scorecards.result import Result, result_of


@pytest.fixture(scope="module")
def poor() -> Scorecard:
    return rescore(make_poor_evidence())


@pytest.fixture(scope="module")
def stored(poor: Scorecard) -> Result:
    return Result.model_validate_json(result_of(poor).model_dump_json())


def line(card: Scorecard, name: str) -> Fraction:
    (found,) = [one.fraction for one in card.criteria if one.id == name]
    assert found is not None
    return found


def test_without_a_decision_it_is_the_machines_total(poor: Scorecard, stored: Result) -> None:
    assert overridden(poor, {}) == poor.total
    assert overridden(stored, {}) == poor.total


def test_a_line_moves_the_total_by_its_share_of_the_points(poor: Scorecard) -> None:
    measured = sum(one.max for one in poor.criteria if one.fraction is not None)
    gates = poor.total / (100 * sum((o.points or 0) for o in poor.criteria) / Fraction(measured))
    more = 1 - line(poor, "cost")

    assert overridden(poor, {"cost": 1}) == poor.total + 100 * gates * more * Fraction(8, measured)


@given(share=st.fractions(0, 1, max_denominator=1_000_000))
def test_a_better_line_never_makes_a_worse_total(share: Fraction) -> None:
    card = rescore_once()
    own = line(card, "throughput")
    found = overridden(card, {"throughput": share})

    assert found is not None
    assert card.total is not None
    assert (found >= card.total) == (share >= own)


def test_the_weights_of_a_position_hold_for_what_people_decide_too(
    poor: Scorecard, stored: Result
) -> None:
    """With overrides it is the weighted total of a result that had been judged so."""
    weights = weights_of('{"efficiency": 1.5, "latency": 0.5}')
    content = result_of(poor).model_dump_json()
    found = weighted(marks_of(content), weights)

    assert found
    assert float(rounded(overridden(stored, {}, weights) or 0)) == found.total
    assert overridden(stored, {"cost": 1}, weights) != overridden(stored, {"cost": 1})


def test_a_gate_multiplies_the_whole(poor: Scorecard) -> None:
    whole, half = (overridden(poor, {"builds": share}) for share in (1, Fraction(1, 2)))

    assert whole
    assert half == whole / 2
    assert overridden(poor, {"builds": 0}) == 0


def test_a_line_that_was_not_measured_counts_once_a_person_judged_it() -> None:
    stages = ended("capacity", "not_possible", then="done")
    card = rescore(make_evidence(stages=stages))
    before, after = overridden(card, {}), overridden(card, {"cost": 0})

    assert before is not None
    assert after is not None
    assert after < before


def test_what_a_file_keeps_as_a_decimal_is_exact_again(stored: Result, poor: Scorecard) -> None:
    share = float(Fraction(1, 3).limit_denominator(1_000_000))

    assert overridden(stored, {"cost": round(share, 6)}) == overridden(
        poor, {"cost": Fraction(333_333, 1_000_000)}
    )


def test_a_total_that_could_not_be_given_stays_so() -> None:
    void = rescore(make_evidence(stages=ended("boot", "platform_fault", then="platform_fault")))

    assert overridden(void, {"cost": 1}) is None


def test_strange_names_and_shares_are_refused_all_at_once(poor: Scorecard) -> None:
    with pytest.raises(BadInput) as refused:
        overridden(poor, {"charm": 1, "cost": 1.5})

    told = [str(problem) for problem in refused.value.problems]
    assert "'charm' is no line of this scorecard" in told[0]
    assert "cost: 1.5 is no share of the points; give 0 to 1" in told[1]


CARDS: list[Scorecard] = []


def rescore_once() -> Scorecard:
    if not CARDS:
        CARDS.append(rescore(make_poor_evidence()))
    return CARDS[0]
