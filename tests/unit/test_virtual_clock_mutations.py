"""A mutation changes what it says and nothing else."""

import numpy as np
import pytest
from tests.fakes.recordings import UNIX_S, reading, troubled

from assay.evaluation.alerting import mutations as variants
from assay.evaluation.alerting.recording import Recording

OTHER = "svc-2:8080"


def values(recording: Recording, name: str, **labels: str) -> dict[int, float]:
    (series,) = [
        s for s in recording.series
        if s.name == name and labels.items() <= dict(s.labels).items()
    ]  # fmt: skip
    return dict(zip(series.slots.tolist(), series.values.tolist(), strict=True))


def counting(*counts: float | None) -> Recording:
    return reading(
        None if count is None else f"# TYPE a counter\na {count}\ng {count}" for count in counts
    ).recording


def test_a_slow_scrape_loses_every_second_sample_and_asks_every_second_time() -> None:
    slow = variants.slow_scrape(counting(0, 1, 2, 3, 4))

    assert values(slow, "a") == {0: 0, 2: 2, 4: 4}
    assert slow.scraped.tolist() == [True, False, True, False, True]


def test_a_series_seen_only_between_slow_scrapes_was_never_seen() -> None:
    slow = variants.slow_scrape(reading(["a 1", "b 1", "a 1"]).recording)

    assert {s.name for s in slow.series if not s.name.startswith(("up", "scrape"))} == {"a"}


def test_after_a_restart_counters_begin_at_zero_and_gauges_stay() -> None:
    restarted = variants.restart(counting(10, 20, 30, 40, 50), range(0, 4))

    assert values(restarted, "a") == {0: 10, 1: 20, 2: 0, 3: 10, 4: 20}
    assert values(restarted, "g") == {0: 10, 1: 20, 2: 30, 3: 40, 4: 50}


def test_a_restart_that_really_happened_later_is_left_as_it_was() -> None:
    restarted = variants.restart(counting(10, 20, 30, 40, 5, 25, 45), range(1, 4))

    assert list(values(restarted, "a").values()) == [10, 20, 0, 10, 5, 25, 45]


def test_a_counter_that_is_born_after_the_restart_is_left_as_it_was() -> None:
    restarted = variants.restart(counting(None, None, None, 7, 9), range(0, 4))

    assert values(restarted, "a") == {3: 7, 4: 9}


def test_two_replicas_share_the_requests_and_each_has_every_gauge() -> None:
    both = variants.second_replica(counting(0, 10), OTHER)

    assert (
        values(both, "a", instance="svc:8080") == values(both, "a", instance=OTHER) == {0: 0, 1: 5}
    )
    assert values(both, "g", instance=OTHER) == {0: 0, 1: 10}
    assert values(both, "up", instance=OTHER) == {0: 1, 1: 1}
    assert [(s.name, s.labels) for s in both.series] == sorted(
        (s.name, s.labels) for s in both.series
    )


def test_metrics_that_are_left_out_are_gone_and_no_other() -> None:
    recording = troubled(2)
    left = {s.name for s in variants.without(recording, {"feature_psi"}).series}

    assert left == {s.name for s in recording.series} - {"feature_psi"}


def test_a_quiet_time_is_repeated_with_counters_going_on() -> None:
    quiet = variants.clean(counting(0, 5, 10, 15, 99), range(1, 4), slots=6)

    assert values(quiet, "a") == {0: 5, 1: 10, 2: 15, 3: 20, 4: 25, 5: 30}
    assert values(quiet, "g") == {0: 5, 1: 10, 2: 5, 3: 10, 4: 5, 5: 10}
    assert quiet.slots == 6
    assert quiet.scraped.all()


def test_a_quiet_time_that_is_long_enough_is_cut() -> None:
    quiet = variants.clean(counting(*range(20)), range(5, 15), slots=4)

    assert values(quiet, "a") == {0: 5, 1: 6, 2: 7, 3: 8}


def test_time_goes_on_for_instants_that_move_and_stands_for_those_that_do_not() -> None:
    recording = reading(
        f"seen_timestamp_seconds {UNIX_S + slot / 4}\ntrained_timestamp_seconds {UNIX_S - 99}"
        for slot in range(9)
    ).recording
    quiet = variants.clean(recording, range(4, 9), slots=12)
    seen = values(quiet, "seen_timestamp_seconds")

    assert quiet.unix_s == UNIX_S + 1
    assert seen == {slot: UNIX_S + 1 + slot / 4 for slot in range(12)}
    assert set(values(quiet, "trained_timestamp_seconds").values()) == {UNIX_S - 99}


def test_a_gauge_that_always_rises_does_not_tell_that_time_is_repeated() -> None:
    recording = reading(
        f"uptime {100 + slot}\nopen {int(slot > 20)}\nwavers {slot % 7}" for slot in range(41)
    ).recording
    quiet = variants.clean(recording, range(0, 41), slots=120)

    assert values(quiet, "uptime") == {slot: 100 + slot for slot in range(120)}
    assert set(values(quiet, "open").values()) == {0, 1}
    assert max(values(quiet, "wavers").values()) == 6


def test_what_was_away_in_the_quiet_time_is_away_in_every_round() -> None:
    quiet = variants.clean(counting(1, None, 3, 4), range(0, 4), slots=6)

    assert sorted(values(quiet, "g")) == [0, 2, 3, 5]


def test_a_moment_cannot_be_repeated() -> None:
    with pytest.raises(ValueError, match="two slots"):
        variants.clean(counting(1, 2), range(1, 2), slots=6)


def test_no_mutation_touches_what_was_recorded() -> None:
    recording = troubled(4)
    before = [(s.slots.copy(), s.values.copy()) for s in recording.series]
    made = variants.mutations(
        recording, quiet=range(2, 12), other_instance=OTHER, drift={"feature_psi"}
    )

    assert set(made) == {"slow_scrape", "restart", "second_replica", "clean", "drift_missing"}
    assert recording.scraped.all()
    for series, (slots, old) in zip(recording.series, before, strict=True):
        assert np.array_equal(series.slots, slots)
        assert np.array_equal(series.values, old)


def test_without_metrics_of_drift_there_are_none_to_lose() -> None:
    made = variants.mutations(troubled(4), quiet=range(2, 12), other_instance=OTHER, drift=())

    assert "drift_missing" not in made
