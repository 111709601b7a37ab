"""A drift comes and goes as its schedule says, and fills its time exactly."""

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.timeline import Schedule
from assay.evaluation.drifts.schedules import Phase, phases

schedules = st.sampled_from(get_args(Schedule))
lengths = st.floats(0.1, 480)


@given(schedules, lengths)
def test_phases_fill_the_time_without_gaps(schedule: Schedule, length_min: float) -> None:
    found = phases(schedule, length_min)

    assert found[0].start_min == 0
    assert found[-1].end_min == length_min
    assert all(first.end_min == second.start_min for first, second in pairwise(found))
    assert all(phase.start_min < phase.end_min for phase in found)


@given(schedules, lengths)
def test_every_drift_ends_at_its_full_strength(schedule: Schedule, length_min: float) -> None:
    last = phases(schedule, length_min)[-1]

    assert (last.share_to, last.level) == (1, 1)


@pytest.mark.parametrize("schedule", ["abrupt", "blip"])
def test_all_or_nothing_is_one_phase(schedule: Schedule) -> None:
    assert phases(schedule, 20) == (Phase(0, 20, 1, 1, 1),)


def test_a_gradual_drift_mixes_in_more_and_more_rows_and_then_stays() -> None:
    assert phases("gradual", 20) == (Phase(0, 10, 0, 1, 1), Phase(10, 20, 1, 1, 1))


def test_an_incremental_drift_drifts_further_in_equal_steps() -> None:
    found = phases("incremental", 20)

    assert [phase.level for phase in found] == [0.25, 0.5, 0.75, 1.0]
    assert [phase.start_min for phase in found] == [0, 5, 10, 15]
    assert {(phase.share_from, phase.share_to) for phase in found} == {(1, 1)}


def test_a_recurring_drift_is_away_for_its_middle_third() -> None:
    found = phases("recurring", 30)

    assert [(p.start_min, p.end_min, p.share_from, p.share_to) for p in found] == [
        (0, 10, 1, 1),
        (10, 20, 0, 0),
        (20, 30, 1, 1),
    ]
