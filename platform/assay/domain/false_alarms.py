"""What alerts did while there was nothing to tell. Pure, exact.

Quiet time, in which nothing may fire, is what the incidents of the recording and half an hour
after each leave, and the whole of the clean recording, in which nothing was done. What begins
to fire has less excuse than what still fires: ten minutes after an incident it tells of
nothing any more. Four virtual hours full of incidents have few quiet minutes, and by those
alone a flapping alert could be lucky between incidents.

Minutes in which users really were hurt are not quiet for an alert about users, whoever hurt them:
a service that dies by itself, twice the traffic, a machine that stops for a second. They excuse
what began then: an alert that had begun for nothing, as one that always fires, tells of them no
more than of anything else.
"""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from assay.domain.felt import about_users, felt_spans, repeated_spans
from assay.domain.firing import Stretch, opens, replay_named, stretches_of
from assay.domain.incidents import Incident, IncidentsMeasurement, Replay
from assay.domain.spans import Span, holds, length, outside, shared
from assay.domain.timeline import RESET_MIN

ALLOWED_FALSE_ALARMS, ALLOWED_PER_MIN = 2, 240
"""False alarms per watched minutes at which F is 1 - 1/e."""
PAGED_ON_DECOY = 2
"""What a page on a decoy counts, in false alarms."""
ECHO_MIN = 10
"""A rule looks back over its window: a decoy is still what it fired on so long after it."""
TOGETHER_MIN = 5
"""Alarms that begin so soon after the first of them are one disturbance, by whatever names."""
SAME_MIN = 1
"""Two alarms of one name so near to each other in the repeated time are one and the same."""
EXCUSED_TIMES = 4
"""A service that died is started again three times; once more is the machine's."""
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """An alert that began to fire without a reason.

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
    return _without(measurement, lambda one: Fraction(one.end_min) + Fraction(RESET_MIN))


def unfounded_spans(measurement: IncidentsMeasurement) -> list[Span]:
    """Virtual minutes in which no alert has a reason to begin to fire.

    More than the quiet time: what fires may go on for half an hour after an incident, but what
    begins then, and is not one that was still in time, tells of nothing.
    """

    def until(one: Incident) -> Fraction:
        in_time_min = Fraction(one.onset_min) + Fraction(one.budget_min)
        return max(Fraction(one.end_min) + ECHO_MIN, in_time_min)

    return _without(measurement, until)


def _without(
    measurement: IncidentsMeasurement, until: Callable[[Incident], Fraction]
) -> list[Span]:
    """The time after the warm-up but for each incident, from its onset until that minute."""
    busy = [
        (opens(one), until(one))
        for one in measurement.incidents
        if one.kind != "decoy" or not one.carried_out
    ]
    whole = Fraction(measurement.warmup_min), Fraction(measurement.length_min)
    return outside(busy, whole)


def in_quiet(
    measurement: IncidentsMeasurement, replay: Replay, felt: Sequence[Span] | None = None
) -> Quiet:
    """What alerts did between the incidents.

    Args:
        measurement: The timeline.
        replay: The alerts.
        felt: When users were hurt although nothing was done; of the measurement if None.
    """
    hurt = felt_spans(measurement) if felt is None else felt
    felt = unprovoked(measurement) if felt is None else felt
    quiet, unfounded = quiet_spans(measurement), unfounded_spans(measurement)
    calm, groundless = _but(quiet, felt, RESET_MIN), _but(unfounded, felt, ECHO_MIN)
    before = _but([(Fraction(0), Fraction(measurement.warmup_min))], hurt, ECHO_MIN)
    truthful = about_users(measurement.monitoring.alerts)
    firing: list[Span] = []
    alarms: list[FalseAlarm] = []
    for one in stretches_of(measurement, replay.episodes):
        about = one.alert in truthful
        excused = about and not holds([*before, *groundless], one.start_min)
        firing += shared([(one.start_min, one.end_min)], calm if excused else quiet)
        if holds(groundless if about else unfounded, one.start_min):
            alarms.append(_false_alarm(one, _decoy_at(measurement, one.start_min)))
    return Quiet(length(quiet), length(firing), tuple(alarms))


def unprovoked(measurement: IncidentsMeasurement) -> list[Span]:
    """When users were hurt although nothing was done, or nothing harmful: the first few times.

    With no end to them, a service that fails a little all the time would excuse any alarm.
    """
    return shared(felt_spans(measurement), unfounded_spans(measurement))[:EXCUSED_TIMES]


def _but(spans: Sequence[Span], felt: Iterable[Span], echo_min: float) -> list[Span]:
    """The spans without the times in which users were hurt and so much after each."""
    longer = [(start, end + Fraction(echo_min)) for start, end in felt]
    return [rest for span in spans for rest in outside(shared(longer, [span]), span)]


def in_clean(measurement: IncidentsMeasurement, told: Collection[FalseAlarm] = ()) -> Quiet:
    """What they did on the clean recording; no minutes if there is none that they ran over.

    An alarm in the time that is repeated in it is raised again in every round, and was mostly
    raised in the recording, too: it is one alarm, and counts once.

    Args:
        measurement: With the replay over the clean recording.
        told: Alarms of the recording. They are not told again.
    """
    clean = replay_named(measurement, "clean")
    if clean is None or clean.error:
        return Quiet(Fraction(0), Fraction(0), ())
    length_min = measurement.length_min if clean.length_min is None else clean.length_min
    nothing_done = {"incidents": (), "length_min": length_min}
    felt = repeated_spans(unprovoked(measurement), clean, Fraction(length_min))
    found = in_quiet(measurement.model_copy(update=nothing_done), clean, felt)
    return replace(found, alarms=_once(found.alarms, told, clean))


def rate_penalty(
    alarms: Iterable[FalseAlarm], on_clean: Iterable[FalseAlarm], watched_min: Fraction
) -> Fraction:
    """1 - exp(-disturbances / those allowed in so many minutes), in whole millionths.

    Args:
        alarms: Of the recording.
        on_clean: Of the clean recording, whose minutes are others.
        watched_min: Length of the recording after its warm-up.
    """
    allowed = watched_min * ALLOWED_FALSE_ALARMS / ALLOWED_PER_MIN
    count = disturbances(alarms) + disturbances(on_clean)
    return Fraction(round(-math.expm1(-count / float(allowed)) * MILLION), MILLION)


def disturbances(alarms: Iterable[FalseAlarm]) -> int:
    """How often somebody was disturbed for nothing; a page on a decoy twice.

    A fast and a slow rule for the same objective begin to fire together: who is called looks
    once. What begins later than `TOGETHER_MIN` after the first of them disturbs again.
    """
    count, until_min, most = 0, None, 0
    for one in sorted(alarms, key=lambda alarm: alarm.start_min):
        if until_min is None or one.start_min > until_min:
            count, most = count + most, 0
            until_min = one.start_min + TOGETHER_MIN
        most = max(most, one.counts)
    return count + most


def _once(
    alarms: Iterable[FalseAlarm], told: Collection[FalseAlarm], clean: Replay
) -> tuple[FalseAlarm, ...]:
    """Without those that are in `told` or in an earlier round."""
    if clean.repeats_min is None:
        return tuple(alarms)
    from_min, until_min = map(Fraction, clean.repeats_min)
    round_min = until_min - from_min
    known = [(one.alert, one.start_min - from_min) for one in told]
    found = []
    for one in alarms:
        at_min = one.start_min % round_min
        if not any(one.alert == name and _near(at_min, then, round_min) for name, then in known):
            found.append(one)
            known.append((one.alert, at_min))
    return tuple(found)


def _near(at_min: Fraction, then_min: Fraction, round_min: Fraction) -> bool:
    apart = abs(at_min - then_min) % round_min
    return min(apart, round_min - apart) <= SAME_MIN


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
