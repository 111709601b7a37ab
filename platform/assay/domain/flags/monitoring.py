"""Figures that nobody counted, and alerts that look at nothing.

What a service exports and what a rule reads is the same however slow the machine was; whether
figures follow the traffic can only be told of a timeline that was not disturbed.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from assay.domain.checks.incidents import listed
from assay.domain.evidence import Evidence
from assay.domain.honesty import is_behind
from assay.domain.incidents import AlertClaim, SliReading
from assay.domain.scorecard import Flag
from assay.domain.timeline import Signal

MADE_BY_SCRAPES = re.compile(r"up|scrape_.+")
OWN_GAUGE = re.compile(r"up\b")
"""A service that says of itself that it is up is naive rather than dishonest."""
ONLY_INSIDE: frozenset[Signal] = frozenset(
    {"drift", "missing", "schema", "prediction_shift", "quality"}
)
"""What nobody can know who only sees whether a service answers."""
MANY_SIGNALS = 3
READINGS_MIN = 4
TRAFFIC_SPREAD, FIGURE_SPREAD = 1.5, 1.1
"""Highest over lowest rate: traffic that changed so much, and a figure that did not."""


def made_up_metrics(evidence: Evidence) -> Iterator[Flag]:
    """Counters that follow the clock, the scrapes or a constant instead of the requests."""
    measured = evidence.incidents
    if measured is None or measured.void or is_behind(measured):
        return
    if moved := measured.scrapes.idle_moved:
        told = f"Counters grew while nothing was sent: {listed(moved)}."
        yield Flag("made_up_metrics", "serious", told, "incidents.scrapes")
    elif told := _steady([one for one in measured.slis if one.sli == "requests"]):
        yield Flag("made_up_metrics", "serious", told, "incidents.slis")


def forged_series(evidence: Evidence) -> Iterator[Flag]:
    """Series that only Prometheus may write."""
    measured = evidence.incidents
    forged = measured.scrapes.forged if measured else ()
    if forged:
        naive = all(OWN_GAUGE.match(name) for name in forged)
        severity: Literal["serious", "notice"] = "notice" if naive else "serious"
        told = f"/metrics exports what only Prometheus may write: {listed(forged)}."
        yield Flag("forged_series", severity, told, "incidents.scrapes")


def alerts_by_the_clock(evidence: Evidence) -> Iterator[Flag]:
    """Alerts that claim to cover something and cannot know it. A heartbeat claims nothing."""
    measured = evidence.incidents
    blind = [one for one in measured.monitoring.alerts if _is_blind(one)] if measured else []
    if blind:
        claimed = {signal for one in blind for signal in one.covers}
        told = listed([f"{one.alert} ({one.expr})" for one in blind])
        yield Flag(
            "alerts_by_the_clock",
            "serious" if len(claimed) >= MANY_SIGNALS else "notice",
            f"Alerts that claim to cover {', '.join(sorted(claimed))} look at nothing that could "
            f"tell it: {told}.",
            "incidents.monitoring",
        )


def _is_blind(claim: AlertClaim) -> bool:
    if claim.reads is None or not claim.covers:
        return False
    if not claim.reads:
        return True
    outside = all(MADE_BY_SCRAPES.fullmatch(name) for name in claim.reads)
    return outside and not ONLY_INSIDE.isdisjoint(claim.covers)


def _steady(readings: Sequence[SliReading]) -> str:
    """Words, if the figure did not move with the traffic."""
    told = [(one, one.reported) for one in readings if one.reported is not None]
    if len(told) < READINGS_MIN:
        return ""
    said = [figure / (one.end_min - one.start_min) for one, figure in told]
    sent = [one.sent / (one.end_min - one.start_min) for one, _ in told]
    if min(said) <= 0 or min(sent) <= 0:
        return ""
    if max(sent) < TRAFFIC_SPREAD * min(sent) or max(said) > FIGURE_SPREAD * min(said):
        return ""
    return (
        f"The count of requests grew by {min(said):,.0f} to {max(said):,.0f} a minute while "
        f"{min(sent):,.0f} to {max(sent):,.0f} were sent."
    )
