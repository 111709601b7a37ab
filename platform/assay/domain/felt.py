"""What users really felt, minute by minute, whatever was done to the service. Pure, exact.

The timeline says what the harness did; this says what it came to. An alert about users is right
when users are hurt, although nobody meant to hurt them, and cannot be asked for when they are not.
"""

from collections.abc import Iterable
from fractions import Fraction
from statistics import median

from assay.domain.incidents import AlertClaim, Incident, IncidentsMeasurement, Replay, TimelineSlice
from assay.domain.spans import Span, shared, united
from assay.domain.timeline import Signal

ABOUT_USERS: frozenset[Signal] = frozenset({"availability", "errors", "latency", "saturation"})
"""Signals of what users feel; all others are of causes, which may do harm long before."""
FAILED_SHARE = Fraction(1, 10)
"""Of a minute's requests: so many failures are felt."""
SLOW_FACTOR, SLOW_SLACK_MS = 3, 25
"""A minute is slow beyond this times, and this much above, the usual p95: as for recovery."""
SLICE_MIN = 1


def felt_spans(measurement: IncidentsMeasurement) -> list[Span]:
    """Virtual minutes in which requests failed or waited; none if no minute is known."""
    slow_ms = _slow_ms(measurement.slices)
    return united(
        (Fraction(one.at_min), Fraction(one.at_min) + SLICE_MIN)
        for one in measurement.slices
        if _hurts(one, slow_ms)
    )


def repeated_spans(spans: Iterable[Span], clean: Replay, length_min: Fraction) -> list[Span]:
    """The spans of the run as the clean recording has them: those of the time it repeats."""
    if clean.repeats_min is None:
        return []
    begin, end = map(Fraction, clean.repeats_min)
    rounds = int(length_min / (end - begin)) + 1 if end > begin else 0
    return united(
        (start - begin + n * (end - begin), stop - begin + n * (end - begin))
        for start, stop in shared(spans, [(begin, end)])
        for n in range(rounds)
    )


def about_users(claims: Iterable[AlertClaim]) -> frozenset[str]:
    """Names of the alerts that claim to cover something users feel."""
    return frozenset(one.alert for one in claims if ABOUT_USERS.intersection(one.covers))


def nobody_felt(incident: Incident, measurement: IncidentsMeasurement) -> bool:
    """Whether a fault that only users could tell of did nothing to them.

    A service with CPU to spare does not mind a neighbour: then there was nothing to be told.
    """
    if incident.kind != "fault" or not ABOUT_USERS.issuperset(incident.accepts):
        return False
    slow_ms = _slow_ms(measurement.slices)
    within = [
        one
        for one in measurement.slices
        if incident.onset_min - SLICE_MIN < one.at_min < incident.end_min
    ]
    return bool(within) and not any(_hurts(one, slow_ms) for one in within)


def _slow_ms(slices: Iterable[TimelineSlice]) -> float:
    """A p95 beyond this is slow: what is usual is the median of all minutes."""
    known = [one.latency_ms_p95 for one in slices if one.latency_ms_p95 is not None]
    usual_ms = median(known) if known else 0.0
    return max(SLOW_FACTOR * usual_ms, usual_ms + SLOW_SLACK_MS)


def _hurts(one: TimelineSlice, slow_ms: float) -> bool:
    failed = one.requests > 0 and one.failed >= FAILED_SHARE * one.requests
    return failed or (one.latency_ms_p95 is not None and one.latency_ms_p95 > slow_ms)
