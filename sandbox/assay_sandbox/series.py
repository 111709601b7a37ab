"""Reading sampled counters between the samples. Pure: numbers in, numbers out.

A series is two sequences of the same length: instants (seconds, increasing) and values.
Outside of the sampled time the first or the last value holds.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

Series = tuple[Sequence[float], Sequence[float]]


def value_at(series: Series, at_s: float) -> float:
    """The value at an instant, on the straight line between the two samples around it."""
    times, values = series
    right = bisect_left(times, at_s)
    if right == 0:
        return values[0]
    if right == len(times):
        return values[-1]
    left = right - 1
    share = (at_s - times[left]) / (times[right] - times[left])
    return values[left] + share * (values[right] - values[left])


def increase(series: Series, since_s: float, until_s: float) -> float:
    """How much a counter grew between two instants, never below zero."""
    return max(0.0, value_at(series, until_s) - value_at(series, since_s))


def highest(series: Series, since_s: float, until_s: float) -> float:
    """The highest value between two instants, both included."""
    return max(_between(series, since_s, until_s)[1])


def mean(series: Series, since_s: float, until_s: float) -> float:
    """The mean over time (trapezoids), so that uneven sampling does not weigh."""
    times, values = _between(series, since_s, until_s)
    if until_s <= since_s:
        return values[0]
    pairs = zip(times, values, times[1:], values[1:], strict=False)
    area = sum((later - at) * (value + then) / 2 for at, value, later, then in pairs)
    return area / (until_s - since_s)


def _between(series: Series, since_s: float, until_s: float) -> tuple[list[float], list[float]]:
    """The samples strictly inside, with interpolated ones at both edges."""
    times, values = series
    first, last = bisect_right(times, since_s), bisect_left(times, until_s)
    inner_times, inner_values = list(times[first:last]), list(values[first:last])
    return (
        [since_s, *inner_times, until_s],
        [value_at(series, since_s), *inner_values, value_at(series, until_s)],
    )
