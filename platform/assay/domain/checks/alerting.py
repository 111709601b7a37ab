"""What the alerts are worth: by what they did when something really happened, and when not."""

from collections.abc import Collection
from fractions import Fraction

from assay.domain.alerting import (
    AlertingScore,
    FalseAlarm,
    IncidentCredit,
    accepted_alerts,
    credit_of,
    judged_incidents,
    opens,
    recorded,
    replay_named,
    score_alerting,
    stretches_of,
)
from assay.domain.checks.incidents import listed, names_in, timeline_of
from assay.domain.checks.wording import joined
from assay.domain.credits import UNHEARD_CREDIT
from assay.domain.evidence import Evidence
from assay.domain.false_alarms import ECHO_MIN, in_clean
from assay.domain.firing import SLOT_MIN
from assay.domain.honesty import counts_honesty
from assay.domain.incidents import Incident, IncidentsMeasurement, LiveFacts, Replay
from assay.domain.rubric import Criterion
from assay.domain.spans import Span, length, outside, shared
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured

Absent = NotShown | Unmeasured

RECORDED = "incidents.replays[recorded]"
MUTATIONS = {
    "slow_scrape": "scraped half as often",
    "restart": "after a restart in quiet time",
    "second_replica": "with a second replica",
}
"""Changed recordings on which the same alerts should be worth the same, in words."""
LIVE_SLACK_MIN = 2
"""A live alert comes this much later: it is evaluated and sent in real time."""
MESSAGE_LENGTH = 300
ENOUGH = Fraction(1, 2)
"""Of the alerts' score, or of the drifts with a place: what stands on less counts for less."""
RESTARTS = "availability"
"""An alert that covers this may tell of the restart that a changed recording has."""


def alerts_score(evidence: Evidence, criterion: Criterion) -> Observation:
    """Score of the alerts over the incidents of `groups` (all without), times their honesty."""
    measured = timeline_of(evidence)
    if not isinstance(measured, IncidentsMeasurement):
        return measured
    scored = _scored(measured, names_in(criterion, "groups"))
    if not isinstance(scored, AlertingScore):
        return scored
    honesty = counts_honesty(measured)
    told = joined(
        _raised(scored),
        _false(scored),
        _reset(scored),
        _dishonest(honesty),
    )
    return Observed(float(scored.value * honesty), told, source=RECORDED)


def alerts_robust(evidence: Evidence, criterion: Criterion) -> Observation:
    """Worst score over changed recordings as a share of the score; false alarms halve it.

    Where the drift metric is gone, what counts is that an alert says so: the share of the time
    in which one fires that otherwise does not.
    """
    measured = timeline_of(evidence)
    if not isinstance(measured, IncidentsMeasurement):
        return measured
    scored = _scored(measured, ())
    if not isinstance(scored, AlertingScore):
        return scored
    source = "incidents.replays"
    if not scored.value:
        nothing = "The alerts earned nothing on the recording as it is, so nothing can hold up."
        return Observed(0.0, nothing, source=source)
    shares = {**_mutated(measured, scored.value), **_drift_missing(measured)}
    weak = min(Fraction(1), scored.value / ENOUGH)
    if not shares:
        return Unmeasured("the rules were not replayed over changed recordings")
    worst = min(shares.values())
    halved, clean = _clean(measured)
    told = [f"{words} {float(share):.0%}" for words, share in shares.items()]
    kept = f"Kept of the alerts' score: {', '.join(told)}; the worst counts."
    return Observed(float(worst * halved * weak), joined(kept, clean, _weak(weak)), source=source)


