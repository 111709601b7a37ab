"""What alerts would have earned if they knew nothing of when the incidents were. Pure, exact.

The alerts are moved in time, all together, around the circle of the recording: how often and
how regularly they begin to fire is kept, and only what they know is lost. A circular shift is
the usual null model of two point processes (Møller and Waagepetersen 2004, chapter 4).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from assay.domain.credits import credit_for
from assay.domain.firing import SLOT_MIN, accepted_alerts, opens, stretches_of
from assay.domain.incidents import Incident, IncidentsMeasurement, Replay

SHIFT_MIN = 5
"""Chance is the mean over shifts of so many virtual minutes, twice, three times ..."""
LEAST_SHIFT_MIN = 20
"""Alerts moved by less than this, either way, still notice a part of what they noticed."""


def recall_by_chance(
    judged: Sequence[Incident], measurement: IncidentsMeasurement, replay: Replay
) -> Fraction:
    """Mean over the shifts of the mean credit by weight, 0..1.

    Only when an alert begins to fire is asked, not what its labels name: what goes on firing
    under a new label and names the right place has no likeness at other times.

    Returns:
        0 if there are no alerts, or the time after the warm-up is too short to be shifted.
    """
    around = _slots(Fraction(measurement.length_min) - Fraction(measurement.warmup_min))
    least, step = _slots(Fraction(LEAST_SHIFT_MIN)), _slots(Fraction(SHIFT_MIN))
    moves = range(least, around - least + 1, step)
    weights = sum((Fraction(one.weight) for one in judged), start=Fraction(0))
    if not moves or not weights:
        return Fraction(0)
    starts = _starts(measurement, replay)
    earned = Fraction(0)
    for one in judged:
        accepted = accepted_alerts(one, measurement.monitoring.alerts) & starts.keys()
        rings = [starts[alert] for alert in accepted]
        for move in moves if rings else ():
            earned += Fraction(one.weight) * _credit(one, measurement, rings, move, around)
    return earned / len(moves) / weights


def _starts(measurement: IncidentsMeasurement, replay: Replay) -> Mapping[str, list[int]]:
    """Slots after the warm-up at which each alert began to fire, ascending."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    warmup_min = Fraction(measurement.warmup_min)
    for one in stretches_of(measurement, replay.episodes):
        if one.start_min >= warmup_min:
            found[one.alert].append(_slots(one.start_min - warmup_min))
    return found


def _credit(
    incident: Incident,
    measurement: IncidentsMeasurement,
    rings: Collection[Sequence[int]],
    move: int,
    around: int,
) -> Fraction:
    """Of one incident, if every alert had begun `move` slots later."""
    warmup_min = Fraction(measurement.warmup_min)
    first = _slots(opens(incident) - warmup_min)
    closes = Fraction(incident.onset_min) + Fraction(incident.budget_min)
    in_budget = _slots(closes - warmup_min) - first
    lasts = _slots(Fraction(incident.end_min) - warmup_min) - first
    since = min(_next(ring, first - move, around) for ring in rings)
    if since > in_budget:
        return Fraction(0)
    begins_min = warmup_min + (first + since) * SLOT_MIN
    delay_min = max(Fraction(0), begins_min - Fraction(incident.onset_min))
    edges = max(_count(ring, first - move, lasts, around) for ring in rings)
    return credit_for(delay_min, incident, edges)


def _next(ring: Sequence[int], at: int, around: int) -> int:
    """How many slots after `at` the next of them comes, on the circle."""
    begin = at % around
    after = bisect_left(ring, begin)
    return ring[after] - begin if after < len(ring) else ring[0] + around - begin


def _count(ring: Sequence[int], at: int, lasts: int, around: int) -> int:
    """How many of them are from `at` on in so many slots, on the circle."""
    begin = at % around
    over = begin + min(lasts, around - 1) + 1
    found = bisect_left(ring, over) - bisect_left(ring, begin)
    return found + bisect_left(ring, over - around) if over > around else found


def _slots(minutes: Fraction) -> int:
    return int(minutes // SLOT_MIN)
