"""Differences are found where they are, and nothing is claimed where there are too few people."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.domain.fairness import (
    GROUP_MIN,
    Selected,
    chi_squared_p,
    compare,
    fisher_exact,
    impacts,
    kruskal_wallis,
    noticeable,
    shuffled_p,
)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def arrays(groups: list[list[float]]) -> list[np.ndarray]:
    return [np.asarray(group, float) for group in groups]


# ------------------------------------------------------------------------------ Kruskal and Wallis

values = st.lists(st.integers(0, 20).map(float), min_size=3, max_size=12)


@given(st.lists(values, min_size=2, max_size=4))
def test_h_is_that_of_an_independent_implementation(groups: list[list[float]]) -> None:
    if len({value for group in groups for value in group}) > 1:
        assert kruskal_wallis(arrays(groups)) == pytest.approx(
            stats.kruskal(*groups).statistic, abs=1e-9
        )


def test_h_of_people_who_are_all_alike_is_nothing() -> None:
    assert kruskal_wallis(arrays([[50.0] * 6, [50.0] * 6])) == 0
    assert shuffled_p(arrays([[50.0] * 6, [50.0] * 6]), rng()) == 1


def test_shuffling_agrees_with_theory_where_theory_holds() -> None:
    """With a hundred people H is as good as chi-squared."""
    drawn = rng()
    groups = [drawn.normal(60, 10, 50), drawn.normal(64, 10, 50)]

    assert shuffled_p(groups, rng()) == pytest.approx(stats.kruskal(*groups).pvalue, abs=0.01)


def test_groups_that_do_not_overlap_differ() -> None:
    found = compare({"0": [90, 91, 92, 93, 94, 95], "1": [10, 11, 12, 13, 14, 15]}, rng())

    assert found.verdict == "differ"
    assert found.people == 12
    assert found.p is not None
    assert found.p < 0.01


def test_the_same_people_in_two_groups_do_not_differ() -> None:
    people = [float(n) for n in range(40, 80)]
    found = compare({"0": people, "1": people}, rng())

    assert found.verdict == "no_difference_found"


def test_chance_alone_is_called_a_difference_once_in_twenty_times() -> None:
    drawn, called = rng(), 0
    for _ in range(200):
        groups = {"a": list(drawn.normal(60, 10, 8)), "b": list(drawn.normal(60, 10, 8))}
        called += compare(groups, drawn).verdict == "differ"

    assert 1 <= called <= 22


def test_too_few_is_said_and_not_hidden_behind_a_figure() -> None:
    for groups in ({"0": [50.0] * 4, "1": [60.0] * 40}, {"0": [50.0] * 100}, {}):
        found = compare(groups, rng())

        assert found.verdict == "too_few"
        assert found.p is None
        assert found.noticeable is None


def test_a_small_group_is_counted_and_not_described() -> None:
    found = compare({"large": [50.0] * 6, "small": [1.0] * (GROUP_MIN - 1)}, rng())
    small = next(one for one in found.spreads if one.name == "small")

    assert small.count == GROUP_MIN - 1
    assert (small.low, small.median, small.high) == (None, None, None)


def test_quartiles_are_scores_that_somebody_has() -> None:
    (spread,) = compare({"0": [10, 20, 30, 40, 50, 60, 70, 80]}, rng()).spreads

    assert (spread.low, spread.median, spread.high) == (20, 40, 60)


@pytest.mark.parametrize("sizes", [(250, 250, 250, 250), (400, 5, 300, 295)])
@pytest.mark.parametrize("step", [1, 10])
def test_shuffling_and_its_limit_agree_where_one_takes_over_from_the_other(
    sizes: tuple[int, ...], step: int
) -> None:
    drawn = rng()
    groups = [
        np.round(drawn.normal(60 + i * 0.6, 10, n) / step) * step for i, n in enumerate(sizes)
    ]

    assert chi_squared_p(groups) == pytest.approx(stats.kruskal(*groups).pvalue)
    assert chi_squared_p(groups) == pytest.approx(shuffled_p(groups, drawn), abs=0.03)


def test_ten_thousand_people_are_compared_without_shuffling_them() -> None:
    drawn = rng()
    groups = {name: list(drawn.normal(60, 10, 2500)) for name in "abcd"}
    before = drawn.bit_generator.state

    assert compare(groups, drawn).p == pytest.approx(stats.kruskal(*groups.values()).pvalue)
    assert drawn.bit_generator.state == before


# ------------------------------------------------------------------------- what would be noticed


def test_what_is_said_to_be_noticeable_is_noticed_four_times_of_five() -> None:
    drawn, size, noticed = rng(), 20, 0
    told = noticeable(arrays([list(drawn.normal(60, 10, 4000)) for _ in range(2)]))
    assert told
    shift = told * math.sqrt(4000 / size)
    for _ in range(150):
        groups = [drawn.normal(60, 10, size), drawn.normal(60 + shift, 10, size)]
        noticed += stats.mannwhitneyu(*groups).pvalue < 0.05

    assert 0.68 <= noticed / 150 <= 0.92


def test_more_people_notice_smaller_differences() -> None:
    drawn = rng()
    few, many = [[drawn.normal(60, 10, n) for _ in range(2)] for n in (10, 1000)]

    assert (noticeable(few) or 0) > 5 * (noticeable(many) or 0)


def test_where_nothing_varies_nothing_can_be_said_to_be_noticeable() -> None:
    assert noticeable(arrays([[50.0] * 9, [50.0] * 9])) is None


# --------------------------------------------------------------------------------- four fifths


counts = st.tuples(st.integers(0, 30), st.integers(0, 30))


@given(counts, counts)
def test_fishers_p_is_that_of_an_independent_implementation(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    table = [list(one), list(two)]
    first, second = Selected("a", one[0], sum(one)), Selected("b", two[0], sum(two))

    assert fisher_exact(first, second) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)


def test_fishers_p_of_thousands_is_there_at_once() -> None:
    """With binomials anew for every table it took six seconds."""
    first, second = Selected("a", 2400, 5000), Selected("b", 2520, 5000)
    table = [[2400, 2600], [2520, 2480]]
    began_s = time.process_time()
    found = fisher_exact(first, second)

    assert found == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)
    assert time.process_time() - began_s < 2


def test_a_ratio_is_to_the_group_that_is_selected_most_often() -> None:
    found = {one.group: one for one in impacts([Selected("a", 30, 50), Selected("b", 12, 40)])}

    assert found["a"].ratio is None
    assert found["a"].rate == 0.6
    assert found["b"].ratio == pytest.approx(0.5)
    assert found["b"].is_below is True
    assert found["b"].p == pytest.approx(0.0056, abs=0.0005)


def test_four_fifths_exactly_is_not_below_four_fifths() -> None:
    found = impacts([Selected("a", 50, 100), Selected("b", 40, 100)])

    assert found[1].ratio == pytest.approx(0.8)
    assert found[1].is_below is False


def test_cells_below_five_are_not_shown_and_nothing_is_compared_with_them() -> None:
    small = [Selected("few chosen", 4, 40), Selected("few not chosen", 38, 40)]
    found = impacts([*small, Selected("large", 20, 40)])

    assert [(one.hidden, one.rate, one.ratio, one.p) for one in found[:2]] == [
        (True, None, None, None)
    ] * 2
    assert found[2].hidden is False
    assert found[2].ratio is None


def test_without_groups_there_is_nothing_to_say() -> None:
    assert impacts([]) == []