def drift_located(evidence: Evidence, criterion: Criterion) -> Observation:
    """Share of the noticed drifts, of those that have a place, whose alert names it."""
    measured = timeline_of(evidence)
    if not isinstance(measured, IncidentsMeasurement):
        return measured
    replay = _replayed(measured)
    if not isinstance(replay, Replay):
        return replay
    placed = [one for one in judged_incidents(measured) if one.locates]
    if not placed:
        return Unmeasured("no drift of this timeline has one place")
    credits = [credit_of(one, measured, replay) for one in placed]
    noticed = [one for one in credits if one.first]
    if not noticed:
        return NotShown("No drift was noticed, so no alert could say where it is.", RECORDED)
    heeded = _heeded(measured, replay)
    if not heeded:
        nothing = "The alerts earned nothing, so what they name tells nobody anything."
        return Observed(0.0, nothing, source=RECORDED)
    located = sum(one.located is True for one in noticed)
    told = f"{located} of {len(noticed)} noticed drifts were named by the alert's label."
    lost = [_misplaced(one) for one in noticed if not one.located]
    weak = min(Fraction(1), Fraction(len(noticed), len(placed)) / ENOUGH)
    few = f"Only {len(noticed)} of {len(placed)} drifts with a place were noticed at all."
    return Observed(
        float(Fraction(located, len(noticed)) * weak * heeded),
        joined(
            told,
            f"Not: {listed(lost)}." if lost else "",
            few if weak < 1 else "",
            _unheeded(heeded),
        ),
        source=RECORDED,
    )


def notified(evidence: Evidence, criterion: Criterion) -> Observation:
    """Share of the incidents for which a notification really left a real Alertmanager."""
    measured = timeline_of(evidence)
    if not isinstance(measured, IncidentsMeasurement):
        return measured
    replay = _replayed(measured)
    if not isinstance(replay, Replay):
        return replay
    live = measured.live
    if live is None or not live.started:
        return Unmeasured(f"Prometheus did not run beside the service: {_why_not(live)}")
    heeded = _heeded(measured, replay)
    if not heeded:
        nothing = "The alerts earned nothing, so a notification of them tells nobody anything."
        return Observed(0.0, nothing, source=RECORDED)
    incidents = [one for one in judged_incidents(measured) if _can_be_live(one, measured, live)]
    if not incidents:
        return Unmeasured("no incident could be told of live")
    told = [one for one in incidents if _told_live(one, measured, live)]
    words = f"Alertmanager sent a notification for {len(told)} of {len(incidents)} incidents."
    missed = [one.title for one in incidents if one not in told]
    return Observed(
        float(Fraction(len(told), len(incidents)) * heeded),
        joined(words, f"None for: {listed(missed)}." if missed else "", _unheeded(heeded)),
        source="incidents.live.notifications",
    )


def _heeded(measurement: IncidentsMeasurement, replay: Replay) -> Fraction:
    """How far anybody heeds these alerts, 0..1: all the way if false alarms leave half of them.

    Of what they earn by being in time; what they do not notice costs elsewhere.
    """
    scored = score_alerting(measurement, replay)
    if scored is None or not scored.beyond_chance:
        return Fraction(0)
    return min(Fraction(1), scored.value / (scored.beyond_chance * ENOUGH))


def _replayed(measurement: IncidentsMeasurement) -> Replay | Absent:
    """The replay that decides, or why there is none: mostly that there are no rules."""
    monitoring, replay = measurement.monitoring, recorded(measurement)
    if replay and replay.error:
        return NotShown(f"The rules do not run: {_cut(replay.error)}", RECORDED)
    if not monitoring.alerts:
        why = "; ".join(monitoring.problems) or "monitoring.yml names no rule file with an alert"
        return NotShown(f"There is no alert: {_cut(why)}", "incidents.monitoring")
    return replay or Unmeasured("the rules were not replayed over the recording")


def _scored(measurement: IncidentsMeasurement, groups: Collection[str]) -> AlertingScore | Absent:
    replay = _replayed(measurement)
    if not isinstance(replay, Replay):
        return replay
    if not judged_incidents(measurement, groups):
        of = f" of {', '.join(groups)}" if groups else ""
        return Unmeasured(f"no incident{of} was carried out and recorded to the end")
    scored = score_alerting(measurement, replay, groups)
    return scored or Unmeasured("no time was quiet enough to tell a false alarm")


