"""What became of the requests around an incident: outcomes, minutes, recovery."""

from assay.evaluation.incidents.requests import (
    Sent,
    between,
    minutes,
    outcomes,
    recovery_s,
    requests_of,
)
from assay_probe.records import SegmentRecord


def traffic(start: float, end: float, *, ms: float = 5, letter: str = "o") -> list[Sent]:
    return [Sent(start + n / 60, ms, letter, "") for n in range(round((end - start) * 60))]


def segment(index: int, start_us: int, letters: str) -> SegmentRecord:
    return SegmentRecord(
        index=index,
        incident="x" if index else "",
        origin_s=1000.0,
        started_s=1000.0,
        ended_s=1001.0,
        intended_us=[start_us + n * 1000 for n in range(len(letters))],
        latency_us=[2500] * len(letters),
        outcomes=letters,
        drifted="0" * len(letters),
        fallbacks=0,
        classes=[],
        class_of=[-1] * len(letters),
        send_lag_us=[0] * len(letters),
    )


def test_segments_become_requests_in_virtual_minutes() -> None:
    sent = requests_of([segment(1, 1_500_000, "o5"), segment(0, 0, "w")])
    assert [one.at_min for one in sent] == [0.0, 1.5, 1.501]
    assert [one.incident for one in sent] == ["", "x", "x"]
    assert outcomes(sent) == {"5": 1, "o": 1, "w": 1}
    assert len(between(sent, 1.5, 1.501)) == 1


def test_a_minute_counts_what_failed_and_its_latency_is_of_answers() -> None:
    [first, second] = minutes([*traffic(0, 1), *traffic(1, 2, letter="t")])
    assert (first.requests, first.failed, first.latency_ms_p95) == (60, 0, 5)
    assert (second.failed, second.latency_ms_p50) == (60, None)


def test_recovery_is_the_start_of_lasting_health() -> None:
    before = traffic(0, 5)
    sent = [*before, *traffic(10, 12, letter="5"), *traffic(12, 20)]
    assert recovery_s(sent, 10, 20, before) == 2.0


def test_one_lucky_half_second_is_no_recovery() -> None:
    before = traffic(0, 5)
    sent = [*traffic(10, 10.5), *traffic(10.5, 13, letter="5"), *traffic(13, 20)]
    assert recovery_s(sent, 10, 20, before) == 3.0


def test_slow_answers_are_not_recovered() -> None:
    before = traffic(0, 5)
    sent = [*traffic(10, 15, ms=400), *traffic(15, 20)]
    assert recovery_s(sent, 10, 20, before) == 5.0


def test_what_never_came_back_has_no_recovery_time() -> None:
    assert recovery_s(traffic(10, 20, letter="r"), 10, 20, traffic(0, 5)) is None
    assert recovery_s([], 10, 20, traffic(0, 5)) is None
