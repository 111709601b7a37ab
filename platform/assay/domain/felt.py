"""What users really felt, minute by minute, whatever was done to the service. Pure, exact.

The timeline says what the harness did; this says what it came to. An alert about users is right
when users are hurt, although nobody meant to hurt them, and cannot be asked for when they are not.
"""

import math
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
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
WELL_FAILED_SHARE = Fraction(1, 20)
"""Of a minute's requests: with no more failures a service is well again."""
ABOUT_MONEY: frozenset[Signal] = frozenset({"cost"})
"""Signals of what dependencies charge."""
DEAR_FACTOR = Fraction(7, 4)
"""Above so many times what a minute usually costs, on average, an incident costs money.

Decoys cost half again as much, incidents about money twice as much: an alert belongs between the
two, and whose bill grows less than most, because repeated prompts are cheap, is not asked for one.
"""


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
    """Whether what only users could tell of did nothing to them, or what costs cost nothing.

    A service with CPU to spare does not mind a neighbour, and one that asks nothing twice does
    not mind who sends everything twice: then there was nothing to be told.
    """
    if is_about_money(incident):
        return _cost_nothing_more(incident, measurement)
    if incident.kind != "fault" or not ABOUT_USERS.issuperset(incident.accepts):
        return False
    slow_ms = _slow_ms(measurement.slices)
    within = _during(incident, measurement.slices)
    return bool(within) and not any(_hurts(one, slow_ms) for one in within)


def well_again_s(incident: Incident, measurement: IncidentsMeasurement) -> float:
    """Real seconds from the end of a fault until its users were served as usual.

    The harness looks to the half second, until the next incident begins. Whoever needs longer is
    looked for in the minutes after that, until the next fault: the first of two in which hardly
    anything fails or is slow. A virtual minute is a real second.

    Returns:
        Infinity if that was not seen.
    """
    if incident.recovery_s is not None:
        return incident.recovery_s
    end_min = incident.end_min
    faults_min = [one.onset_min for one in measurement.incidents if one.kind == "fault"]
    until_min = min((at for at in faults_min if at >= end_min), default=math.inf)
    slow_ms = _slow_ms(measurement.slices)
    well_min = [
        one.at_min
        for one in measurement.slices
        if end_min <= one.at_min <= until_min - SLICE_MIN and _is_well(one, slow_ms)
    ]
    found = (one for one, then in pairwise(well_min) if then == one + SLICE_MIN)
    return next(found, math.inf) - end_min


def is_about_money(incident: Incident) -> bool:
    """Whether all that can be told of it is what it costs."""
    return bool(incident.accepts) and ABOUT_MONEY.issuperset(incident.accepts)


def _during(incident: Incident, slices: Iterable[TimelineSlice]) -> list[TimelineSlice]:
    """The minutes that an incident touched."""
    return [one for one in slices if incident.onset_min - SLICE_MIN < one.at_min < incident.end_min]


def dearness(incident: Incident, measurement: IncidentsMeasurement) -> Fraction | None:
    """What its minutes cost on average, over what a minute usually costs: the median of all.

    None if that is not known, or if minutes usually cost nothing.
    """
    every, within = _costs(measurement.slices), _costs(_during(incident, measurement.slices))
    usual = Fraction(median(every)) if every else Fraction(0)
    return Fraction(sum(within), len(within)) / usual if within and usual else None


def _costs(slices: Iterable[TimelineSlice]) -> list[int]:
    """What minutes cost, those of which it is known."""
    return [one.cost_pico_usd for one in slices if one.cost_pico_usd is not None]


def _cost_nothing_more(incident: Incident, measurement: IncidentsMeasurement) -> bool:
    """Whether its minutes cost nothing or what is usual; False if that is not known."""
    within = _costs(_during(incident, measurement.slices))
    found = dearness(incident, measurement)
    return bool(within) and (not any(within) or (found is not None and found <= DEAR_FACTOR))


def _slow_ms(slices: Iterable[TimelineSlice]) -> float:
    """A p95 beyond this is slow: what is usual is the median of all minutes."""
    known = [one.latency_ms_p95 for one in slices if one.latency_ms_p95 is not None]
    usual_ms = median(known) if known else 0.0
    return max(SLOW_FACTOR * usual_ms, usual_ms + SLOW_SLACK_MS)


def _is_well(one: TimelineSlice, slow_ms: float) -> bool:
    served = one.failed <= WELL_FAILED_SHARE * one.requests
    return served and one.latency_ms_p95 is not None and one.latency_ms_p95 <= slow_ms


def _hurts(one: TimelineSlice, slow_ms: float) -> bool:
    failed = one.requests > 0 and one.failed >= FAILED_SHARE * one.requests
    return failed or (one.latency_ms_p95 is not None and one.latency_ms_p95 > slow_ms)
