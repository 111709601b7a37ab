"""Reading a sampled counter between its samples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_sandbox.series import highest, increase, mean, value_at

COUNTER = ([10.0, 11.0, 13.0], [1.0, 2.0, 2.5])


def test_between_two_samples_a_counter_lies_on_the_straight_line() -> None:
    assert value_at(COUNTER, 10.25) == pytest.approx(1.25)
    assert value_at(COUNTER, 12.0) == pytest.approx(2.25)


def test_outside_of_the_samples_the_nearest_value_holds() -> None:
    assert value_at(COUNTER, 0.0) == 1.0
    assert value_at(COUNTER, 99.0) == 2.5


def test_increase_is_interpolated_at_both_edges() -> None:
    assert increase(COUNTER, 10.5, 12.0) == pytest.approx(2.25 - 1.5)


def test_a_mean_weighs_by_time_and_not_by_number_of_samples() -> None:
    crowded_end = ([0.0, 8.0, 9.0, 9.5, 10.0], [0.0, 0.0, 10.0, 10.0, 10.0])

    assert mean(crowded_end, 0.0, 10.0) == pytest.approx((0.5 * 10 + 10) / 10)


def test_the_highest_value_may_lie_on_an_edge_between_samples() -> None:
    assert highest(([0.0, 10.0], [0.0, 100.0]), 2.0, 4.0) == pytest.approx(40.0)


def test_a_window_without_length_has_the_mean_of_its_instant() -> None:
    assert mean(COUNTER, 10.5, 10.5) == pytest.approx(1.5)


@given(
    steps=st.lists(st.floats(0.001, 10), min_size=1, max_size=20),
    grows=st.lists(st.floats(0, 10), min_size=21, max_size=21),
    cut=st.floats(0, 1),
)
def test_two_halves_of_a_window_add_up_to_the_whole(
    steps: list[float], grows: list[float], cut: float
) -> None:
    times, values = [0.0], [0.0]
    for step, grow in zip(steps, grows, strict=False):
        times.append(times[-1] + step)
        values.append(values[-1] + grow)
    end = times[-1]

    halves = increase((times, values), 0, end * cut) + increase((times, values), end * cut, end)

    assert halves == pytest.approx(increase((times, values), 0, end))
    assert min(values) <= mean((times, values), 0, end) <= max(values) + 1e-9
