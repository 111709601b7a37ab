"""PSI, KS and Wasserstein say what their formulas say, and nothing where they say nothing."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.evaluation.drifts.bodies import Column
from assay.evaluation.drifts.measures import BINS, ks, psi, wasserstein

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)
values = st.lists(st.one_of(st.none(), st.integers(0, 4), st.sampled_from("abc")), max_size=60)


@given(values)
def test_a_column_is_no_distance_from_itself(column: Column) -> None:
    assert psi(column, column) == 0
    assert ks(column, column) in (0, None)
    assert wasserstein(column, column) in (0, None)


@given(values, values)
def test_psi_is_never_below_zero(clean: Column, drifted: Column) -> None:
    assert psi(clean, drifted) >= 0


def test_psi_is_the_formula_with_half_a_row_in_every_bin() -> None:
    expected = 4 / 11.5 * math.log(9.5 / 5.5) + -4 / 11.5 * math.log(1.5 / 5.5)

    assert psi([0] * 5 + [1] * 5, [0] * 9 + [1]) == pytest.approx(expected)


def test_categories_are_binned_by_value_and_a_new_one_has_its_own_bin() -> None:
    p, q = (4.5 / 9.5, 4.5 / 9.5, 0.5 / 9.5), (4.5 / 9.5, 0.5 / 9.5, 4.5 / 9.5)
    expected = sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))

    assert psi(list("aaaabbbb"), list("aaaacccc")) == pytest.approx(expected)


def test_a_column_of_new_values_is_very_far_and_not_infinitely() -> None:
    assert 5 < psi(["a"] * 1000, ["b"] * 1000) < 20


def test_missing_values_have_a_bin_of_their_own() -> None:
    clean = [float(n) for n in range(100)]

    assert psi(clean, clean[:60] + [None] * 40) > 1


def test_no_drift_is_as_far_as_chance_makes_it() -> None:
    rng = np.random.default_rng(5)
    samples = [psi(*rng.normal(size=(2, 500)).tolist()) for _ in range(100)]

    assert np.mean(samples) == pytest.approx((1 / 500 + 1 / 500) * (BINS - 1), rel=0.2)


@given(numbers, numbers)
def test_ks_is_the_largest_distance_of_the_shares_up_to_any_value(
    clean: list[float], drifted: list[float]
) -> None:
    shares = [
        [sum(v <= at for v in side) / len(side) for side in (clean, drifted)]
        for at in clean + drifted
    ]

    assert ks(clean, drifted) == pytest.approx(max(abs(p - q) for p, q in shares))


def test_ks_agrees_with_scipy() -> None:
    clean, drifted = np.random.default_rng(3).normal([[0], [0.4]], size=(2, 300)).tolist()

    assert ks(clean, drifted) == pytest.approx(stats.ks_2samp(clean, drifted).statistic)


@given(numbers, numbers)
def test_wasserstein_agrees_with_scipy_in_clean_standard_deviations(
    clean: list[float], drifted: list[float]
) -> None:
    found = wasserstein(clean, drifted)

    if found is None:
        assert np.std(clean) == 0
    else:
        truth = stats.wasserstein_distance(clean, drifted)
        assert found * np.std(clean) == pytest.approx(truth, rel=1e-6, abs=1e-9)


def test_a_move_by_two_standard_deviations_is_a_wasserstein_of_two() -> None:
    clean = [-1.0, 1.0] * 10

    assert wasserstein(clean, [value + 2 for value in clean]) == pytest.approx(2)


def test_text_among_numbers_counts_as_missing() -> None:
    clean: Column = [1.0, 2.0, 3.0, 4.0]

    assert psi(clean, [1.0, 2.0, "3,00", "4,00"]) == psi(clean, [1.0, 2.0, None, None])
    assert ks(clean, ["1,00"] * 4) is None
    assert wasserstein(clean, ["1,00"] * 4) is None


def test_true_is_no_number() -> None:
    assert ks([True, False], [True, False]) is None
    assert psi([True, False], [1, 0]) > 0
