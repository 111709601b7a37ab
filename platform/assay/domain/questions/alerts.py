"""Questions about what the candidate's own alerts and metrics told, and did not tell."""

from fractions import Fraction

from assay.domain.credits import FULL_CREDIT_SHARE, IncidentCredit
from assay.domain.honesty import agrees, latency_slack_s
from assay.domain.incidents import AlertClaim, Incident, SliReading
from assay.domain.questions.question import Question, Seen
from assay.domain.scorecard import CriterionLine

RECORDED = "incidents.replays[recorded]"
OFTEN_FIRING = Fraction(1, 10)
"""Share of quiet time in which an alert fired."""


def late_alert(seen: Seen) -> Question | None:
    """Noticed, but late enough to cost credit."""
    late = [
        (c.delay_min / Fraction(c.incident.budget_min), c.delay_min, c.first.alert, c)
        for c in _credits(seen)
        if c.first and c.delay_min is not None and _is_late(c)
    ]
    if not late:
        return None
    _, delay_min, alert, worst = max(late, key=lambda entry: entry[0])
    waits = _waits(seen, alert)
    return seen.ask(
        "late_alert",
        f"Your alert {alert} fired {float(delay_min):.0f} virtual minutes after "
        f"“{worst.incident.title}” began{waits}: how would you halve it, and what would that cost "
        f"in false alarms?",
        "Windows, thresholds and waiting times trade speed for quiet. A good answer moves one of "
        "them on purpose, or uses two windows, and says how to try it out before.",
        RECORDED,
        _line_for(seen, worst.incident),
    )


def missed_incident(seen: Seen) -> Question | None:
    """No alert that covers it told of it in time; of several the one that weighs most."""
    missed = [one.incident for one in _credits(seen) if one.first is None]
    if not missed:
        return None
    worst = max(missed, key=lambda one: (one.weight, one.requests))
    return seen.ask(
        "missed_incident",
        f"No alert that is meant for it told in time of “{worst.title}”, which went on for "
        f"{worst.end_min - worst.onset_min:.0f} virtual minutes{_moved(worst)}: which of your "
        f"figures moved, and what would an alert on it look like?",
        "Shows whether they can go from what broke to a signal that was there to be seen. Let "
        "them write the rule down; its threshold is the interesting part.",
        f"incidents.incidents[{worst.id}]",
        _line_for(seen, worst),
    )


def woke_someone_for_nothing(seen: Seen) -> Question | None:
    """It paged on something harmless."""
    found = seen.evidence.incidents
    paged = [one for one in seen.alerts.false_alarms if one.decoy] if seen.alerts else []
    if found is None or not paged:
        return None
    one = max(paged, key=lambda alarm: alarm.counts)
    title = next((i.title for i in found.incidents if i.id == one.decoy), one.decoy)
    return seen.ask(
        "woke_someone_for_nothing",
        f"Your alert {one.alert} fired on “{title}”, of which nobody needed to be told: how could "
        f"it tell that from the real thing?",
        "Alerts that cry wolf are switched off. A good answer looks at what users felt, or at a "
        "second signal, before it raises a threshold.",
        RECORDED,
        seen.line("alerts_score"),
    )


def never_quiet(seen: Seen) -> Question | None:
    """It fires when nothing is wrong."""
    if seen.alerts is None or seen.alerts.quiet_firing < OFTEN_FIRING:
        return None
    share = float(seen.alerts.quiet_firing)
    return seen.ask(
        "never_quiet",
        f"Alerts were firing for {share:.0%} of the time in which nothing was wrong: what would "
        f"you do with a colleague who stopped reading them?",
        "Looks for an honest view of alert fatigue, and for how they would set thresholds from "
        "what is normal instead of from a guess.",
        RECORDED,
        seen.line("alerts_score"),
    )


def did_not_end(seen: Seen) -> Question | None:
    """An alert that goes on long after the trouble."""
    lasting = [(c.first, c) for c in _credits(seen) if c.first and c.reset is False]
    if not lasting:
        return None
    first, one = lasting[0]
    return seen.ask(
        "did_not_end",
        f"{first.alert} was still firing half an hour after “{one.incident.title}” was over: how "
        f"do people on call know that they may go back to bed?",
        "A window that is too long, or a counter that never falls. Shows whether resolving was "
        "thought of as well as firing.",
        RECORDED,
        _line_for(seen, one.incident),
    )