def _raised(scored: AlertingScore) -> str:
    noticed = sum(one.first is not None for one in scored.credits)
    raised = (
        f"{noticed} of {len(scored.credits)} incidents were noticed in time, which earns "
        f"{float(scored.recall):.2f} of 1 for how soon{_chance(scored)}."
    )
    missed = [one.incident.title for one in scored.credits if one.first is None]
    late = [
        f"{one.incident.title} after {float(one.delay_min):.1f} of {one.incident.budget_min:g} min"
        for one in scored.credits
        if one.delay_min is not None and one.credit < (UNHEARD_CREDIT if one.unheard else 1)
    ]
    asleep = [one.incident.title for one in scored.credits if one.unheard]
    return joined(
        raised,
        f"Not noticed: {listed(missed)}." if missed else "",
        f"Late or flapping: {listed(late)}." if late else "",
        f"Noticed, but nobody was woken, which halves it: {listed(asleep)}." if asleep else "",
    )


def _chance(scored: AlertingScore) -> str:
    """Said only where it takes something: all noticed at once is beyond any chance."""
    if not scored.chance or scored.recall == 1:
        return ""
    return (
        f"; the same alerts at other times would have earned {float(scored.chance):.2f}, "
        f"which leaves {float(scored.beyond_chance):.2f}"
    )


def _false(scored: AlertingScore) -> str:
    quiet = f"{float(scored.quiet_min):.0f} quiet virtual minutes"
    if not scored.penalty:
        return f"No false alarm, and nothing fired in {quiet}."
    names = [
        *map(_false_alarm, scored.false_alarms),
        *(f"{one.alert} on the clean recording" for one in scored.clean_alarms),
    ]
    return (
        f"{len(names)} false alarms, and alerts firing for {float(scored.quiet_firing):.0%} of "
        f"{quiet}, cost {float(scored.penalty):.2f}{f' ({listed(names)})' if names else ''}."
    )


def _false_alarm(alarm: FalseAlarm) -> str:
    on = f" on the decoy {alarm.decoy}" if alarm.decoy else ""
    twice = ", which paged and counts twice" if alarm.counts > 1 else ""
    return f"{alarm.alert} at minute {float(alarm.start_min):.0f}{on}{twice}"


def _reset(scored: AlertingScore) -> str:
    lasting = [one.incident.title for one in scored.credits if one.reset is False]
    return f"Still firing half an hour after the end: {listed(lasting)}." if lasting else ""


def _dishonest(honesty: Fraction) -> str:
    if honesty == 1:
        return ""
    return (
        f"Its counts of requests and errors are right in {float(honesty):.0%} of the stretches "
        f"asked about, which multiplies this."
    )


def _mutated(measurement: IncidentsMeasurement, base: Fraction) -> dict[str, Fraction]:
    shares = {}
    for name, words in MUTATIONS.items():
        replay = replay_named(measurement, name)
        if replay and name == "restart":
            replay = _excused(measurement, replay)
        scored = score_alerting(measurement, replay) if replay else None
        if scored:
            shares[words] = min(Fraction(1), scored.value / base)
    return shares


def _excused(measurement: IncidentsMeasurement, replay: Replay) -> Replay:
    """Without alerts about the service's being there that tell of the restart itself."""
    clean = replay_named(measurement, "clean")
    if clean is None or clean.repeats_min is None:
        return replay
    at_min = sum(map(Fraction, clean.repeats_min), start=Fraction(0)) / 2
    about = {one.alert for one in measurement.monitoring.alerts if RESTARTS in one.covers}
    kept = tuple(
        one
        for one in replay.episodes
        if one.alert not in about
        or not at_min - SLOT_MIN <= Fraction(one.start_min) <= at_min + ECHO_MIN
    )
    return replay.model_copy(update={"episodes": kept})


