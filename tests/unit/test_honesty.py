"""The candidate's SLIs beside what the probe sent."""

import math
from dataclasses import replace

import numpy as np
import pytest

from assay.domain.incidents import SliReading
from assay.evaluation.alerting.honesty import (
    LEAST_S,
    SLACK_MAX_S,
    Question,
    bounds,
    bucket,
    questions,
    readings,
    stretches,
)
from assay.evaluation.alerting.monitoring_file import Sli
from assay.evaluation.alerting.probes import Probe, Sample
from assay.evaluation.alerting.recording import Series
from assay_probe.records import ScrapeRecord, SegmentRecord

ORIGIN_S = 1_000.0
RATE_RPS = 50
LATENCY_US = 10_000
EVERY_S = 0.25
K = 60
SETTLE_S = 2.0


def segment(
    start_s: float, end_s: float, *, lost: tuple[float, ...] = (), letter: str = "o"
) -> SegmentRecord:
    """Requests every 20 ms answered after 10; those at `lost` seconds never were.

    Every tenth of the answered is a "decline", the others "approve".
    """
    sent = list(range(round(start_s * 1e6), round(end_s * 1e6), 1_000_000 // RATE_RPS))
    gone = [any(abs(us / 1e6 - at) < 0.01 for at in lost) for us in sent]
    return SegmentRecord(
        index=0,
        incident="",
        origin_s=ORIGIN_S,
        started_s=ORIGIN_S + start_s,
        ended_s=ORIGIN_S + end_s,
        intended_us=sent,
        latency_us=[2_000_000 if g else LATENCY_US for g in gone],
        outcomes="".join("t" if g else letter for g in gone),
        drifted="0" * len(sent),
        fallbacks=0,
        classes=["approve", "decline"],
        class_of=[-1 if g else int(n % 10 == 0) for n, g in enumerate(gone)],
        send_lag_us=[0] * len(sent),
    )


def scrapes(until_s: float, took_s: float = 0.004) -> list[ScrapeRecord]:
    return [
        ScrapeRecord(n, ORIGIN_S + n * EVERY_S, took_s, 200, "", 1, 1, "")
        for n in range(round(until_s / EVERY_S))
    ]


def slots(records: list[ScrapeRecord]) -> set[int]:
    return {record.slot for record in records}


def spans(segments: list[SegmentRecord], until_s: float = 40) -> list[tuple[float, float]]:
    """Stretches found, in seconds by their slots."""
    taken = scrapes(until_s)
    found = stretches(segments, taken, slots(taken), SETTLE_S)
    return [(s.first * EVERY_S, s.last * EVERY_S) for s in found]


def asked(
    sli: str, expr: str = "x", label: str = "", until_s: float = 20, took_s: float = 0.004
) -> Question:
    """One SLI over the first stretch of quiet traffic."""
    taken = scrapes(until_s, took_s)
    over = stretches([segment(0, until_s)], taken, slots(taken), SETTLE_S)
    (question,) = questions({sli: Sli(expr=expr, label=label)}, over)
    return question


def answer(question: Question, *samples: Sample, **changes: object) -> tuple[SliReading, ...]:
    """The readings if the candidate's PromQL says this."""
    traffic = [segment(0, 20, **changes)]
    return readings([question], {question.probe: samples}, traffic, [])


def sample(value: float, **labels: str) -> Sample:
    return Sample(tuple(sorted(labels.items())), value)


def test_a_quiet_segment_is_compared_between_its_first_and_last_scrapes() -> None:
    assert spans([segment(0, 20)]) == [(0.0, 20 - EVERY_S)]


def test_each_segment_has_a_stretch_of_its_own_that_does_not_leave_it() -> None:
    assert spans([segment(0, 20), segment(20, 40)]) == [(0.0, 19.75), (20.0, 39.75)]


def test_a_stretch_holds_no_request_that_was_given_up() -> None:
    (found,) = spans([segment(0, 30, lost=(10.0,))])

    assert found == (math.ceil((12 + SETTLE_S) / EVERY_S) * EVERY_S, 29.75)


def test_the_longest_calm_part_is_taken() -> None:
    (found,) = spans([segment(0, 30, lost=(2.0, 22.0, 28.0))])

    assert 4.0 + SETTLE_S <= found[0] < found[1] < 22.0


def test_a_request_lost_in_one_segment_keeps_the_next_waiting() -> None:
    quiet, after = segment(0, 20, lost=(19.5,)), segment(20, 40)

    assert spans([quiet, after])[1][0] >= 21.5 + SETTLE_S


def test_who_is_waited_for_longer_may_have_been_counted_later() -> None:
    taken = scrapes(60)
    lost = segment(0, 60, lost=(10.0,))

    (found,) = stretches([lost], taken, slots(taken), 10.0)

    assert found.first * EVERY_S >= 12 + 10.0


def test_a_segment_in_which_nothing_was_answered_is_not_compared() -> None:
    lost = tuple(10 + n / RATE_RPS for n in range(10 * RATE_RPS))

    assert [first < 10 for first, _ in spans([segment(0, 10), segment(10, 20, lost=lost)])] == [
        True
    ]


def test_a_stretch_too_short_to_show_one_per_cent_is_left_out() -> None:
    assert spans([segment(0, LEAST_S - 0.5)]) == []
    assert len(spans([segment(0, LEAST_S + 1)])) == 1


def test_a_stretch_with_hardly_a_request_is_left_out() -> None:
    few = replace(
        segment(0, 20), intended_us=[1_000_000], latency_us=[1], outcomes="o", class_of=[-1]
    )
    assert spans([few]) == []


def test_stretches_begin_and_end_at_scrapes_that_could_be_read() -> None:
    taken = scrapes(20)
    readable = slots(taken) - {0, 1, 79}

    (found,) = stretches([segment(0, 20)], taken, readable, SETTLE_S)

    assert (found.first, found.last) == (2, 78)


def test_a_slow_scrape_is_not_taken_where_a_quick_one_is_near() -> None:
    taken = [replace(s, took_s=0.2) if s.slot in (0, 1, 79) else s for s in scrapes(20)]

    (found,) = stretches([segment(0, 20)], taken, slots(taken), SETTLE_S)

    assert (found.first, found.last) == (2, 78)


def test_without_traffic_or_scrapes_there_is_nothing_to_compare() -> None:
    assert stretches([], scrapes(5), {1}, SETTLE_S) == ()
    assert stretches([segment(0, 20)], [], set(), SETTLE_S) == ()


def test_a_question_covers_its_stretch_to_the_second_of_the_virtual_clock() -> None:
    question = asked("requests", "sum(increase(r[$window]))")

    assert question.stretch.first == 0
    assert question.probe == Probe("sum(increase(r[1185s]))", 1185)


def test_what_the_probe_cannot_know_is_not_asked() -> None:
    taken = scrapes(20)
    over = stretches([segment(0, 20)], taken, slots(taken), SETTLE_S)

    assert questions({"drift": Sli(expr="x"), "missing": Sli(expr="y")}, over) == ()


def test_nobody_knows_better_when_counters_were_read_than_the_scrape_was_quick() -> None:
    question = asked("requests", took_s=0.2)
    (reading,) = answer(question, sample(K * 987))

    assert reading.low is not None
    assert reading.high is not None
    assert reading.sent - reading.low == pytest.approx(2 * 0.1 * RATE_RPS, abs=1)
    assert reading.high - reading.sent == pytest.approx(2 * 0.1 * RATE_RPS, abs=1)


def test_a_scrape_that_was_asked_late_read_its_counters_late() -> None:
    late = [replace(one, late_s=0.1) for one in scrapes(20)]
    (found,) = stretches([segment(0, 20)], late, slots(late), SETTLE_S)

    assert (found.start_s, found.end_s) == pytest.approx((0.102, 19.852))


def test_answering_slowly_makes_no_more_room_than_half_a_second() -> None:
    stretch = asked("requests", took_s=3.0, until_s=30).stretch

    assert stretch.start_slack_s == stretch.end_slack_s == SLACK_MAX_S


def test_counts_come_back_from_the_virtual_clock() -> None:
    (reading,) = answer(asked("requests"), sample(K * 987))

    assert reading.reported == 987
    assert reading.sent == pytest.approx(19.75 * RATE_RPS, abs=1)
    assert (reading.start_min, reading.end_min) == (0.0, 19.75)


@pytest.mark.parametrize(("letter", "errors"), [("5", True), ("o", False), ("4", False)])
def test_only_5xx_are_errors(letter: str, errors: bool) -> None:
    (reading,) = answer(asked("errors"), sample(0.0), letter=letter)

    assert (reading.sent > 900) is errors
    assert reading.reported == 0.0


@pytest.mark.parametrize("letter", list("owm45"))
def test_every_answer_is_a_request_whatever_it_says(letter: str) -> None:
    (reading,) = answer(asked("requests"), sample(1.0), letter=letter)

    assert reading.sent > 900


def test_a_count_that_is_not_summed_is_summed() -> None:
    (reading,) = answer(asked("requests"), sample(60.0, code="200"), sample(120.0, code="422"))

    assert reading.reported == 3.0


@pytest.mark.parametrize("sli", ["requests", "errors", "latency_mean", "latency_p95"])
@pytest.mark.parametrize("samples", [(), (sample(math.nan),), (sample(math.inf),)])
def test_saying_nothing_is_not_zero(sli: str, samples: tuple[Sample, ...]) -> None:
    (reading,) = answer(asked(sli), *samples)

    assert reading.reported is None


def test_a_mean_latency_is_compared_in_seconds() -> None:
    (reading,) = answer(asked("latency_mean"), sample(0.0123))

    assert (reading.reported, reading.sent) == (0.0123, pytest.approx(0.01))


def test_several_latencies_are_not_one() -> None:
    (reading,) = answer(asked("latency_mean"), sample(0.01, path="/a"), sample(0.01, path="/b"))

    assert reading.reported is None


def test_each_class_is_compared_by_its_label() -> None:
    question = asked("predictions", label="decision")
    approve, decline = answer(
        question, sample(K * 888, decision="approve"), sample(K * 99, decision="decline")
    )

    assert (approve.label, approve.reported) == ("approve", 888)
    assert approve.sent == pytest.approx(9 * decline.sent, abs=10)
    assert (decline.label, decline.reported) == ("decline", 99)


def test_a_class_nobody_was_given_is_compared_with_none_sent() -> None:
    found = answer(asked("predictions", label="d"), sample(K * 5, d="maybe"), sample(0.0, d="no"))

    assert [(r.label, r.reported, r.sent > 0) for r in found] == [
        ("approve", None, True), ("decline", None, True), ("maybe", 5, False),
    ]  # fmt: skip


def test_predictions_without_a_label_are_compared_in_all() -> None:
    (reading,) = answer(asked("predictions"), sample(K * 987))

    assert (reading.label, reading.reported) == ("", 987)
    assert reading.sent == pytest.approx(19.75 * RATE_RPS, abs=1)


def series(name: str, **labels: str) -> Series:
    empty = np.array([], dtype=np.int32)
    return Series(name, tuple(sorted(labels.items())), True, empty, np.array([]))


def test_a_quantile_stands_beside_the_bucket_that_holds_it() -> None:
    question = asked("latency_p95", "histogram_quantile(0.95, sum by (le) (rate(h[$window])))")
    known = [series("h", le=le) for le in ("0.005", "0.025", "0.1", "+Inf")]

    (reading,) = readings([question], {question.probe: (sample(0.02),)}, [segment(0, 20)], known)

    assert (reading.reported, reading.sent) == (0.02, pytest.approx(0.01))
    assert (reading.low, reading.high) == (0.005, 0.025)


def test_without_buckets_a_quantile_has_no_bounds() -> None:
    (reading,) = answer(asked("latency_p95", "my_p95"), sample(0.02))

    assert (reading.low, reading.high) == (None, None)


def test_bounds_are_those_of_the_histograms_that_are_read() -> None:
    known = [
        series("h_bucket", le="0.1", path="/a"),
        series("h_bucket", le="0.1", path="/b"),
        series("h_bucket", le="0.05"),
        series("h_bucket", le="+Inf"),
        series("h_bucket", le="wide"),
        series("other_bucket", le="7"),
        series("h_bucket"),
    ]
    assert bounds("histogram_quantile(0.9, rate(h_bucket[$window]))", known) == (0.05, 0.1)
    assert bounds('histogram_quantile(0.9, rate({le!=""}[$window]))', known) == ()


@pytest.mark.parametrize(
    ("value_s", "expected"),
    [
        (0.03, (0.025, 0.05)),
        (0.001, (0.0, 0.025)),
        (0.2, (0.05, math.inf)),
        (0.0495, (0.025, math.inf)),
        (0.0255, (0.0, 0.05)),
    ],
)
def test_a_latency_at_a_border_may_be_in_either_bucket(
    value_s: float, expected: tuple[float, float]
) -> None:
    assert bucket((0.025, 0.05), value_s) == expected


def test_no_buckets_hold_nothing() -> None:
    assert bucket((), 0.03) is None
