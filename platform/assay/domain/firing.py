"""When alerts fired, and when an incident gave them a reason to. Pure, exact."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from assay.domain.incidents import AlertClaim, Episode, Incident, IncidentsMeasurement, Replay
from assay.domain.spans import Span
from assay.domain.timeline import SCRAPE_S, VIRTUAL_S_PER_S

PAGING = frozenset({"critical", "page"})
"""Values of the label `severity` that wake someone."""
SLOT_MIN = Fraction(SCRAPE_S) * VIRTUAL_S_PER_S / 60
"""A scrape, and an evaluation of the rules, every so many virtual minutes: 0.25."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One alert firing, whatever its labels; `end_min` is that of the recording if it is open."""

    alert: str
    start_min: Fraction
    end_min: Fraction
    open: bool
    pages: bool


def recorded(measurement: IncidentsMeasurement) -> Replay | None:
    """The replay over the recording as it is."""
    return replay_named(measurement, "recorded")


def replay_named(measurement: IncidentsMeasurement, name: str) -> Replay | None:
    """The replay over one recording, None if there was none."""
    return next((one for one in measurement.replays if one.name == name), None)


def opens(incident: Incident) -> Fraction:
    """From here on an alert may be about the incident.

    What is done to a container takes effect before the engine says that it is done, so it may
    show from the instant it was meant to begin; and the scrape of that instant's slot may have
    been answered after it.
    """
    began = min(Fraction(incident.onset_min), Fraction(incident.planned_onset_min))
    return began // SLOT_MIN * SLOT_MIN


def accepted_alerts(incident: Incident, claims: Iterable[AlertClaim]) -> frozenset[str]:
    """Names of the alerts that claim to cover a signal of the incident."""
    wanted = set(incident.accepts)
    return frozenset(claim.alert for claim in claims if wanted.intersection(claim.covers))


def others_business(measurement: IncidentsMeasurement, groups: Collection[str]) -> frozenset[str]:
    """Alerts that cover signals of other groups' incidents, and none of these groups'.

    What covers no signal of this timeline at all, or was never declared, is everybody's.
    """
    if not groups:
        return frozenset()
    own, others = set[str](), set[str]()
    for one in measurement.incidents:
        if one.kind != "decoy":
            (own if one.group in groups else others).update(one.accepts)
    claims = measurement.monitoring.alerts
    about_others = {claim.alert for claim in claims if others.intersection(claim.covers)}
    return frozenset(
        about_others.difference(claim.alert for claim in claims if own.intersection(claim.covers))
    )


def without(replay: Replay, alerts: Collection[str]) -> Replay:
    """The replay as if these alerts had never fired."""
    if not alerts:
        return replay
    kept = tuple(one for one in replay.episodes if one.alert not in alerts)
    return replay.model_copy(update={"episodes": kept})


def stretches_of(measurement: IncidentsMeasurement, episodes: Iterable[Episode]) -> list[Stretch]:
    """When each alert fired with any labels at all, in order.

    One alert that fires for five features at once is one alarm: notifications are grouped by
    the name of the alert.
    """
    end_of_all = Fraction(measurement.length_min)
    found: list[Stretch] = []
    for episode in sorted(episodes, key=lambda one: (one.alert, one.start_min)):
        start, end = span_of(episode, end_of_all)
        last = found[-1] if found else None
        if last and last.alert == episode.alert and start <= last.end_min:
            found[-1] = replace(
                last,
                end_min=max(last.end_min, end),
                open=last.open or episode.end_min is None,
                pages=last.pages or pages(episode),
            )
        else:
            still = episode.end_min is None
            found.append(Stretch(episode.alert, start, end, still, pages(episode)))
    return sorted(found, key=lambda one: (one.start_min, one.alert))


def heard(measurement: IncidentsMeasurement, episodes: Collection[Episode]) -> list[Stretch]:
    """Each time somebody hears of an alert: it begins to fire, or to page while it fires.

    Rules of one name may differ in their severity alone: a ticket for a slow burn, a page for a
    fast one. Alertmanager routes by that label, so whoever is paged hears of it, whatever was
    written into a ticket before.
    """
    found = stretches_of(measurement, episodes)
    known = {(one.alert, one.start_min) for one in found}
    more = [p for p in paged(measurement, episodes) if (p.alert, p.start_min) not in known]
    return sorted([*found, *more], key=lambda one: (one.start_min, one.alert))


def paged(measurement: IncidentsMeasurement, episodes: Iterable[Episode]) -> list[Stretch]:
    """When each alert fired under a label that wakes someone, in order."""
    return stretches_of(measurement, (one for one in episodes if pages(one)))


def pages(episode: Episode) -> bool:
    """Whether it wakes someone."""
    return episode.labels.get("severity", "").lower() in PAGING


def span_of(episode: Episode, end_of_all: Fraction) -> Span:
    """An alert seen firing at a single evaluation fired until the next."""
    start = Fraction(episode.start_min)
    end = end_of_all if episode.end_min is None else Fraction(episode.end_min)
    return start, max(end, start + SLOT_MIN)
