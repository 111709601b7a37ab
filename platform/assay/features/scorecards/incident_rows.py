"""Each incident with what the alerts made of it, in words. Credits are `domain.alerting`'s."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from assay.domain.alerting import (
    AlertingScore,
    IncidentCredit,
    accepted_alerts,
    judged_incidents,
    opens,
    recorded,
    score_alerting,
    stretches_of,
)
from assay.domain.checks.wording import tally
from assay.domain.felt import dearness, is_about_money, nobody_felt, well_again_s
from assay.domain.incidents import Incident, IncidentsMeasurement
from assay.domain.spans import shared
from assay.features.scorecards.firings import went_on
from assay.features.scorecards.incident_wording import (
    OBSERVABLE,
    SCHEDULES,
    signals,
    truth_by_field,
    truth_in_figures,
    truth_in_words,
    when,
)
from assay.features.scorecards.wording import clipped, number

LISTED = 40
"""Entries of any list that a submission can make as long as it likes."""
WELL = 0.9
"""Credit from which an incident counts as well noticed."""
NOT_NOTICED = ("not noticed", "poor")


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident: what was done, what an alert could have seen, what it made of it.

    Attributes:
        verdict, delay, credit, reset: "" where they do not apply.
        grade: "good", "fair", "poor" or "none".
        facts: Name -> text, of how it went.
        figures: Name -> text, of a drift's ground truth.
        fields: Field, PSI, KS and Wasserstein-1.
    """

    number: int
    title: str
    kind: str
    when: str
    truth: str
    verdict: str
    delay: str
    credit: str
    reset: str
    grade: str
    facts: Sequence[tuple[str, str]]
    figures: Sequence[tuple[str, str]]
    fields: Sequence[Sequence[str]]


def score_of(measured: IncidentsMeasurement) -> AlertingScore | None:
    """What the alerts over the recording are worth, None if that cannot be told."""
    replay = recorded(measured)
    if measured.void or replay is None or replay.error:
        return None
    return score_alerting(measured, replay)


def headline(measured: IncidentsMeasurement, score: AlertingScore | None) -> str:
    """What the alerts made of it, in one sentence."""
    if score is None:
        return _no_score(measured)
    noticed = sum(one.first is not None for one in score.credits)
    decoys = [i for i in measured.incidents if i.kind == "decoy" and i.carried_out]
    silent = sum(not (_alarms_on(one, score) or _firing_on(measured, one)) for one in decoys)
    return (
        f"{noticed} of {len(score.credits)} incidents noticed in time, "
        f"silent on {silent} of {len(decoys)} decoys, "
        f"{_noise(score)}."
    )


def _no_score(measured: IncidentsMeasurement) -> str:
    if measured.void:
        return "Nothing of this stage is judged."
    return _unwatched(measured) or "What the alerts would have done could not be told."


def _unwatched(measured: IncidentsMeasurement) -> str:
    """Why there was nothing that could have noticed anything, "" if there was."""
    replay = recorded(measured)
    if replay and replay.error:
        return "The alert rules do not run, so nothing was noticed."
    return "" if measured.monitoring.alerts else "There is no alert, so nothing was noticed."


def _noise(score: AlertingScore) -> str:
    """What the alerts did in quiet time: how often or for how long, whichever costs more."""
    if score.quiet_firing and score.quiet_firing == score.penalty:
        share = f"{float(score.quiet_firing):.0%}"
        return f"alerts firing for {share} of the time in which nothing was wrong"
    return f"{_alarms(len(score.false_alarms))} while nothing was wrong{_on_clean(score)}"


def _alarms(count: int) -> str:
    return f"{count or 'no'} false {'alarm' if count == 1 else 'alarms'}"


def _on_clean(score: AlertingScore) -> str:
    count = len(score.clean_alarms)
    return f" and {count} more in a recording in which nothing happened" if count else ""


def incident_rows(measured: IncidentsMeasurement, score: AlertingScore | None) -> list[IncidentRow]:
    """Every incident in the order of the timeline, numbered as in the drawing."""
    credits = {one.incident.id: one for one in score.credits} if score else {}
    judged = () if measured.void else judged_incidents(measured)
    missed = {one.id for one in judged} if _unwatched(measured) else set()
    rows = []
    for number_of, one in enumerate(measured.incidents, 1):
        credit = credits.get(one.id)
        verdict = NOT_NOTICED if one.id in missed else _verdict(measured, one, credit, score)
        row = _row(number_of, one, credit, verdict)
        more = (*_recovery(measured, one), *_price(measured, one))
        rows.append(replace(row, facts=[*row.facts, *more]))
    return rows


def _row(
    number_of: int, incident: Incident, credit: IncidentCredit | None, verdict: tuple[str, str]
) -> IncidentRow:
    words, grade = verdict
    truth = incident.truth
    return IncidentRow(
        number=number_of,
        title=clipped(incident.title, 160),
        kind=incident.kind,
        when=when(incident),
        truth=truth_in_words(truth) if truth else "",
        verdict=words,
        delay=_delay(credit),
        credit=f"{float(credit.credit):.2f}" if credit else "",
        reset=_reset(credit),
        grade=grade,
        facts=_facts(incident, credit),
        figures=truth_in_figures(truth) if truth else (),
        fields=truth_by_field(truth) if truth else (),
    )


def _price(measured: IncidentsMeasurement, incident: Incident) -> list[tuple[str, str]]:
    """What dependencies charged meanwhile, where they charge at all."""
    found = dearness(incident, measured)
    return [] if found is None else [("Cost of a minute", f"{float(found):.2f} times the usual")]


