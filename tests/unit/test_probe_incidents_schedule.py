"""Every request of a timeline is drawn beforehand; a plan and its seed say all about it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_probe.plan import (
    FeedbackSpec,
    IncidentsPlan,
    RequestSpec,
    ScrapeSpec,
    Segment,
    Target,
)
from assay_probe.timeline_schedule import SegmentArrivals, draw, row_files

SEEDS = st.integers(0, 2**31 - 1)
SIZES = {"clean": 50, "drift": 30}


def calm(start_s: float, end_s: float, rate_rps: float = 60.0) -> Segment:
    return Segment("", start_s, end_s, rate_rps, "clean", "clean")


def drift(start_s: float, end_s: float, share_from: float = 1.0, share_to: float = 1.0) -> Segment:
    return Segment("shift", start_s, end_s, 60.0, "drift", "clean", share_from, share_to)


def drawn(segments: list[Segment], seed: int = 1, share: float = 0.5) -> list[SegmentArrivals]:
    plan = IncidentsPlan(
        target=Target("s", "http://127.0.0.1:1"),
        request=RequestSpec("POST", "/", "clean", "p", 0.1),
        segments=segments,
        changes=[],
        marks=[],
        stand_ins=[],
        scrape=ScrapeSpec("http://127.0.0.1:1", "/metrics"),
        seed=seed,
        feedback=FeedbackSpec("POST", "/f", "id", "y", 1.0, share),
    )
    assert set(row_files(plan)) <= set(SIZES)
    return draw(plan, SIZES)


@given(SEEDS)
def test_a_seed_says_which_requests_leave_when(seed: int) -> None:
    segments = [calm(0, 3), drift(3, 5, 0, 1), calm(5, 6)]
    assert drawn(segments, seed) == drawn(segments, seed)
    assert drawn(segments, seed) != drawn(segments, seed + 1)


@given(SEEDS)
def test_arrivals_ascend_over_all_segments_and_stay_inside_their_own(seed: int) -> None:
    found = drawn([calm(0, 3), drift(3, 4.5), calm(4.5, 6)], seed)
    instants = [at_us for one in found for at_us in one.intended_us]
    assert all(a <= b for a, b in pairwise(instants))
    for one in found:
        assert all(
            one.segment.start_s * 1e6 <= at_us < one.segment.end_s * 1e6
            for at_us in one.intended_us
        )


def test_two_segments_alike_do_not_get_the_same_arrivals() -> None:
    first, second = drawn([calm(0, 10), calm(10, 20)])
    assert [us + 10_000_000 for us in first.intended_us] != list(second.intended_us)


@pytest.mark.parametrize("rate_rps", [20.0, 60.0, 120.0])
def test_a_segment_has_the_rate_it_was_given(rate_rps: float) -> None:
    (one,) = drawn([calm(0, 100, rate_rps)])
    expected = rate_rps * 100
    assert abs(len(one.intended_us) - expected) < 4 * expected**0.5


@given(SEEDS)
def test_no_row_comes_twice_before_all_have_come_across_segments(seed: int) -> None:
    found = drawn([calm(0, 1), drift(1, 2), calm(2, 4)], seed)
    rows = [row for one in found if not one.segment.incident for row in one.rows]
    for begin in range(0, len(rows) - SIZES["clean"], SIZES["clean"]):
        assert len(set(rows[begin : begin + SIZES["clean"]])) == SIZES["clean"]


def test_rounds_differ_in_their_order() -> None:
    (one,) = drawn([calm(0, 10)])
    assert one.rows[:50] != one.rows[50:100]


def test_the_share_of_drifted_rows_rises_linearly() -> None:
    (one,) = drawn([drift(0, 200, 0.0, 1.0)])
    tenths: list[list[str]] = [[] for _ in range(10)]
    for at_us, mark in zip(one.intended_us, one.drifted, strict=True):
        tenths[int(at_us / 20e6)].append(mark)
    for tenth, marks in enumerate(tenths):
        assert abs(marks.count("1") / len(marks) - (tenth + 0.5) / 10) < 0.08


@pytest.mark.parametrize(("share", "mark"), [(0.0, "0"), (1.0, "1")])
def test_a_share_of_nothing_or_all_leaves_no_doubt(share: float, mark: str) -> None:
    (one,) = drawn([drift(0, 10, share, share)])
    assert set(one.drifted) == {mark}


@given(SEEDS)
def test_every_row_is_one_of_the_file_it_is_drawn_from(seed: int) -> None:
    (one,) = drawn([drift(0, 5, 0.5, 0.5)], seed)
    for number, row in enumerate(one.rows):
        assert row < SIZES[one.file(number)]


def test_labels_follow_the_share_that_was_asked() -> None:
    (one,) = drawn([calm(0, 100)], share=0.3)
    assert abs(sum(one.labelled) / len(one.labelled) - 0.3) < 0.03
    assert not any(drawn([calm(0, 10)], share=0.0)[0].labelled)


def test_which_requests_get_labels_says_nothing_about_their_rows() -> None:
    few, many = (drawn([drift(0, 10, 0.5, 0.5)], share=share)[0] for share in (0.1, 0.9))
    assert (few.rows, few.drifted, few.intended_us) == (many.rows, many.drifted, many.intended_us)


def test_files_are_walked_in_rounds_of_so_many_rows_one_after_the_other() -> None:
    plan = IncidentsPlan(
        target=Target("s", "http://127.0.0.1:1"),
        request=RequestSpec("POST", "/", "clean", "p", 0.1),
        segments=[calm(0, 3)],
        changes=[],
        marks=[],
        stand_ins=[],
        scrape=ScrapeSpec("http://127.0.0.1:1", "/metrics"),
        seed=1,
        round_rows=20,
    )
    rows = draw(plan, SIZES)[0].rows

    assert set(rows[:20]) == set(range(20))
    assert set(rows[20:40]) == set(range(20, 40))
    assert set(rows[40:50]) == set(range(40, 50)), "the last round is what is left"
    assert set(rows[50:70]) == set(range(20))
    assert list(rows[:20]) != list(range(20))
    assert rows[50:70] != rows[:20]
