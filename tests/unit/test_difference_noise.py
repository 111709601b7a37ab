"""A difference is larger than the noise only where its own interval says so."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.difference import (
    Figure,
    clearly_above,
    counted,
    difference,
    is_larger_than_noise,
)

FIGURES = st.tuples(st.floats(0, 100), st.floats(0, 20), st.floats(0, 20)).map(
    lambda found: Figure(found[0], found[0] - found[1], found[0] + found[2])
)


def test_the_interval_is_that_of_the_published_formula() -> None:
    """Distances 3 and 4 make 5, whichever side they come from."""
    found = difference(Figure(50, 47, 56), Figure(40, 32, 44))

    assert (found.value, found.low) == (10, 5)
    assert found.high == pytest.approx(10 + math.hypot(6, 8))


def test_of_two_equal_spreads_it_is_the_root_of_two_wider() -> None:
    found = difference(Figure(50, 48, 52), Figure(45, 43, 47))

    assert found.high - found.low == pytest.approx(4 * math.sqrt(2))


def test_intervals_that_overlap_a_little_can_still_differ() -> None:
    one, other = Figure(50, 47, 53), Figure(45, 42, 48)

    assert other.high > one.low
    assert is_larger_than_noise(one, other, pairs=1, least=1)


def test_more_pairs_ask_for_more() -> None:
    one, other = Figure(50, 47, 53), Figure(45, 42, 48)

    assert not is_larger_than_noise(one, other, pairs=10, least=1)


def test_the_correction_keeps_the_whole_row_at_five_per_cent() -> None:
    """z(1 - 0.025/10) is 2.807, z(0.975) is 1.960."""
    wide = difference(Figure(50, 47, 53), Figure(45, 45, 45), pairs=10)

    assert 50 - 45 - wide.low == pytest.approx(3 * 2.8070 / 1.9600, rel=1e-4)


def test_a_small_difference_is_none_however_sure() -> None:
    assert not is_larger_than_noise(Figure(50, 49.99, 50.01), counted(49.5), pairs=1, least=1)


def test_of_two_counted_figures_nothing_is_claimed() -> None:
    assert not is_larger_than_noise(counted(50), counted(10), pairs=1, least=1)
    assert clearly_above([counted(50), counted(10)], least=1) == []


def test_who_is_above_whom_is_told_for_every_pair() -> None:
    figures = [Figure(50, 49, 51), None, Figure(90, 89, 91), Figure(51, 50, 52)]

    assert clearly_above(figures, least=0.5) == [(2, (0, 3))]


@given(FIGURES, FIGURES, st.integers(1, 10))
def test_what_is_above_is_never_below_as_well(one: Figure, other: Figure, pairs: int) -> None:
    above = is_larger_than_noise(one, other, pairs=pairs, least=0.5)
    below = is_larger_than_noise(other, one, pairs=pairs, least=0.5)

    assert not (above and below)
    assert not above or one.value > other.value


@given(FIGURES, FIGURES)
def test_the_difference_turned_round_is_the_same_with_the_other_sign(
    one: Figure, other: Figure
) -> None:
    forth, back = difference(one, other), difference(other, one)

    assert forth.low == pytest.approx(-back.high)
    assert forth.high == pytest.approx(-back.low)
