"""What became of every request of the timeline, by virtual minute. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assay.domain.incidents import TimelineSlice
from assay.domain.statistics import percentile
from assay.evaluation.windows import SERVED, finite
from assay_probe.records import SegmentRecord

HEALTHY_SHARE = 0.95
"""Of the answers, in a bucket that counts as recovered."""
HEALTHY_FACTOR, HEALTHY_SLACK_MS = 3.0, 25.0
"""A p95 up to this times, or this much above, what it was before counts as recovered."""
BUCKET_MIN = 0.5
BUCKETS = 2
"""So many healthy buckets in a row: one lucky half second is no recovery."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request. `at_min` is its intended instant, `latency_ms` counts from it."""

    at_min: float
    latency_ms: float
    outcome: str
    incident: str


def requests_of(segments: Iterable[SegmentRecord]) -> list[Sent]:
    """All requests in the order in which they were meant to be sent."""
    sent = [
        Sent(at_us * 1e-6, latency_us / 1e3, letter, segment.incident)
        for segment in segments
        for at_us, latency_us, letter in zip(
            segment.intended_us, segment.latency_us, segment.outcomes, strict=True
        )
    ]
    return sorted(sent, key=lambda one: one.at_min)


def between(sent: Sequence[Sent], start_min: float, end_min: float) -> list[Sent]:
    """The requests meant for [start, end)."""
    return [one for one in sent if start_min <= one.at_min < end_min]


def outcomes(sent: Iterable[Sent]) -> dict[str, int]:
    """How often each letter came."""
    return dict(sorted(Counter(one.outcome for one in sent).items()))


def minutes(sent: Sequence[Sent]) -> tuple[TimelineSlice, ...]:
    """The timeline cut into virtual minutes."""
    bins: dict[int, list[Sent]] = {}
    for one in sent:
        bins.setdefault(int(one.at_min), []).append(one)
    return tuple(_slice(minute, found) for minute, found in sorted(bins.items()))


def recovery_s(
    sent: Sequence[Sent], end_min: float, until_min: float, before: Sequence[Sent]
) -> float | None:
    """Real seconds from the end of an incident until it answered as fast as before.

    Args:
        sent: All requests.
        end_min: When the incident ended.
        until_min: How far to look: the next onset.
        before: Requests of the quiet time before the incident: what "as before" means.

    Returns:
        None if it was not seen to recover. One virtual minute is one real second.
    """
    limit_ms = _healthy_ms(before)
    healthy, at_min = 0, end_min
    while at_min + BUCKET_MIN <= until_min:
        bucket = between(sent, at_min, at_min + BUCKET_MIN)
        at_min += BUCKET_MIN
        healthy = healthy + 1 if _healthy(bucket, limit_ms) else 0
        if healthy == BUCKETS:
            return round(at_min - BUCKETS * BUCKET_MIN - end_min, 3)
    return None


def _healthy_ms(before: Sequence[Sent]) -> float:
    usual_ms = percentile(_latencies_ms(before), 0.95)
    if usual_ms is None or math.isinf(usual_ms):
        return math.inf
    return max(usual_ms * HEALTHY_FACTOR, usual_ms + HEALTHY_SLACK_MS)


def _healthy(bucket: Sequence[Sent], limit_ms: float) -> bool:
    if not bucket:
        return False
    served = sum(one.outcome in SERVED for one in bucket)
    slowest_ms = percentile(_latencies_ms(bucket), 0.95)
    return served / len(bucket) >= HEALTHY_SHARE and (slowest_ms or 0.0) <= limit_ms


def _latencies_ms(sent: Iterable[Sent]) -> list[float]:
    """Infinite where it failed, as in `windows`: right or wrong is another question."""
    return [one.latency_ms if one.outcome in SERVED else math.inf for one in sent]


def _slice(minute: int, sent: Sequence[Sent]) -> TimelineSlice:
    values = _latencies_ms(sent)
    return TimelineSlice(
        at_min=minute,
        requests=len(sent),
        failed=sum(map(math.isinf, values)),
        latency_ms_p50=finite(percentile(values, 0.5)),
        latency_ms_p95=finite(percentile(values, 0.95)),
    )
