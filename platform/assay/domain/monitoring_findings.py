"""Rules that word notable facts of the incidents stage. As in `findings`, they change no points."""

from collections.abc import Iterator

from assay.domain.alerting import AlertingScore, recorded, score_alerting
from assay.domain.checks.incidents import listed
from assay.domain.evidence import Evidence
from assay.domain.honesty import made_up
from assay.domain.incidents import IncidentsMeasurement
from assay.domain.scorecard import Finding

RECORDED = "incidents.replays[recorded]"
ALWAYS_FIRING = 0.5
"""Share of quiet time beyond which nobody listens to alerts any more."""
MESSAGE_LENGTH = 300


def disturbed_incidents(evidence: Evidence) -> Iterator[Finding]:
    """The whole stage was thrown away."""
    measured = evidence.incidents
    if measured and measured.void:
        told = f"The incidents were disturbed by the machine and are not judged: {measured.void}."
        yield Finding("caution", told, "incidents.void")


def left_out_incidents(evidence: Evidence) -> Iterator[Finding]:
    """Something this engine could not do to the service."""
    measured = _judged(evidence)
    left = [one for one in measured.incidents if not one.carried_out] if measured else []
    if left:
        told = listed([f"{one.title} ({one.note or 'not possible here'})" for one in left])
        yield Finding("caution", f"Planned, but not carried out: {told}.", "incidents.incidents")


def broken_rules(evidence: Evidence) -> Iterator[Finding]:
    """Rules that do not run page nobody."""
    measured = _judged(evidence)
    replay = recorded(measured) if measured else None
    if replay and replay.error:
        said = " ".join(replay.error.split())[:MESSAGE_LENGTH]
        yield Finding("problem", f"The alert rules do not run: {said}", RECORDED)


def unnoticed_incidents(evidence: Evidence) -> Iterator[Finding]:
    """Incidents of which nobody would have been told."""
    for scored in _scores(evidence):
        missed = [one.incident.title for one in scored.credits if one.first is None]
        if missed:
            yield Finding("problem", f"Nobody would have been told: {listed(missed)}.", RECORDED)


def pages_for_nothing(evidence: Evidence) -> Iterator[Finding]:
    """Someone would have been woken for a decoy."""
    for scored in _scores(evidence):
        paged = [f"{one.alert} ({one.decoy})" for one in scored.false_alarms if one.counts > 1]
        if paged:
            told = f"Someone would have been woken for something harmless: {listed(paged)}."
            yield Finding("problem", told, RECORDED)


def alarms_nobody_hears(evidence: Evidence) -> Iterator[Finding]:
    """Alerts that fire most of the time."""
    for scored in _scores(evidence):
        if scored.quiet_firing > ALWAYS_FIRING:
            told = (
                f"Alerts were firing for {float(scored.quiet_firing):.0%} of the time in which "
                f"nothing was wrong; nobody listens to such alerts."
            )
            yield Finding("problem", told, RECORDED)


def invented_metrics(evidence: Evidence) -> Iterator[Finding]:
    """Figures that were not counted."""
    measured = _judged(evidence)
    faked = made_up(measured) if measured else ()
    if faked:
        told = f"Its metrics are made up in part: {listed(faked)}."
        yield Finding("problem", told, "incidents.scrapes")


def watchful(evidence: Evidence) -> Iterator[Finding]:
    """Everything was noticed, and nothing else."""
    for scored in _scores(evidence):
        if not scored.penalty and all(one.first for one in scored.credits):
            told = f"All {len(scored.credits)} incidents were noticed, without a false alarm."
            yield Finding("strength", told, RECORDED)


def _judged(evidence: Evidence) -> IncidentsMeasurement | None:
    measured = evidence.incidents
    return measured if measured and not measured.void else None


def _scores(evidence: Evidence) -> Iterator[AlertingScore]:
    """The score of the alerts, if there are alerts that ran."""
    measured = _judged(evidence)
    replay = recorded(measured) if measured else None
    if measured and replay and not replay.error and measured.monitoring.alerts:
        scored = score_alerting(measured, replay)
        if scored:
            yield scored
