"""Verdicts that would change if a band moved by a quarter of its width."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.proofs import REFERENCE, answer, good_results, mutant, outcome, with_runs

from assay.domain.rubric import Band
from assay.toolkit.proving.margins import MOVED, margins_of, moved

LINEAR = Band(floor=10.0, target=50.0)
LESS_IS_BETTER = Band(floor=4.0, target=1.0, scale="log")


def test_a_harder_band_lies_a_quarter_of_its_width_further_on() -> None:
    assert moved(LINEAR, MOVED) == Band(floor=20.0, target=60.0)


def test_an_easier_band_lies_a_quarter_of_its_width_further_back() -> None:
    assert moved(LINEAR, -MOVED) == Band(floor=0.0, target=40.0)


def test_a_logarithmic_band_moves_on_its_own_scale() -> None:
    harder = moved(LESS_IS_BETTER, MOVED)

    assert harder is not None
    assert harder.floor == pytest.approx(4.0 / math.sqrt(2))
    assert harder.target == pytest.approx(1.0 / math.sqrt(2))


def test_a_band_is_never_moved_beyond_what_is_possible() -> None:
    assert moved(Band(floor=0.5, target=1.0), MOVED, (0, 1)) == Band(floor=0.625, target=1.0)


def test_a_band_that_would_have_no_width_left_is_not_moved() -> None:
    assert moved(Band(floor=0.98, target=1.0), 1.0, (0, 1)) is None


@given(st.floats(0, 100), st.sampled_from([LINEAR, Band(floor=50.0, target=10.0), LESS_IS_BETTER]))
def test_a_harder_band_never_pays_more(value: float, band: Band) -> None:
    harder, easier = moved(band, MOVED), moved(band, -MOVED)

    assert harder is not None
    assert easier is not None
    assert harder.fraction(value) <= band.fraction(value) <= easier.fraction(value)


def test_a_good_answer_near_the_edge_of_a_band_is_told() -> None:
    found = margins_of(with_runs({answer("accepted/second"): outcome({"stops": 3})}))
    told = [one for one in found if one.run == "accepted/second"]

    assert [(one.criterion, one.fraction, one.easier) for one in told] == [("stops", 0.9, 1.0)]


def test_full_marks_at_the_end_of_what_is_possible_are_not_near_an_edge() -> None:
    assert [one for one in margins_of(good_results()) if one.run == REFERENCE.name] == []


def test_a_fault_is_looked_at_where_it_is_meant_to_cost() -> None:
    barely = with_runs({mutant("wrong_unit"): outcome({"agreement": 6, "stops": 5})})
    found = [one for one in margins_of(barely) if one.run == "wrong_unit"]

    assert [one.criterion for one in found] == ["agreement"]
