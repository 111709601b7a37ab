"""A recording holds what Prometheus would hold, and nothing a service could make up."""

import dataclasses
import math

from tests.fakes.recordings import TARGET, UNIX_S, reading, scrape, troubled

from assay.evaluation.alerting.recording import Recording, moved, read_recording, scrape_facts


def values(recording: Recording, name: str) -> dict[int, float]:
    """Slot -> value of the one series of that name."""
    (series,) = [s for s in recording.series if s.name == name]
    return dict(zip(series.slots.tolist(), series.values.tolist(), strict=True))


def test_samples_stand_in_the_slot_of_their_scrape_whatever_the_order_of_records() -> None:
    scrapes = [scrape(2, b"a 3"), scrape(0, b"a 1"), scrape(1, b"b 2\na NaN")]
    recording = read_recording(scrapes, target=TARGET, every_s=0.25, unix_s=UNIX_S).recording

    assert {k: v for k, v in values(recording, "a").items() if k != 1} == {0: 1.0, 2: 3.0}
    assert math.isnan(values(recording, "a")[1])
    assert values(recording, "b") == {1: 2.0}


def test_prometheus_own_series_are_added_and_a_bad_body_is_a_service_that_is_down() -> None:
    recording = reading(["a 1\nb 2", None, "rubbish", "a 1"]).recording

    assert values(recording, "up") == {0: 1, 1: 0, 2: 0, 3: 1}
    assert values(recording, "scrape_samples_scraped") == {0: 2, 1: 0, 2: 0, 3: 1}
    assert values(recording, "scrape_duration_seconds") == dict.fromkeys(range(4), 0.004)


def test_a_slot_without_a_record_was_not_asked_for() -> None:
    scrapes = [scrape(0, b"a 1"), scrape(3, b"a 1")]
    recording = read_recording(scrapes, target=TARGET, every_s=0.25, unix_s=UNIX_S).recording

    assert recording.scraped.tolist() == [True, False, False, True]
    assert values(recording, "up") == {0: 1, 3: 1}


def test_a_scrape_that_a_later_one_overtook_lets_no_counter_go_back() -> None:
    quick = [scrape(slot, f"# TYPE a counter\na {10 * slot}".encode()) for slot in range(6)]
    slow = dataclasses.replace(scrape(1, b"# TYPE a counter\na 35"), took_s=0.6)
    scrapes = [quick[0], slow, scrape(2, None), *quick[3:]]
    recording = read_recording(scrapes, target=TARGET, every_s=0.25, unix_s=UNIX_S).recording

    assert values(recording, "a") == {0: 0, 1: 30, 3: 30, 4: 40, 5: 50}
    assert values(recording, "up") == {0: 1, 1: 1, 2: 0, 3: 1, 4: 1, 5: 1}


def test_a_scrape_that_was_asked_late_is_as_late_as_it_was_asked() -> None:
    quick = [scrape(slot, f"# TYPE a counter\na {10 * slot}".encode()) for slot in range(6)]
    late = dataclasses.replace(scrape(1, b"# TYPE a counter\na 35"), late_s=0.6)
    scrapes = [quick[0], late, *quick[2:]]
    recording = read_recording(scrapes, target=TARGET, every_s=0.25, unix_s=UNIX_S).recording

    assert values(recording, "a") == {0: 0, 1: 20, 2: 20, 3: 30, 4: 40, 5: 50}


def test_a_run_without_a_scrape_is_an_empty_recording() -> None:
    nothing = reading([])

    assert nothing.recording.slots == 0
    assert scrape_facts(nothing, []).good == 0


def test_the_facts_tell_how_metrics_behaved() -> None:
    bodies = [b"a 1", b"a 1\nup 1", None, b"nonsense"]
    scrapes = [scrape(slot, body) for slot, body in enumerate(bodies)]
    found = read_recording(scrapes, target=TARGET, every_s=0.25, unix_s=UNIX_S)
    facts = scrape_facts(found, scrapes, idle_moved=["a"])

    assert (facts.slots, facts.good) == (4, 2)
    assert facts.failed == {"refused": 1, "unparsable": 1}
    assert (facts.series_first, facts.series_last) == (1, 1)
    assert facts.took_ms_p95 == 4.0
    assert facts.bytes_max == 8
    assert facts.forged == ("up",)
    assert facts.problem.startswith("line 1 is no sample")
    assert facts.idle_moved == ("a",)


def counting(*lines: str, per_scrape: float, scrapes: int = 20) -> Recording:
    """Counters that grow by so much from scrape to scrape."""
    types = "".join(f"# TYPE {line.partition('{')[0]} counter\n" for line in lines)
    return reading(
        types + "".join(f"{line} {slot * per_scrape}\n" for line in lines)
        for slot in range(scrapes)
    ).recording


def test_a_counter_that_moves_without_requests_is_told() -> None:
    told = moved(
        counting("a_total", per_scrape=9), range(8, 20), names={"a_total"}, path="/metrics"
    )

    assert told == ('a_total{instance="svc:8080", job="svc"}',)


def test_counting_the_scrapes_themselves_is_no_offence() -> None:
    """Ours, and those of the Prometheus that runs beside the service."""
    one_each = counting("a_total", per_scrape=2)
    of_scrapes = counting('a_total{path="/metrics"}', per_scrape=9)

    assert moved(one_each, range(8, 20), names={"a_total"}, path="/metrics") == ()
    assert moved(of_scrapes, range(8, 20), names={"a_total"}, path="/metrics") == ()


def test_only_the_metrics_the_candidates_figures_are_made_of_are_looked_at() -> None:
    busy = counting("process_cpu_seconds_total", per_scrape=9)

    assert moved(busy, range(20), names={"a_total"}, path="/metrics") == ()


def test_a_restart_while_idle_is_no_movement() -> None:
    recording = reading(f"# TYPE a counter\na {100 if slot < 10 else 0}" for slot in range(20))

    assert moved(recording.recording, range(20), names={"a"}, path="/metrics") == ()


def test_reading_a_long_run_is_quick_enough_to_be_done_twice() -> None:
    recording = troubled()

    assert recording.slots == 240
    assert len(recording.series) == 21
