"""Arrivals are drawn before anything is sent, and a seed says all about them."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_probe.arrivals import fresh_string, nearest_rank, poisson_us, schedule

IDS = [f"row-{i}" for i in range(50)]
SEEDS = st.integers(0, 2**31 - 1)
RATES = st.floats(1.0, 500.0)
DURATIONS = st.floats(0.1, 10.0)


@given(RATES, DURATIONS, SEEDS)
def test_arrivals_ascend_and_stay_inside_the_window(
    rate_rps: float, duration_s: float, seed: int
) -> None:
    instants = poisson_us(rate_rps, duration_s, seed)
    assert all(a <= b for a, b in pairwise(instants))
    assert all(0 <= at_us < duration_s * 1e6 for at_us in instants)


@given(RATES, DURATIONS, SEEDS)
def test_the_same_seed_gives_the_same_schedule_and_digest(
    rate_rps: float, duration_s: float, seed: int
) -> None:
    assert schedule(rate_rps, duration_s, seed, IDS) == schedule(rate_rps, duration_s, seed, IDS)


@given(SEEDS)
def test_another_seed_gives_another_digest(seed: int) -> None:
    one, other = (schedule(100.0, 1.0, s, IDS) for s in (seed, seed + 1))
    assert one.sha256 != other.sha256


@given(SEEDS, st.floats(0.5, 5.0))
def test_a_longer_window_begins_like_the_shorter_one(seed: int, duration_s: float) -> None:
    short, long = (poisson_us(50.0, d, seed) for d in (duration_s, 2 * duration_s))
    assert long[: len(short)] == short


@given(SEEDS)
def test_no_two_requests_of_a_window_carry_the_same_fresh_string(seed: int) -> None:
    fresh = schedule(200.0, 2.0, seed, IDS).fresh
    assert len(set(fresh)) == len(fresh)


def test_gaps_are_exponential() -> None:
    """Kolmogorov-Smirnov against 1 - exp(-rate t): the 99.9 % line is 1.95 / sqrt(n)."""
    rate_rps = 100.0
    instants = poisson_us(rate_rps, 300.0, seed=11)
    gaps_s = sorted((b - a) / 1e6 for a, b in pairwise((0, *instants)))
    n = len(gaps_s)
    worst = max(
        abs((i + 0.5) / n - (1 - math.exp(-rate_rps * gap))) for i, gap in enumerate(gaps_s)
    )
    assert worst < 1.95 / math.sqrt(n)


def test_the_schedule_of_a_seed_never_changes() -> None:
    """Stored evidence names schedules by digest: a new digest is a new version of the probe."""
    drawn = schedule(100.0, 1.0, 7, IDS)
    assert drawn.sha256 == "d0160e6ae3cdd6bfc13fac198375866b4f5c4311bab45f701a154e119d75b50a"


def test_rows_are_drawn_from_the_whole_pool() -> None:
    assert set(schedule(1000.0, 2.0, 3, IDS).rows) == set(range(len(IDS)))


def test_fresh_strings_differ_between_workers_and_turns() -> None:
    strings = {fresh_string(1, worker, turn) for worker in range(20) for turn in range(20)}
    assert len(strings) == 400


@given(st.lists(st.integers(0, 10**9), min_size=1), st.floats(0.01, 1.0))
def test_the_nearest_rank_is_an_observed_value_with_enough_below(
    values: list[int], quantile: float
) -> None:
    rank = nearest_rank(values, quantile)
    assert rank in values
    assert sum(value <= rank for value in values) >= quantile * len(values)
    assert sum(value < rank for value in values) < quantile * len(values)


@pytest.mark.parametrize("quantile", [0.5, 0.99])
def test_the_rank_of_nothing_is_nothing(quantile: float) -> None:
    assert nearest_rank([], quantile) == 0
