"""What alerts did while there was nothing to tell. Pure, exact.

Quiet time is what the incidents of the recording and half an hour after each leave, and the
whole of the clean recording, in which nothing was done. Four virtual hours full of incidents
have few quiet minutes: by those alone a flapping alert could be lucky between incidents, and
one false alarm would cost everything.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from assay.domain.firing import Stretch, opens, replay_named, stretches_of
from assay.domain.incidents import IncidentsMeasurement, Replay
from assay.domain.spans import Span, holds, length, outside, shared
from assay.domain.timeline import RESET_MIN

ALLOWED_FALSE_ALARMS, ALLOWED_PER_MIN = 2, 240
"""False alarms per quiet minutes at which F is 1 - 1/e."""
PAGED_ON_DECOY = 2
"""What a page on a decoy counts, in false alarms."""
ECHO_MIN = 10
"""A rule looks back over its window: a decoy is still what it fired on so long after it."""
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """An alert that began to fire in quiet time.

    Attributes:
        end_min: None if it still fired at the end.
        decoy: Id of the decoy it fired on, "" if nothing was going on at all.
        counts: 2 if it paged on a decoy, else 1.
    """

    alert: str
    start_min: Fraction
    end_min: Fraction | None
    decoy: str
    counts: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """What the alerts did in the quiet time of one recording."""

    minutes: Fraction
    firing_min: Fraction
    alarms: tuple[FalseAlarm, ...]


def quiet_spans(measurement: IncidentsMeasurement) -> list[Span]:
    """Virtual minutes in which no alert has a reason: all but incidents and their reset.

    Decoys are quiet time. What was not carried out may still have been half done, so it is
    not.
    """
    busy = [
        (opens(one), Fraction(one.end_min) + Fraction(RESET_MIN))
        for one in measurement.incidents
        if one.kind != "decoy" or not one.carried_out
    ]
    whole = Fraction(measurement.warmup_min), Fraction(measurement.length_min)
    return outside(busy, whole)


def in_quiet(measurement: IncidentsMeasurement, replay: Replay) -> Quiet:
    """What alerts did between the incidents."""
    quiet = quiet_spans(measurement)
    stretches = stretches_of(measurement, replay.episodes)
    firing = [(one.start_min, one.end_min) for one in stretches]
    alarms = [
        _false_alarm(one, _decoy_at(measurement, one.start_min))
        for one in stretches
        if holds(quiet, one.start_min)
    ]
    return Quiet(length(quiet), length(shared(firing, quiet)), tuple(alarms))


def in_clean(measurement: IncidentsMeasurement) -> Quiet:
    """What they did on the clean recording; no minutes if there is none that they ran over."""
    replay = replay_named(measurement, "clean")
    if replay is None or replay.error:
        return Quiet(Fraction(0), Fraction(0), ())
    length_min = measurement.length_min if replay.length_min is None else replay.length_min
    nothing_done = {"incidents": (), "length_min": length_min}
    return in_quiet(measurement.model_copy(update=nothing_done), replay)


def rate_penalty(alarms: Iterable[FalseAlarm], quiet_min: Fraction) -> Fraction:
    """1 - exp(-alarms / those allowed in so many quiet minutes), in whole millionths."""
    allowed = quiet_min * ALLOWED_FALSE_ALARMS / ALLOWED_PER_MIN
    count = sum(one.counts for one in alarms)
    return Fraction(round(-math.expm1(-count / float(allowed)) * MILLION), MILLION)


def _false_alarm(one: Stretch, decoy: str) -> FalseAlarm:
    return FalseAlarm(
        alert=one.alert,
        start_min=one.start_min,
        end_min=None if one.open else one.end_min,
        decoy=decoy,
        counts=PAGED_ON_DECOY if decoy and one.pages else 1,
    )


def _decoy_at(measurement: IncidentsMeasurement, at_min: Fraction) -> str:
    return next(
        (
            one.id
            for one in measurement.incidents
            if one.kind == "decoy" and opens(one) <= at_min <= Fraction(one.end_min) + ECHO_MIN
        ),
        "",
    )
