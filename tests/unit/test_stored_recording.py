"""A run is kept so that other rules can be tried on it: whole, or not at all."""

import base64
import json
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.incident_run import make_staged
from tests.fakes.incidents import make_incidents
from tests.fakes.recordings import TARGET, UNIX_S, reading, troubled

from assay.domain.errors import BadInput
from assay.domain.incidents import RECORDING_FILE
from assay.evaluation.alerting import stored
from assay.evaluation.alerting.recording import Recording, Series
from assay.evaluation.alerting.stored import StoredRun, packed, unpacked
from assay.evaluation.alerting.stretch import is_instant, stretched

MEASURED = make_incidents()


def run_of(recording: Recording) -> StoredRun:
    return StoredRun(MEASURED, recording, range(4, 30), 8080)


def same(one: Recording, other: Recording) -> bool:
    """On the virtual clock: when it was does not matter."""
    return (
        one.every_s == other.every_s
        and np.array_equal(one.scraped, other.scraped)
        and len(one.series) == len(other.series)
        and all(
            (a.name, a.labels, a.cumulative) == (b.name, b.labels, b.cumulative)
            and np.array_equal(a.slots, b.slots)
            and np.array_equal(stretched(a, one), stretched(b, other), equal_nan=True)
            for a, b in zip(one.series, other.series, strict=True)
        )
    )


def test_a_run_is_read_back_as_it_was_kept() -> None:
    recording = troubled()
    again = unpacked(packed(run_of(recording)), "x")

    assert same(again.recording, recording)
    assert (again.measurement, again.quiet, again.port) == (MEASURED, range(4, 30), 8080)


def test_scrapes_that_failed_and_numbers_that_are_none_come_back() -> None:
    recording = reading(["a NaN\nb +Inf", None, "b -Inf\na 1", "a 1e300"]).recording

    assert same(unpacked(packed(run_of(recording)), "x").recording, recording)


@given(
    st.lists(st.integers(0, 200), unique=True, min_size=1).map(sorted),
    st.text(st.characters(codec="utf-8"), max_size=9),
)
def test_any_slots_and_labels_come_back(slots: list[int], label: str) -> None:
    series = Series(
        "x", (("l", label), *TARGET), True, np.array(slots, np.int32), np.arange(len(slots)) / 3
    )
    recording = Recording((series,), np.ones(201, np.bool_), 0.25, UNIX_S)

    assert same(unpacked(packed(run_of(recording)), "x").recording, recording)


def test_the_same_run_at_another_time_is_the_same_file() -> None:
    hour = troubled()
    later = replace(
        hour,
        unix_s=hour.unix_s + 86_400,
        series=tuple(
            replace(one, values=one.values + 86_400) if is_instant(one) else one
            for one in hour.series
        ),
    )

    assert packed(run_of(later)) == packed(run_of(hour))


def test_an_hour_of_a_small_service_is_a_small_file() -> None:
    assert len(packed(run_of(troubled()))) < 120_000


def test_a_recording_that_is_empty_or_too_large_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hour = troubled()
    samples = sum(len(series.slots) for series in hour.series)
    monkeypatch.setattr(stored, "SAMPLES_MAX", samples)
    assert packed(run_of(hour))

    monkeypatch.setattr(stored, "SAMPLES_MAX", samples - 1)
    assert packed(run_of(hour)) == b""
    assert packed(run_of(reading([]).recording)) == b""


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"series": "nonsense"},
        {"series": base64.b64encode(zlib.compress(b"[{}]")).decode()},
        {"series": base64.b64encode(zlib.compress(b"[]")[:-4]).decode()},
        {"slots": 3},
        {"measurement": {}},
    ],
)
def test_a_file_that_is_no_recording_is_refused_in_words(change: dict[str, object]) -> None:
    good = json.loads(packed(run_of(troubled(1))))

    with pytest.raises(BadInput, match=r"mine\.json: is no recording that this version"):
        unpacked(json.dumps({**good, **change}).encode(), "mine.json")


def test_a_file_that_unpacks_to_more_than_any_that_is_kept_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = packed(run_of(troubled(1)))
    monkeypatch.setattr(stored, "TEXT_BYTES_MAX", 100)

    with pytest.raises(BadInput):
        unpacked(kept, "x")


def test_an_evaluation_leaves_its_recording_with_what_was_done(tmp_path: Path) -> None:
    staged = make_staged(tmp_path)
    facts = staged.measure()
    kept = unpacked(staged.run.artifacts[RECORDING_FILE], "x")

    assert kept.measurement == facts
    assert kept.recording.slots == facts.scrapes.slots
    assert (kept.quiet.start / 4, (kept.quiet.stop - 1) / 4) == next(
        one.repeats_min for one in facts.replays if one.name == "clean"
    )
