"""The figures that points hang on are exact where they can be and honest where they cannot."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.statistics import (
    median_ratio,
    paired_ratio,
    percentile,
    quantile_interval,
    rank,
    roc_auc,
    slo_verdict,
    slope,
)

values = st.lists(st.floats(0.1, 1e6), min_size=1, max_size=60)
blocks = st.lists(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=20), min_size=1, max_size=8)
seeds = st.integers(0, 2**32 - 1)


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_seventh_hundredth_of_a_hundred_is_the_seventh() -> None:
    assert 0.07 * 100 != 7
    assert rank(100, 0.07) == 7


@given(values, st.integers(0, 1000))
def test_a_percentile_is_the_smallest_value_that_covers_its_share(
    sample: list[float], thousandths: int
) -> None:
    found = percentile(sample, thousandths / 1000)

    assert found in sample
    assert sum(v <= found for v in sample) * 1000 >= thousandths * len(sample)
    below = sum(v < found for v in sample)
    assert below == 0 or below * 1000 < thousandths * len(sample)


def test_nothing_observed_has_no_percentile() -> None:
    assert percentile([], 0.95) is None


def test_a_request_without_an_answer_is_an_infinite_latency() -> None:
    assert percentile([1.0, 2.0, math.inf], 0.95) == math.inf


@given(blocks, seeds)
def test_the_same_seed_gives_the_same_interval(sample: list[list[float]], seed: int) -> None:
    first = quantile_interval(sample, 0.95, rng(seed))

    assert first == quantile_interval(sample, 0.95, rng(seed))
    assert min(map(min, sample)) <= first[0] <= first[1] <= max(map(max, sample))


def test_an_interval_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile_interval([[], []], 0.5, rng())


def test_intervals_over_blocks_cover_the_truth_about_as_often_as_they_claim() -> None:
    source, truth = rng(11), math.exp(0.5 * 1.6448536269514722)
    hits = 0
    for _ in range(25):
        windows = source.lognormal(0, 0.5, size=(20, 100))
        low, high = quantile_interval(windows.tolist(), 0.95, source)
        hits += low <= truth <= high

    assert hits >= 21


@given(blocks, st.floats(0.01, 100), seeds)
def test_a_service_k_times_slower_has_ratio_k(
    sample: list[list[float]], factor: float, seed: int
) -> None:
    slower = [[v * factor for v in block] for block in sample]

    ratio = paired_ratio(sample, slower, 0.95, rng(seed))

    assert ratio == pytest.approx((factor, factor, factor))


@given(blocks)
def test_a_silent_service_is_infinitely_slower(sample: list[list[float]]) -> None:
    silent = [[math.inf for _ in block] for block in sample]

    assert paired_ratio(sample, silent, 0.5, rng()) == (math.inf, math.inf, math.inf)


def test_blocks_that_are_not_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="as many"):
        paired_ratio([[1.0]], [[1.0], [2.0]], 0.5, rng())
    with pytest.raises(ValueError, match="every block"):
        paired_ratio([[1.0], []], [[1.0], [2.0]], 0.5, rng())


@given(st.lists(st.tuples(st.floats(0.1, 1e3), st.floats(0.1, 1e3)), min_size=1, max_size=20))
def test_a_median_ratio_lies_within_the_pairs(pairs: list[tuple[float, float]]) -> None:
    ratios = [submission / reference for reference, submission in pairs]

    found = median_ratio(pairs, rng())

    assert min(ratios) <= found.low <= found.high <= max(ratios)
    assert found.value == pytest.approx(np.median(ratios))


def test_one_wild_pair_does_not_move_a_median_ratio() -> None:
    pairs = [(10.0, 7.0)] * 9 + [(10.0, 500.0)]

    assert median_ratio(pairs, rng()).value == pytest.approx(0.7)


def test_no_pairs_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pair"):
        median_ratio([], rng())


@pytest.mark.parametrize(
    ("quantile", "confidence", "misses", "enough"),
    [
        (0.99, 0.99, 0, 459),
        (0.99, 0.99, 1, 662),
        (0.99, 0.99, 2, 838),
        (0.99, 0.99, 5, 1307),
        (0.99, 0.99, 10, 2010),
        (0.99, 0.99, 50, 6898),
        (0.95, 0.99, 0, 90),
        (0.95, 0.99, 10, 398),
        (0.95, 0.99, 100, 2504),
        (0.99, 0.95, 0, 299),
        (0.99, 0.95, 10, 1693),
        (0.95, 0.95, 0, 59),
        (0.95, 0.95, 10, 336),
    ],
)
def test_the_objective_is_proven_with_exactly_as_many_requests_as_mlperf_asks(
    quantile: float, confidence: float, misses: int, enough: int
) -> None:
    assert slo_verdict(enough - misses, enough, quantile, confidence) == "pass"
    assert slo_verdict(enough - 1 - misses, enough - 1, quantile, confidence) != "pass"


def test_no_request_proves_nothing() -> None:
    assert slo_verdict(0, 0, 0.95, 0.95) == "undecided"


@given(st.integers(2, 3000))
def test_a_service_that_never_meets_the_objective_fails_it(total: int) -> None:
    assert slo_verdict(0, total, 0.95, 0.95) == "fail"


@given(st.integers(1, 600), st.data())
def test_meeting_the_objective_more_often_is_never_worse(total: int, data: st.DataObject) -> None:
    order = ["fail", "undecided", "pass"]
    fewer = data.draw(st.integers(0, total - 1))

    verdicts = [slo_verdict(w, total, 0.95, 0.95) for w in (fewer, fewer + 1)]

    assert order.index(verdicts[0]) <= order.index(verdicts[1])


def test_more_requests_within_than_sent_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot have met"):
        slo_verdict(3, 2, 0.95, 0.95)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=2, max_size=30))
def test_auc_is_the_share_of_pairs_ranked_right_ties_counting_half(
    rows: list[tuple[int, int]],
) -> None:
    bad = [score for label, score in rows if label]
    good = [score for label, score in rows if not label]
    wins = sum((b > g) + (b == g) / 2 for b, g in product(bad, good))

    found = roc_auc([label for label, _ in rows], [score for _, score in rows])

    assert found == (pytest.approx(wins / len(bad) / len(good)) if bad and good else None)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_the_slope_of_a_line_is_its_slope(gradient: float, offset: float) -> None:
    xs = [0.0, 1.0, 2.5, 4.0]

    assert slope(xs, [offset + gradient * x for x in xs]) == pytest.approx(gradient, abs=1e-9)


def test_a_single_instant_has_no_slope() -> None:
    assert slope([3.0, 3.0], [1.0, 9.0]) is None
