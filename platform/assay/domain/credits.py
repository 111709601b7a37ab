"""What the alerts of one replay made of one incident. Pure, exact.

    credit = 1 up to 0.3 of an incident's budget, falling to 0.4 at the budget, then 0

The episode recall of stream learning (Bifet 2017, CapyMOA's EvaluateDriftDetector), by delay
over budget. Of an outage somebody has to be woken: an alert that only writes a ticket earns half.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from assay.domain.firing import (
    Stretch,
    accepted_alerts,
    heard,
    opens,
    paged,
    pages,
    span_of,
    stretches_of,
)
from assay.domain.incidents import AlertClaim, Episode, Incident, IncidentsMeasurement, Replay
from assay.domain.timeline import RESET_MIN, Signal

FULL_CREDIT_SHARE = Fraction(3, 10)
"""Of the budget: an alert this early earns everything."""
LATE_CREDIT = Fraction(4, 10)
"""Earned by an alert at the very end of the budget."""
FLAPS_MAX = 3
"""Times an alert may begin to fire within one incident before it counts as flapping."""
FLAPPING_CREDIT = Fraction(1, 2)
OUTAGE: Signal = "availability"
"""An incident that accepts it is one for which somebody has to be woken."""
UNHEARD_CREDIT = Fraction(1, 2)
"""Of what an alert earns that notices an outage and wakes nobody."""


@dataclass(frozen=True, slots=True)
class IncidentCredit:
    """What the alerts made of one incident.

    Attributes:
        first: The episode that noticed it, None if none began to fire within the budget. Of an
            outage it is the one that earns most: a page, unless it came much later.
        delay_min: From the onset until then.
        edges: How often the accepted alert that did so most began to fire within it.
        credit: 0..1, exact.
        reset: Whether its alerts were over `RESET_MIN` after it; None if it was not noticed,
            or if the next incident or the end of the recording came first.
        named: Values of the feature labels of the alerts that noticed it.
        located: Whether they name a right place, and no more wrong ones than right ones; None
            if it was not noticed or has no place.
        unheard: Whether it is an outage, noticed by an alert that wakes nobody.
    """

    incident: Incident
    first: Episode | None
    delay_min: Fraction | None
    edges: int
    credit: Fraction
    reset: bool | None
    named: tuple[str, ...]
    located: bool | None
    unheard: bool = False


def credit_of(
    incident: Incident, measurement: IncidentsMeasurement, replay: Replay
) -> IncidentCredit:
    """What the alerts of one replay made of one incident that is not a decoy."""
    claims = measurement.monitoring.alerts
    alerts = accepted_alerts(incident, claims)
    own = [episode for episode in replay.episodes if episode.alert in alerts]
    closes = Fraction(incident.onset_min) + Fraction(incident.budget_min)
    within = [one for one in own if opens(incident) <= Fraction(one.start_min) <= closes]
    edges = _edges(incident, measurement, own)

    def worth(episode: Episode) -> Fraction:
        asleep = is_outage(incident) and not pages(episode)
        return credit_for(_delay_min(incident, episode), incident, edges, asleep=asleep)

    hits = sorted(_rising(incident, within, heard(measurement, own), claims), key=_order)
    first = max(hits, key=worth, default=None)  # the earliest of those that earn as much
    named = _named(within, claims)
    return IncidentCredit(
        incident=incident,
        first=first,
        delay_min=_delay_min(incident, first) if first else None,
        edges=edges,
        credit=worth(first) if first else Fraction(0),
        reset=_reset(incident, measurement, own) if first else None,
        named=named,
        located=_located(incident, named) if first and incident.locates else None,
        unheard=first is not None and is_outage(incident) and not pages(first),
    )


def credit_for(
    delay_min: Fraction, incident: Incident, edges: int, *, asleep: bool = False
) -> Fraction:
    """0..1 for an alert that began to fire so long after the onset.

    Args:
        delay_min: Within the budget.
        incident: Whose budget it is.
        edges: How often the accepted alert that did so most began to fire within it.
        asleep: Whether somebody had to be woken, and was not.
    """
    budget = Fraction(incident.budget_min)
    free = FULL_CREDIT_SHARE * budget
    credit = Fraction(1)
    if delay_min > free:
        credit = LATE_CREDIT + (1 - LATE_CREDIT) * (budget - delay_min) / (budget - free)
    credit = credit * FLAPPING_CREDIT if edges > FLAPS_MAX else credit
    return credit * UNHEARD_CREDIT if asleep else credit


def is_outage(incident: Incident) -> bool:
    """Whether somebody has to be woken for it."""
    return OUTAGE in incident.accepts


def _rising(
    incident: Incident,
    within: Collection[Episode],
    began: Iterable[Stretch],
    claims: Sequence[AlertClaim],
) -> list[Episode]:
    """Episodes that told something new: their alert was silent, or newly names the right place.

    Of an alert that goes on firing under other labels nobody hears, unless it begins to page.
    """
    starts = {(one.alert, one.start_min) for one in began}
    new = [one for one in within if (one.alert, Fraction(one.start_min)) in starts]
    more = [one for one in within if one not in new]
    if not _located(incident, _named(more, claims)):
        return new
    return new + [one for one in more if set(_named([one], claims)) & set(incident.locates)]


def _order(episode: Episode) -> tuple[float, bool, str, list[tuple[str, str]], float]:
    """By time; of two at the same time the one that pages first."""
    labels = sorted(episode.labels.items())
    end_min = math.inf if episode.end_min is None else episode.end_min
    return episode.start_min, not pages(episode), episode.alert, labels, end_min


def _delay_min(incident: Incident, first: Episode) -> Fraction:
    return max(Fraction(0), Fraction(first.start_min) - Fraction(incident.onset_min))


def _edges(incident: Incident, measurement: IncidentsMeasurement, own: Collection[Episode]) -> int:
    """Of the accepted alert that began to fire, or to page, most often between onset and end."""

    def most(stretches: Iterable[Stretch]) -> int:
        end_min = Fraction(incident.end_min)
        within = [one for one in stretches if opens(incident) <= one.start_min <= end_min]
        return max(Counter(one.alert for one in within).values(), default=0)

    return max(most(stretches_of(measurement, own)), most(paged(measurement, own)))


def _reset(
    incident: Incident, measurement: IncidentsMeasurement, own: Sequence[Episode]
) -> bool | None:
    """Whether no accepted alert that began since the onset fires any more when it should not."""
    deadline = Fraction(incident.end_min) + Fraction(RESET_MIN)
    since = [e for e in own if opens(incident) <= Fraction(e.start_min) < deadline]
    ends = [span_of(one, Fraction(measurement.length_min))[1] for one in since]
    still_open = any(one.end_min is None for one in since)
    if deadline > Fraction(measurement.length_min):
        return None if still_open else True
    if not still_open and all(end <= deadline for end in ends):
        return True
    return None if _next_alike(incident, measurement, before=deadline) else False


def _next_alike(incident: Incident, measurement: IncidentsMeasurement, before: Fraction) -> bool:
    """Whether another incident gave the same signals a reason to go on firing."""
    return any(
        other.kind != "decoy"
        and incident.onset_min < other.onset_min
        and Fraction(other.onset_min) <= before
        and set(other.accepts).intersection(incident.accepts)
        for other in measurement.incidents
    )


def _named(hits: Iterable[Episode], claims: Iterable[AlertClaim]) -> tuple[str, ...]:
    labels = {(claim.alert, claim.locates) for claim in claims if claim.locates}
    found = {
        episode.labels[label]
        for episode in hits
        for alert, label in labels
        if episode.alert == alert and episode.labels.get(label)
    }
    return tuple(sorted(found))


def _located(incident: Incident, named: Collection[str]) -> bool:
    """Naming every feature there is points nowhere."""
    right = sum(place in incident.locates for place in named)
    return right > 0 and 2 * right >= len(named)