def _verdict(
    measured: IncidentsMeasurement,
    incident: Incident,
    credit: IncidentCredit | None,
    score: AlertingScore | None,
) -> tuple[str, str]:
    """What the alerts did, in words, and how good that is."""
    if not incident.carried_out:
        return f"not judged: {clipped(incident.note, 200) or 'it could not be done'}", "none"
    if score and incident.kind == "decoy":
        return _on_decoy(_alarms_on(incident, score), _firing_on(measured, incident))
    if credit is None and nobody_felt(incident, measured):
        felt = "it cost nothing more" if is_about_money(incident) else "no user felt anything of it"
        return f"not judged: {felt}", "none"
    if credit is None:
        return "not judged", "none"
    if credit.first is None:
        return _missed(measured, incident)
    told = f"noticed by {clipped(credit.first.alert, 80)}"
    flaps = f", which began to fire {credit.edges} times" if credit.edges > 1 else ""
    wrong = ", naming another field" if credit.located is False else ""
    asleep = ", which wakes nobody" if credit.unheard else ""
    return told + flaps + wrong + asleep, "good" if credit.credit >= WELL else "fair"


def _missed(measured: IncidentsMeasurement, incident: Incident) -> tuple[str, str]:
    """Not noticed, and why an alert that should have told of it earned nothing."""
    replay, alerts = recorded(measured), accepted_alerts(incident, measured.monitoring.alerts)
    stretches = stretches_of(measured, replay.episodes) if replay else []
    own = [one for one in stretches if one.alert in alerts]
    onset, end = opens(incident), Fraction(incident.end_min)
    before = sorted({one.alert for one in own if one.start_min < onset < one.end_min})
    late = [one for one in own if onset <= one.start_min <= end]
    words, grade = NOT_NOTICED
    if before:
        return f"{words}: {clipped(', '.join(before), 120)} was firing before", grade
    if late:
        after = number(float(late[0].start_min - Fraction(incident.onset_min)))
        return f"{words} in time: {clipped(late[0].alert, 80)} came after {after} min", grade
    return NOT_NOTICED


def _alarms_on(decoy: Incident, score: AlertingScore) -> list[tuple[str, int]]:
    """Alerts that rose on a decoy, and what each counts."""
    return [(one.alert, one.counts) for one in score.false_alarms if one.decoy == decoy.id]


def _firing_on(measured: IncidentsMeasurement, decoy: Incident) -> list[str]:
    """Alerts that fired over a decoy and while nothing was wrong, whenever they began."""
    replay = recorded(measured)
    stretches = stretches_of(measured, replay.episodes) if replay else []
    over = [(opens(decoy), Fraction(decoy.end_min))]
    return [
        one.alert
        for one in stretches
        if shared([(one.start_min, one.end_min)], over) and went_on(measured, one)
    ]


def _on_decoy(alarms: Sequence[tuple[str, int]], firing: Sequence[str]) -> tuple[str, str]:
    if not alarms and not firing:
        return "stayed silent", "good"
    if not alarms:
        already = clipped(", ".join(dict.fromkeys(firing)), 120)
        return f"not silent: {already} was firing already", "fair"
    names = clipped(", ".join(dict.fromkeys(alert for alert, _ in alarms)), 120)
    paged = any(counts > 1 for _, counts in alarms)
    return (f"paged: {names}", "poor") if paged else (f"false alarm: {names}", "fair")


def _delay(credit: IncidentCredit | None) -> str:
    if credit is None or credit.delay_min is None:
        return ""
    return f"{number(float(credit.delay_min))} of {number(credit.incident.budget_min)} min"


def _reset(credit: IncidentCredit | None) -> str:
    if credit is None or credit.first is None:
        return ""
    return {True: "yes", False: "no", None: "cannot be told"}[credit.reset]


def _facts(incident: Incident, credit: IncidentCredit | None) -> list[tuple[str, str]]:
    """How it went, for the details of a row."""
    facts = [
        ("Done", f"{incident.injector.replace('_', ' ')}, {SCHEDULES[incident.schedule]}"),
        ("Can be noticed from", OBSERVABLE[incident.observable]),
        ("Expected", signals(incident.accepts)),
        *_place(incident, credit),
        ("Requests", f"{incident.requests:,}: {tally(incident.outcomes)}"),
        ("Before it", tally(incident.before)),
        ("Wrong answers served", f"{incident.wrong_served:,}"),
        ("Weight", number(incident.weight)),
        ("Note", clipped(incident.note, 400)),
    ]
    return [(name, text) for name, text in facts if text]


def _place(incident: Incident, credit: IncidentCredit | None) -> Iterable[tuple[str, str]]:
    if incident.features:
        yield "Changed fields", clipped(", ".join(incident.features), 200)
    if credit is None or credit.located is None:
        return
    named = clipped(", ".join(credit.named[:LISTED]), 200) or "no field"
    verdict = "the right place" if credit.located else "not the right place"
    yield "The alert named", f"{named}: {verdict}"


def _recovery(measured: IncidentsMeasurement, incident: Incident) -> Iterable[tuple[str, str]]:
    if incident.kind == "fault" and incident.carried_out:
        seconds = well_again_s(incident, measured)
        told = "not seen" if math.isinf(seconds) else f"{max(0.0, seconds):.1f} s"
        yield "Right and fast again after", told
