"""A window the machine spoilt is void, and says why; a slow service alone is not."""

import math

import pytest

from assay.evaluation.noise import WindowNoise, send_lag_limit_ms, shares, void_reason
from assay.evaluation.ports import UsageWindow


def test_a_quiet_window_is_sound() -> None:
    assert void_reason(WindowNoise(0.2, 0.0, 0.3), 10.0) is None


@pytest.mark.parametrize(
    ("noise", "words"),
    [
        (WindowNoise(0.26, 0.0, 0.3), "others used 26%"),
        (WindowNoise(0.0, 0.02, 0.3), "hypervisor took 2.0%"),
        (WindowNoise(0.0, 0.0, 3.5), "3.5 ms behind"),
    ],
)
def test_each_disturbance_is_named_with_its_figure(noise: WindowNoise, words: str) -> None:
    assert words in (void_reason(noise, 10.0) or "")


def test_what_was_not_counted_cannot_void() -> None:
    assert void_reason(WindowNoise(None, None, 0.1), 10.0) is None


def test_a_slow_service_allows_more_lag_of_the_generator() -> None:
    assert send_lag_limit_ms(100.0) == 5.0
    assert send_lag_limit_ms(5.0) == 2.5


def test_a_service_that_fails_cannot_void_its_own_failure() -> None:
    assert send_lag_limit_ms(math.inf) == math.inf
    assert send_lag_limit_ms(None) == 2.5


def test_shares_are_of_all_the_services_cores() -> None:
    usage = UsageWindow(1.0, 0.4, 0, 0, 0.02)

    assert shares(usage, seconds=2.0, cores=2) == (0.1, 0.005)
    assert shares(None, seconds=2.0, cores=2) is None


@pytest.mark.parametrize(
    ("stolen", "latency_ms", "void"),
    [
        (0.03, 99.0, True),
        (0.03, 100.0, False),
        (0.06, 900.0, True),
        (0.03, None, True),
        (0.009, 5.0, False),
    ],
)
def test_stolen_time_shows_less_in_answers_that_take_long(
    stolen: float, latency_ms: float | None, void: bool
) -> None:
    assert bool(void_reason(WindowNoise(0.0, stolen, 0.1), latency_ms)) == void
