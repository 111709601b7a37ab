"""How far reviewers agree."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.agreement import UNITS_MIN, Agreement, agreement, spread

LINE = st.lists(st.integers(1, 4), min_size=2, max_size=4)
CANDIDATES = st.lists(st.lists(LINE, min_size=2, max_size=4), min_size=UNITS_MIN // 2, max_size=12)


def test_those_who_always_agree_are_at_one() -> None:
    found = agreement([[[n % 4 + 1] * 2] for n in range(UNITS_MIN)])

    assert (found.alpha, found.apart, found.interval) == (1.0, 0.0, (1.0, 1.0))
    assert found.words == "reviewers agree"


def test_few_units_give_a_distance_and_no_alpha() -> None:
    found = agreement([[[1, 4], [2, 2]], [[3]]])

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

    alpha = agreement([unit] for unit in units).alpha

    assert alpha == pytest.approx(0.849, abs=0.0005)


def test_where_everybody_gives_the_same_nothing_can_be_told() -> None:
    assert agreement([[[3, 3]]] * UNITS_MIN).alpha is None


def test_ten_lines_of_three_candidates_are_too_few_to_say_that_reviewers_agree() -> None:
    """However well they do: four lines of one candidate are hardly more than one."""
    found = agreement([[[n % 4 + 1] * 2 for n in range(4)]] * 3)

    assert (found.units, found.alpha, found.interval) == (12, 1.0, None)
    assert found.words == "too few reviews to rely on it"


@pytest.mark.parametrize(
    ("alpha", "interval", "told"),
    [
        (0.9, (0.81, 0.97), "reviewers agree"),
        (0.9, (0.78, 0.97), "agreement is tentative"),
        (0.9, (0.5, 0.97), "too few reviews to rely on it"),
        (0.6, (0.4, 0.7), "too few reviews to rely on it"),
        (0.5, (0.3, 0.6), "reviewers do not agree"),
    ],
)
def test_words_are_said_where_the_whole_interval_bears_them_out(
    alpha: float, interval: tuple[float, float], told: str
) -> None:
    assert Agreement(40, 40, 0.5, alpha, interval).words == told


def test_the_interval_holds_the_agreement_of_many_about_nineteen_times_in_twenty() -> None:
    """Reviewers who see the same work through noise of their own, over 25 candidates."""
    chance = random.Random(20261122)  # noqa: S311 - a simulation

    def candidate() -> list[list[int]]:
        ability = chance.gauss(2.5, 0.9)
        return [
            [min(4, max(1, round(ability + chance.gauss(0, 0.5)))) for _ in range(2)]
            for _ in range(4)
        ]

    truth = agreement([candidate() for _ in range(8000)]).alpha
    assert truth
    found = [agreement([candidate() for _ in range(25)]).interval for _ in range(300)]
    held = sum(low <= truth <= high for low, high in filter(None, found))

    assert None not in found
    assert held / 300 >= 0.90


@given(CANDIDATES)
def test_alpha_is_at_most_one_and_does_not_care_who_said_what(
    candidates: list[list[list[int]]],
) -> None:
    found = agreement(candidates).alpha
    turned = [[unit[::-1] for unit in units] for units in candidates]

    assert found is None or found <= 1
    assert agreement(turned).alpha == pytest.approx(found)


@pytest.mark.parametrize(("scores", "apart"), [([], 0), ([2], 0), ([1, 4, 2], 3)])
def test_the_spread_is_from_the_lowest_to_the_highest(scores: list[int], apart: int) -> None:
    assert spread(scores) == apart
