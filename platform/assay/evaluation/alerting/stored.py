"""A recording to be kept: all that a service exported over a run, and what was done meanwhile.

One JSON file. Candidates try other rules on it, at home and in seconds: the harness and its
hidden rows are not in it, the metrics are their own service's.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from assay.domain.errors import BadInput, Problem
from assay.domain.incidents import IncidentsMeasurement
from assay.evaluation.alerting.recording import Recording, Series
from assay.evaluation.alerting.stretch import is_instant

SAMPLES_MAX = 1_000_000
"""Of a recording that is kept: five times that of an ordinary service over four minutes."""
TEXT_BYTES_MAX = 64 * 1024 * 1024
"""Of the series in a file that is read, once they are unpacked."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it was kept.

    Attributes:
        measurement: What was done, and what the rules of that time made of it.
        recording: What the service exported.
        quiet: Slots of the longest undisturbed stretch.
        port: Of the metrics, as the labels have it.
    """

    measurement: IncidentsMeasurement
    recording: Recording
    quiet: range
    port: int


class _File(BaseModel):
    """`series` and `scraped` are JSON, compressed and in base64.

    Instants count from slot 0: nothing depends on when the run was, and the same run is the same
    file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    measurement: IncidentsMeasurement
    port: int
    quiet: tuple[int, int]
    every_s: float
    slots: int
    scraped: str
    series: str


def packed(run: StoredRun) -> bytes:
    """The file; b"" if the recording is empty, or too large to be kept."""
    recording = run.recording
    samples = sum(len(series.slots) for series in recording.series)
    if not samples or samples > SAMPLES_MAX:
        return b""
    file = _File(
        measurement=run.measurement,
        port=run.port,
        quiet=(run.quiet.start, run.quiet.stop),
        every_s=recording.every_s,
        slots=recording.slots,
        scraped=_squeezed(_runs(np.flatnonzero(recording.scraped))),
        series=_squeezed([_fields(one, recording.unix_s) for one in recording.series]),
    )
    return file.model_dump_json().encode()


def unpacked(content: bytes, name: str) -> StoredRun:
    """What `packed` made a file of.

    Args:
        content: Of the file.
        name: As messages call it.

    Raises:
        BadInput: it is no such file, or one of another version.
    """
    try:
        file = _File.model_validate_json(content)
        return StoredRun(file.measurement, _recording(file), range(*file.quiet), file.port)
    except (ValidationError, ValueError, TypeError, LookupError, zlib.error) as error:
        raise BadInput(
            Problem("is no recording that this version of Assay can read; evaluate again", name)
        ) from error


def _recording(file: _File) -> Recording:
    scraped = np.zeros(file.slots, dtype=np.bool_)
    scraped[_slots(_loosened(file.scraped))] = True
    series = tuple(_series(fields) for fields in _loosened(file.series))
    if any(len(s.slots) != len(s.values) or s.slots.max() >= file.slots for s in series):
        raise ValueError("a series does not fit its slots")
    return Recording(series, scraped, file.every_s, unix_s=0.0)


def _fields(series: Series, unix_s: float) -> dict[str, Any]:
    values = series.values - unix_s if is_instant(series) else series.values
    return {
        "name": series.name,
        "labels": series.labels,
        "cumulative": series.cumulative,
        "slots": _runs(series.slots),
        "values": values.tolist(),
    }


def _series(fields: dict[str, Any]) -> Series:
    return Series(
        name=fields["name"],
        labels=tuple((name, value) for name, value in fields["labels"]),
        cumulative=fields["cumulative"],
        slots=_slots(fields["slots"]),
        values=np.array(fields["values"], dtype=np.float64),
    )


def _runs(slots: NDArray[Any]) -> list[list[int]]:
    """First and last of every unbroken run of ascending numbers."""
    breaks = np.flatnonzero(np.diff(slots) != 1) + 1
    return [[int(part[0]), int(part[-1])] for part in np.split(slots, breaks) if len(part)]


def _slots(runs: Iterable[Sequence[int]]) -> NDArray[np.int32]:
    parts = [np.arange(first, last + 1, dtype=np.int32) for first, last in runs]
    return np.concatenate(parts) if parts else np.array([], dtype=np.int32)


def _squeezed(value: object) -> str:
    text = json.dumps(value, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(text)).decode()


def _loosened(text: str) -> Any:  # noqa: ANN401 - JSON is any
    """The value again.

    Raises:
        ValueError, zlib.error: it is none, or larger than any that is kept.
    """
    machine = zlib.decompressobj()
    content = machine.decompress(base64.b64decode(text), TEXT_BYTES_MAX)
    if not machine.eof:
        raise ValueError("it does not end, or is too large")
    return json.loads(content)
