"""How far reviewers agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.agreement import UNITS_MIN, agreement, spread

UNITS = st.lists(
    st.lists(st.integers(1, 4), min_size=2, max_size=4), min_size=UNITS_MIN, max_size=30
)


def test_those_who_always_agree_are_at_one() -> None:
    found = agreement([[n % 4 + 1] * 2 for n in range(UNITS_MIN)])

    assert (found.alpha, found.apart) == (1.0, 0.0)
    assert found.words == "reviewers agree"


def test_few_units_give_a_distance_and_no_alpha() -> None:
    found = agreement([[1, 4], [2, 2], [3]])

    assert (found.units, found.pairs) == (2, 2)
    assert found.apart == 1.5
    assert found.alpha is None
    assert found.words == ""


def test_alpha_is_that_of_the_published_example() -> None:
    """Krippendorff's worked data, observers A to D over 12 units, interval metric: 0.849."""
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    units = [[one for one in unit if one is not None] for unit in zip(*observers, strict=True)]

    alpha = agreement(units).alpha

    assert alpha == pytest.approx(0.849, abs=0.0005)


def test_where_everybody_gives_the_same_nothing_can_be_told() -> None:
    assert agreement([[3, 3]] * UNITS_MIN).alpha is None


@given(UNITS)
def test_alpha_is_at_most_one_and_does_not_care_who_said_what(units: list[list[int]]) -> None:
    found = agreement(units).alpha

    assert found is None or found <= 1
    assert agreement([unit[::-1] for unit in units]).alpha == pytest.approx(found)


@pytest.mark.parametrize(("scores", "apart"), [([], 0), ([2], 0), ([1, 4, 2], 3)])
def test_the_spread_is_from_the_lowest_to_the_highest(scores: list[int], apart: int) -> None:
    assert spread(scores) == apart
