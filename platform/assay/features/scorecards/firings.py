"""What each firing of the alerts was: the verdicts of `domain.alerting`, to be drawn."""

from collections.abc import Iterator
from fractions import Fraction

from assay.domain.alerting import (
    PAGED_ON_DECOY,
    AlertingScore,
    Stretch,
    accepted_alerts,
    opens,
    quiet_spans,
    recorded,
    stretches_of,
)
from assay.domain.incidents import Incident, IncidentsMeasurement
from assay.domain.spans import shared
from assay.domain.timeline import RESET_MIN
from assay.features.scorecards.timeline_chart import Firing, Role
from assay.features.scorecards.wording import number

Start = tuple[str, Fraction]
"""Name of an alert, and the virtual minute at which it began to fire."""


def firings_of(measured: IncidentsMeasurement, score: AlertingScore | None) -> list[Firing]:
    """Every firing over the recording, in order of time.

    Args:
        measured: The stage.
        score: What these alerts are worth, None if that could not be told.
    """
    replay = recorded(measured)
    stretches = stretches_of(measured, replay.episodes) if replay else []
    noticing = dict(_noticing(score)) if score else {}
    false = {(one.alert, one.start_min): one.counts for one in score.false_alarms} if score else {}
    # One that noticed may have begun while the same alert already fired with other labels.
    others = [
        _firing(measured, score, one, false.get(_start(one)))
        for one in stretches
        if _start(one) not in noticing
    ]
    return sorted([*others, *noticing.values()], key=lambda one: (one.start_min, one.alert))


def _noticing(score: AlertingScore) -> Iterator[tuple[Start, Firing]]:
    """The first alert of each incident that was noticed."""
    for credit in score.credits:
        if credit.first is None or credit.delay_min is None:
            continue
        delay = number(float(credit.delay_min))
        firing = Firing(
            alert=credit.first.alert,
            start_min=credit.first.start_min,
            end_min=credit.first.end_min,
            role="noticed",
            note=f"✓ {delay} of {number(credit.incident.budget_min)} min",
            onset_min=credit.incident.onset_min,
        )
        yield (credit.first.alert, Fraction(credit.first.start_min)), firing


def _firing(
    measured: IncidentsMeasurement, score: AlertingScore | None, one: Stretch, counts: int | None
) -> Firing:
    """One firing; `counts` is how it counts as a false alarm, None if it is none."""
    role = _role(measured, score, one, counts)
    return Firing(
        alert=one.alert,
        start_min=float(one.start_min),
        end_min=None if one.open else float(one.end_min),
        role=role,
        note=_note(measured, score, one, role),
    )


def _note(
    measured: IncidentsMeasurement, score: AlertingScore | None, one: Stretch, role: Role
) -> str:
    """A late alert is too late only if none before it noticed the incident."""
    if role != "late":
        return {"false": "✗ false alarm", "paged": "✗✗ paged"}.get(role, "")
    meant = _meant(measured, one)
    noticed = [c.incident.id for c in score.credits if c.first] if score else []
    return "" if meant and meant.id in noticed else "too late"


def _role(
    measured: IncidentsMeasurement, score: AlertingScore | None, one: Stretch, counts: int | None
) -> Role:
    if counts is not None:
        return "paged" if counts == PAGED_ON_DECOY else "false"
    incident = _meant(measured, one)
    if incident is None:
        return "lasting" if score and went_on(measured, one) else "other"
    in_time = one.start_min <= Fraction(incident.onset_min) + Fraction(incident.budget_min)
    return "noticed" if in_time else "late"


def went_on(measured: IncidentsMeasurement, one: Stretch) -> bool:
    """Whether an alert fired while nothing was wrong, whenever it began."""
    return bool(shared([(one.start_min, one.end_min)], quiet_spans(measured)))


def _meant(measured: IncidentsMeasurement, one: Stretch) -> Incident | None:
    """The incident going on that this alert says it covers."""
    for incident in measured.incidents:
        over = Fraction(incident.end_min) + Fraction(RESET_MIN)
        covered = one.alert in accepted_alerts(incident, measured.monitoring.alerts)
        if covered and opens(incident) <= one.start_min < over:
            return incident
    return None


def _start(one: Stretch) -> Start:
    return one.alert, one.start_min
