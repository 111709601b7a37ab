"""Times and figures as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from assay.web import words
from assay.web.forms import plain


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 seconds"),
        (-5, "0 seconds"),
        (1, "1 second"),
        (61, "1 minute 1 second"),
        (3600, "1 hour"),
        (3601, "1 hour 1 second"),
        (3 * 86400 + 7200 + 60, "3 days 2 hours"),
    ],
)
def test_a_duration_has_its_two_largest_parts(seconds: int, told: str) -> None:
    assert words.duration(timedelta(seconds=seconds)) == told


def test_a_moment_names_its_time_zone() -> None:
    assert words.moment(datetime(2026, 11, 5, 9, 3, tzinfo=UTC)) == "5 Nov 2026, 09:03 UTC"


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, ""), (0.04, "±0"), (-0.04, "±0"), (1.25, "+1.2"), (-3, "\N{MINUS SIGN}3.0")],
)
def test_a_change_says_its_direction(value: float | None, told: str) -> None:
    assert words.change(value) == told


def test_no_score_is_a_dash_and_not_zero() -> None:
    assert words.score(None) == "\N{EN DASH}"
    assert words.score(0.0) == "0.0"


@pytest.mark.parametrize(
    ("points", "most", "grade"),
    [(9, 10, "good"), (5, 10, "fair"), (4.9, 10, "poor"), (None, 10, "none"), (0, 0, "none")],
)
def test_bars_are_graded_as_on_the_scorecard(points: float | None, most: float, grade: str) -> None:
    assert words.grade(points, most) == grade


def test_what_people_type_loses_what_cannot_be_seen() -> None:
    assert plain(" Dana\x00\u202e\ud800 D. ") == "Dana    D."