def pointed_elsewhere(seen: Seen) -> Question | None:
    """Drift was noticed, at the wrong field."""
    wrong = [one for one in _credits(seen) if one.located is False and one.incident.locates]
    if not wrong:
        return None
    one = wrong[0]
    named = ", ".join(one.named[:3]) or "no field"
    return seen.ask(
        "pointed_elsewhere",
        f"On “{one.incident.title}” the alert named {named}, and it was "
        f"{', '.join(one.incident.locates[:2])}: how does your drift measure decide which field "
        f"to blame?",
        "Correlated fields drift together. A good answer knows what its statistic compares, on "
        "which window, and why the largest value is not always the cause.",
        RECORDED,
        seen.line("drift_located"),
    )


def fragile_alerts(seen: Seen) -> Question | None:
    """The same rules are worth less on a slightly other recording."""
    line = seen.line("alerts_robust")
    if line is None or line.fraction is None or line.fraction > Fraction(7, 10):
        return None
    return seen.ask(
        "fragile_alerts",
        "With a slower scrape, a restart or a second replica your alerts did less than before: "
        f"{line.evidence.rstrip('.')}. Which of your rules would you rewrite, and how?",
        "Counters reset, targets multiply, samples go missing. Shows how well they know what "
        "rate(), sum by() and absent() do then.",
        line.source or "incidents.replays",
        line,
    )


def own_figures_disagree(seen: Seen) -> Question | None:
    """What it says of itself is not what was sent."""
    found = seen.evidence.incidents
    if found is None or found.void:
        return None
    slack_s = latency_slack_s(found)
    wrong = [one for one in found.slis if not agrees(one, slack_s)]
    if not wrong:
        return None
    one = wrong[0]
    return seen.ask(
        "own_figures_disagree",
        f"Between minute {one.start_min:.0f} and {one.end_min:.0f} your own figure of "
        f"{one.sli.replace('_', ' ')} was {_shown(one, one.reported)}, and {_shown(one, one.sent)} "
        f"was sent: which of the two would you believe in an incident, and why do they differ?",
        "Middleware that misses errors, buckets that are too wide, counters of several processes. "
        "Shows whether they ever held a metric against something they knew.",
        "incidents.slis",
        seen.line("metrics_truthful"),
    )


def nothing_to_watch_with(seen: Seen) -> Question | None:
    """No monitoring was handed in."""
    found = seen.evidence.incidents
    if found is None or found.void or found.monitoring.alerts:
        return None
    return seen.ask(
        "nothing_to_watch_with",
        "There was no alert, so nothing that was done to the service would have been noticed: "
        "if you could have only three alerts for it, which would they be?",
        "Time ran out, or it was not seen as part of the work. Three is few enough to show what "
        "they think matters to users.",
        "incidents.monitoring",
        seen.line("alerts_score"),
    )


def _credits(seen: Seen) -> tuple[IncidentCredit, ...]:
    found = seen.evidence.incidents
    return seen.alerts.credits if seen.alerts and found and found.monitoring.alerts else ()


def _is_late(one: IncidentCredit) -> bool:
    delay = one.delay_min or Fraction(0)
    return delay > FULL_CREDIT_SHARE * Fraction(one.incident.budget_min)


def _line_for(seen: Seen, incident: Incident) -> CriterionLine | None:
    """The line whose groups the incident is of, else any line about alerts."""
    for criterion in seen.evidence.challenge.criterion:
        groups = criterion.settings.get("groups", ())
        if criterion.check == "alerts_score" and incident.group in groups:
            return seen.named(criterion.id)
    return seen.line("alerts_score")


def _claim(seen: Seen, alert: str) -> AlertClaim | None:
    found = seen.evidence.incidents
    claims = found.monitoring.alerts if found else ()
    return next((claim for claim in claims if claim.alert == alert), None)


def _waits(seen: Seen, alert: str) -> str:
    claim = _claim(seen, alert)
    return f", {claim.for_s / 60:.2g} of which it waits on purpose" if claim and claim.for_s else ""


def _moved(incident: Incident) -> str:
    truth = incident.truth
    if truth is None or not truth.psi:
        return ""
    field = max(truth.psi, key=lambda name: truth.psi[name])
    return f" ({field} moved furthest, PSI {truth.psi[field]:.2f})"


def _shown(one: SliReading, value: float | None) -> str:
    if value is None:
        return "nothing"
    return f"{1000 * value:.1f} ms" if one.sli.startswith("latency") else f"{value:,.0f}"
