"""What alerts would have earned if they knew nothing of when the incidents were. Pure, exact.

The alerts are moved in time, all together, around the circle of the recording: how often and
how regularly they begin to fire is kept, and only what they know is lost. A circular shift is
the usual null model of two point processes (Møller and Waagepetersen 2004, chapter 4).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from assay.domain.credits import credit_for, is_outage
from assay.domain.firing import SLOT_MIN, Stretch, accepted_alerts, heard, opens, paged
from assay.domain.incidents import Incident, IncidentsMeasurement, Replay

SHIFT_MIN = 5
"""Chance is the mean over shifts of so many virtual minutes, twice, three times ..."""
LEAST_SHIFT_MIN = 20
"""Alerts moved by less than this, either way, still notice a part of what they noticed."""

Ring = Sequence[int]
"""Slots after the warm-up at which one alert began, ascending, on the circle."""


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
    began = _starts(measurement, heard(measurement, replay.episodes))
    woke = _starts(measurement, paged(measurement, replay.episodes))
    earned = Fraction(0)
    for one in judged:
        accepted = accepted_alerts(one, measurement.monitoring.alerts)
        moved = _Moved(one, Fraction(measurement.warmup_min), around)
        rings, loud = _rings(began, accepted), _rings(woke, accepted)
        for move in moves if rings else ():
            earned += Fraction(one.weight) * moved.credit(rings, loud, move)
    return earned / len(moves) / weights


def _starts(
    measurement: IncidentsMeasurement, stretches: Iterable[Stretch]
) -> Mapping[str, list[int]]:
    """Slots after the warm-up at which each alert began, ascending."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    warmup_min = Fraction(measurement.warmup_min)
    for one in stretches:
        if one.start_min >= warmup_min:
            found[one.alert].append(_slots(one.start_min - warmup_min))
    return found


def _rings(starts: Mapping[str, Ring], alerts: Collection[str]) -> list[Ring]:
    return [ring for alert, ring in starts.items() if alert in alerts]


@dataclass(frozen=True, slots=True)
class _Moved:
    """One incident, and alerts that began so many slots later than they did."""

    incident: Incident
    warmup_min: Fraction
    around: int

    def credit(self, rings: Collection[Ring], loud: Collection[Ring], move: int) -> Fraction:
        """Of an outage the better of the first page in full and the first alert at half."""
        edges = max(self._edges(ring, move) for ring in rings)
        if not is_outage(self.incident):
            return self._earned(rings, move, edges, asleep=False)
        ticket = self._earned(rings, move, edges, asleep=True)
        return max(ticket, self._earned(loud, move, edges, asleep=False)) if loud else ticket

    def _earned(self, rings: Collection[Ring], move: int, edges: int, *, asleep: bool) -> Fraction:
        first = _slots(opens(self.incident) - self.warmup_min)
        onset_min = Fraction(self.incident.onset_min)
        in_budget = _slots(onset_min + Fraction(self.incident.budget_min) - self.warmup_min) - first
        since = min(_next(ring, first - move, self.around) for ring in rings)
        if since > in_budget:
            return Fraction(0)
        begins_min = self.warmup_min + (first + since) * SLOT_MIN
        delay_min = max(Fraction(0), begins_min - onset_min)
        return credit_for(delay_min, self.incident, edges, asleep=asleep)

    def _edges(self, ring: Ring, move: int) -> int:
        first = _slots(opens(self.incident) - self.warmup_min)
        lasts = _slots(Fraction(self.incident.end_min) - self.warmup_min) - first
        return _count(ring, first - move, lasts, self.around)


def _next(ring: Ring, at: int, around: int) -> int:
    """How many slots after `at` the next of them comes, on the circle."""
    begin = at % around
    after = bisect_left(ring, begin)
    return ring[after] - begin if after < len(ring) else ring[0] + around - begin


def _count(ring: Ring, at: int, lasts: int, around: int) -> int:
    """How many of them are from `at` on in so many slots, on the circle."""
    begin = at % around
    over = begin + min(lasts, around - 1) + 1
    found = bisect_left(ring, over) - bisect_left(ring, begin)
    return found + bisect_left(ring, over - around) if over > around else found


def _slots(minutes: Fraction) -> int:
    return int(minutes // SLOT_MIN)
