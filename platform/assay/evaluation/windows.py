"""From the probe's open-loop records to latencies, slices and noise. Pure but for the counters."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence

from hdrh.histogram import HdrHistogram

from assay.domain.measurements import LatencySlice
from assay.domain.statistics import percentile
from assay.evaluation.noise import WindowNoise, shares
from assay.evaluation.ports import Service
from assay_probe.records import OpenLoopRecord

SERVED = "owh"
"""A complete, well-formed 200. Whether the number in it is right is the quality stage's
question; every other outcome is a failure, and a failure is an infinite latency."""
SLICE_S = 1.0
HIGHEST_US = 120_000_000


def latencies_ms(record: OpenLoopRecord) -> list[float]:
    """Latency of every request in schedule order; infinite where it failed."""
    return [
        us / 1000 if letter in SERVED else math.inf
        for us, letter in zip(record.latency_us, record.outcomes, strict=True)
    ]


def outcomes(records: Iterable[OpenLoopRecord]) -> dict[str, int]:
    """How often each outcome letter came."""
    return dict(Counter("".join(r.outcomes for r in records)))


def noise_of(record: OpenLoopRecord, service: Service, cores: int) -> WindowNoise:
    """What disturbed a window, by the kernel's counters and the generator's own lag."""
    seconds = record.ended_s - record.started_s
    found = shares(service.usage(record.started_s, record.ended_s), seconds, cores)
    foreign, steal = found if found else (None, None)
    return WindowNoise(foreign, steal, record.send_lag_us_p99 / 1000)


def finite(value: float | None) -> float | None:
    """The value, or None for one that is infinite: nothing was answered that fast."""
    return None if value is None or math.isinf(value) else value


def slices(record: OpenLoopRecord, at_s: float) -> list[LatencySlice]:
    """The window cut into seconds by intended time.

    Args:
        record: One window.
        at_s: Its start, seconds since the evaluation began.
    """
    bins: dict[int, list[float]] = {}
    for intended_us, latency in zip(record.intended_us, latencies_ms(record), strict=True):
        bins.setdefault(int(intended_us / 1e6 / SLICE_S), []).append(latency)
    return [_slice(record, at_s + index * SLICE_S, values) for index, values in bins.items()]


def _slice(record: OpenLoopRecord, at_s: float, values: Sequence[float]) -> LatencySlice:
    return LatencySlice(
        target=record.target,
        label=record.label,
        at_s=round(at_s, 2),
        rate_rps=round(record.rate_rps, 2),
        requests=len(values),
        latency_ms_p50=finite(percentile(values, 0.5)),
        latency_ms_p95=finite(percentile(values, 0.95)),
        latency_ms_p99=finite(percentile(values, 0.99)),
        failed=sum(map(math.isinf, values)),
    )


def merged_hdr(records: Iterable[OpenLoopRecord]) -> str:
    """One HdrHistogram (base64, microseconds) of all windows."""
    whole = HdrHistogram(1, HIGHEST_US, 3)
    for record in records:
        whole.decode_and_add(record.hdr)
    encoded: bytes = whole.encode()
    return encoded.decode()


def schedule_digest(records: Iterable[OpenLoopRecord]) -> str:
    """One digest over the schedules of several windows."""
    return hashlib.sha256("".join(r.schedule_sha256 for r in records).encode()).hexdigest()