def _weak(share: Fraction) -> str:
    if share == 1:
        return ""
    return f"Times {float(share):.2f}, because the alerts earned less than half on it."


def _unheeded(share: Fraction) -> str:
    if share == 1:
        return ""
    return f"Times {float(share):.2f}, because false alarms cost more than half of the alerts."


def _drift_missing(measurement: IncidentsMeasurement) -> dict[str, Fraction]:
    """For how much of the time the best alert for it says that the drift metric is gone."""
    if "drift" not in measurement.monitoring.slis:
        return {"with the drift metric gone (none is declared)": Fraction(0)}
    replay, base = replay_named(measurement, "drift_missing"), recorded(measurement)
    if replay is None and replay_named(measurement, "clean"):
        why = "it reads no metric of the service by its name"
        return {f"with the drift metric gone ({why})": Fraction(0)}
    if replay is None or base is None:
        return {}
    told = (_newly_firing(measurement, replay, base, alert) for alert in _alerts(replay))
    return {"with the drift metric gone": max(told, default=Fraction(0))}


def _newly_firing(
    measurement: IncidentsMeasurement, replay: Replay, base: Replay, alert: str
) -> Fraction:
    """Share of the time in which an alert does not fire otherwise in which it fires now."""
    whole = Fraction(measurement.warmup_min), Fraction(measurement.length_min)
    silent = outside(_firing(measurement, base, alert), whole)
    now = shared(silent, _firing(measurement, replay, alert))
    return length(now) / length(silent) if silent else Fraction(0)


def _alerts(replay: Replay) -> frozenset[str]:
    return frozenset(episode.alert for episode in replay.episodes)


def _firing(measurement: IncidentsMeasurement, replay: Replay, alert: str) -> list[Span]:
    own = [episode for episode in replay.episodes if episode.alert == alert]
    return [(one.start_min, one.end_min) for one in stretches_of(measurement, own)]


def _clean(measurement: IncidentsMeasurement) -> tuple[Fraction, str]:
    """A half for each alarm in a recording in which nothing happened."""
    replay = replay_named(measurement, "clean")
    if replay is None or replay.error:
        return Fraction(1), ""
    always = [
        one.alert
        for one in stretches_of(measurement, replay.episodes)
        if one.start_min < measurement.warmup_min < one.end_min
    ]
    alarms = [*always, *(one.alert for one in in_clean(measurement).alarms)]
    if not alarms:
        return Fraction(1), "Silent on a recording in which nothing happened."
    told = f"Alarms on a recording in which nothing happened, each halves it: {listed(alarms)}."
    return Fraction(1, 2) ** len(alarms), told


def _misplaced(credit: IncidentCredit) -> str:
    named = ", ".join(credit.named) or "no feature"
    return f"{credit.incident.title} (named {named}, not {' or '.join(credit.incident.locates)})"


def _why_not(live: LiveFacts | None) -> str:
    return (live.message if live else "") or "no further message"


def _can_be_live(incident: Incident, measurement: IncidentsMeasurement, live: LiveFacts) -> bool:
    """Rules with literal seconds cannot be sped up: not their fault, not judged here."""
    accepted = accepted_alerts(incident, measurement.monitoring.alerts)
    return not accepted or not accepted <= set(live.unscaled)


def _told_live(incident: Incident, measurement: IncidentsMeasurement, live: LiveFacts) -> bool:
    accepted = accepted_alerts(incident, measurement.monitoring.alerts)
    until = max(incident.onset_min + incident.budget_min, incident.end_min) + LIVE_SLACK_MIN
    return any(
        one.status == "firing"
        and one.alert in accepted
        and opens(incident) <= Fraction(one.at_min) <= Fraction(until)
        for one in live.notifications
    )


def _cut(message: str) -> str:
    words = " ".join(message.split())
    return words if len(words) <= MESSAGE_LENGTH else f"{words[:MESSAGE_LENGTH]}…"
