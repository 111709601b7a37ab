"""A difference is larger than the noise only where its own interval says so."""

import math
import random
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

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


def test_points_that_noise_cannot_change_are_estimated_all_the_same() -> None:
    """One earned everything, the other nothing, over all of the interval of what was measured."""
    all_of_it, nothing = Figure(10, 10, 10), Figure(0, 0, 0)

    assert is_larger_than_noise(all_of_it, nothing, pairs=10, least=0.5)
    assert clearly_above([all_of_it, Figure(5, 4, 6), nothing], least=0.5) == [
        (0, (1, 2)), (1, (2,)),
    ]  # fmt: skip


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


# ----------------------------------------------------------------------- in the long run, by chance

ROWS = 3000
FEW_WRONG = 0.05 + 3 * math.sqrt(0.05 * 0.95 / ROWS)
"""What at most 5 of 100 come to by chance in so many rows."""

Measure = Callable[[random.Random, int], Figure]
"""What is measured of a candidate, by place; all of them are alike in truth."""


def wrong_rows(measure: Measure, candidates: int) -> float:
    """Share of the rows in which somebody is called better than an equal."""
    chance = random.Random(20261122)  # noqa: S311 - a simulation
    rows = ([measure(chance, place) for place in range(candidates)] for _ in range(ROWS))
    return sum(bool(clearly_above(row, least=0)) for row in rows) / ROWS


def normal(chance: random.Random, place: int) -> Figure:
    """A mean, of one candidate up to five times as noisy as of another."""
    error = 1.0 + place
    value = chance.gauss(50, error)
    return Figure(value, value - 1.96 * error, value + 1.96 * error)


def share_of(chance: random.Random, place: int, *, truth: float, rows: int) -> Figure:
    """A share of so many rows, with the interval of Wilson (1927)."""
    hits = sum(chance.random() < truth for _ in range(rows))
    share, z = hits / rows, 1.96
    middle = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * math.sqrt(share * (1 - share) / rows + (z / (2 * rows)) ** 2)
    return Figure(share, middle - half, middle + half)


def ratio(chance: random.Random, place: int) -> Figure:
    """A ratio of medians: its interval is lopsided."""
    spread = 0.05 * (1 + place)
    middle = chance.gauss(math.log(2), spread)
    low, value, high = (math.exp(middle + z * spread) for z in (-1.96, 0, 1.96))
    return Figure(value, low, high)


def banded(
    measure: Measure, chance: random.Random, place: int, *, floor: float, full: float
) -> Figure:
    """Points of what was measured: nothing below the floor, everything from the target on."""
    seen = measure(chance, place)
    low, value, high = (
        10 * min(1.0, max(0.0, (end - floor) / (full - floor)))
        for end in (seen.low, seen.value, seen.high)
    )
    return Figure(value, low, high)


MEASURES: dict[str, Measure] = {
    "normal": normal,
    "share": partial(share_of, truth=0.9, rows=150),
    "ratio": ratio,
    "ends_of_a_band": partial(banded, normal, floor=30, full=50),
    "begins_of_a_band": partial(banded, normal, floor=50, full=70),
    "narrow_band": partial(banded, normal, floor=49.5, full=50.5),
}


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("candidates", [2, 3, 5])
def test_of_equals_at_most_one_row_in_twenty_says_otherwise(name: str, candidates: int) -> None:
    assert wrong_rows(MEASURES[name], candidates) <= FEW_WRONG


def test_the_correction_is_no_wider_than_it_need_be() -> None:
    """Of two it is exact, and of five Bonferroni's costs little."""
    assert wrong_rows(normal, 2) >= 0.04
    assert wrong_rows(normal, 5) >= 0.02


def test_the_interval_of_a_difference_holds_the_truth_nineteen_times_in_twenty() -> None:
    """Shares of 90 and of 60 per cent, of 150 and of 80 rows."""
    chance = random.Random(7)  # noqa: S311 - a simulation
    held = 0
    for _ in range(ROWS):
        one = share_of(chance, 0, truth=0.9, rows=150)
        other = share_of(chance, 1, truth=0.6, rows=80)
        found = difference(one, other)
        held += found.low <= 0.3 <= found.high

    assert held / ROWS == pytest.approx(0.95, abs=0.015)


def found_of(values: Sequence[float]) -> list[bool]:
    """Whether each is told from the one before it, with a standard error of 1."""
    figures = [Figure(value, value - 1.96, value + 1.96) for value in values]
    return [is_larger_than_noise(one, other, pairs=1, least=0) for other, one in pairwise(figures)]


def test_it_takes_a_difference_of_nearly_three_standard_errors() -> None:
    """1.96 times the root of 2."""
    assert found_of([0, 2.7, 2.7 + 2.8]) == [False, True]
