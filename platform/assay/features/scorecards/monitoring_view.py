"""What the report shows of the candidate's metrics and rules. Text of theirs is cut to a length.

Whether a figure agrees with what was sent is `domain.honesty`'s to say.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assay.domain.alerting import recorded, score_alerting, stretches_of
from assay.domain.honesty import KINDS, PREDICTIONS, agrees, latency_slack_s, made_up
from assay.domain.incidents import (
    AlertClaim,
    IncidentsMeasurement,
    LiveFacts,
    Replay,
    ScrapeFacts,
    SliReading,
)
from assay.features.scorecards.incident_wording import signals
from assay.features.scorecards.wording import clipped, figure, number

LISTED = 60
"""Entries of any list that a submission can make as long as it likes."""
NAME, MESSAGE, PROMQL = 120, 1000, 2000
"""Characters that are shown of a name, a message and an expression."""

REPLAYS = {
    "recorded": "as it was recorded",
    "slow_scrape": "scraped half as often",
    "restart": "with a restart in quiet time",
    "second_replica": "with a second replica",
    "drift_missing": "with the drift metric gone",
    "clean": "in which nothing happened",
}
COMPARABLE = ("recorded", "slow_scrape", "restart", "second_replica")
"""Replays on which the same alerts should be worth the same."""


@dataclass(frozen=True, slots=True)
class SliLine:
    """One kind of SLI: how often it agreed, and the reading that is furthest off."""

    name: str
    stretch: str
    reported: str
    sent: str
    difference: str
    verdict: str
    grade: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One alerting rule, and what it did."""

    name: str
    expr: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Live:
    """What really left a real Alertmanager: facts, and rows of notifications."""

    facts: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The candidate's metrics and rules.

    Attributes:
        honesty: One line for each kind of SLI.
        readings: SLI, stretch, reported, sent, difference and verdict of every reading.
        invented: What shows that figures are made up.
        replays: Recording, worth, firings, engine and what the engine said.
    """

    present: bool
    problems: Sequence[str]
    honesty: Sequence[SliLine]
    readings: Sequence[Sequence[str]]
    invented: Sequence[str]
    scrapes: Sequence[tuple[str, str]]
    rules: Sequence[RuleLine]
    slis: Sequence[tuple[str, str]]
    replays: Sequence[Sequence[str]]
    live: Live | None


def monitoring_of(measured: IncidentsMeasurement) -> Monitoring:
    """Everything about the candidate's monitoring, ready to be placed."""
    declared = measured.monitoring
    return Monitoring(
        present=declared.present,
        problems=_some([clipped(problem, MESSAGE) for problem in declared.problems]),
        honesty=[_kind(measured, kind) for kind in _kinds(measured)],
        readings=[_reading(one, latency_slack_s(measured)) for one in measured.slis[:LISTED]],
        invented=_some([clipped(told, NAME) for told in made_up(measured)]),
        scrapes=_scrapes(measured.scrapes),
        rules=_rules(measured),
        slis=[(clipped(name, NAME), clipped(e, PROMQL)) for name, e in declared.slis.items()],
        replays=[_replay(measured, replay) for replay in measured.replays],
        live=_live(measured.live) if measured.live else None,
    )


def _some(entries: Sequence[str]) -> list[str]:
    more = len(entries) - LISTED
    return [*entries[:LISTED], *([f"and {more:,} more"] if more > 0 else [])]


# ------------------------------------------------------------------------------------- honesty


def _kinds(measured: IncidentsMeasurement) -> list[str]:
    """The kinds every service is asked for, and predictions where they are counted."""
    counted = any(one.sli == PREDICTIONS for one in measured.slis)
    return [*KINDS, *([PREDICTIONS] if counted else [])]


def _kind(measured: IncidentsMeasurement, kind: str) -> SliLine:
    readings = [one for one in measured.slis if one.sli == kind]
    if not readings:
        return SliLine(_named(kind), "", "", "", "", "not declared", "poor")
    slack_s = latency_slack_s(measured)
    worst = max(readings, key=lambda one: (not agrees(one, slack_s), _off(one)))
    agreeing = sum(agrees(one, slack_s) for one in readings)
    _, stretch, reported, sent, difference, _ = _reading(worst, slack_s)
    whole = agreeing == len(readings)
    return SliLine(
        name=_named(kind, worst.label),
        stretch=stretch,
        reported=reported,
        sent=sent,
        difference=difference,
        verdict=f"✓ all {agreeing} agree" if whole else f"✗ {agreeing} of {len(readings)} agree",
        grade="good" if whole else "poor",
    )


def _off(one: SliReading) -> float:
    """How far off a reading is, so that the furthest can be shown."""
    if one.reported is None or not math.isfinite(one.reported):
        return math.inf
    return abs(one.reported - one.sent) / max(abs(one.sent), 1e-9)


def _reading(one: SliReading, slack_s: float) -> list[str]:
    return [
        _named(one.sli, one.label),
        f"{number(one.start_min)} to {number(one.end_min)}",
        _value(one.sli, one.reported),
        _value(one.sli, one.sent),
        _difference(one),
        "✓ agrees" if agrees(one, slack_s) else "✗ does not agree",
    ]


def _named(sli: str, label: str = "") -> str:
    words = clipped(sli, NAME).replace("_", " ")
    return f"{words} ({clipped(label, NAME)})" if label else words


def _value(sli: str, value: float | None) -> str:
    if value is None:
        return "nothing"
    if not math.isfinite(value):
        return str(value)
    return figure(1000 * value, "ms") if sli.startswith("latency") else f"{value:,.0f}"


def _difference(one: SliReading) -> str:
    if one.reported is None or not math.isfinite(one.reported):
        return ""
    off = one.reported - one.sent
    if not off:
        return "none"
    shown = f"{1000 * off:+.2f} ms" if one.sli.startswith("latency") else f"{off:+,.0f}"
    share = f" ({off / one.sent:+.1%})" if one.sent else ""
    if one.low is None or one.high is None:
        return shown + share
    return f"{shown}; sent is in the bucket {1000 * one.low:g} to {1000 * one.high:g} ms"


# --------------------------------------------------------------------------- metrics and rules


def _scrapes(scrapes: ScrapeFacts) -> list[tuple[str, str]]:
    failed = ", ".join(f"{n:,} {why.replace('_', ' ')}" for why, n in scrapes.failed.items())
    p50, p95 = scrapes.took_ms_p50, scrapes.took_ms_p95
    took = "" if p50 is None or p95 is None else f"median {p50:.1f} ms, p95 {p95:.1f} ms"
    facts = [
        ("Scrapes", f"{scrapes.good:,} of {scrapes.slots:,} good" + (failed and f"; {failed}")),
        ("Took", took),
        ("Series", f"{scrapes.series_first:,} at first, {scrapes.series_last:,} at the end"),
        ("Largest answer", f"{scrapes.bytes_max / 1000:,.1f} kB"),
        ("Dropped as forged", clipped(", ".join(scrapes.forged[:LISTED]), MESSAGE)),
        ("Moved while idle", clipped(", ".join(scrapes.idle_moved[:LISTED]), MESSAGE)),
        ("First problem", clipped(scrapes.problem, MESSAGE)),
    ]
    return [(name, text) for name, text in facts if text]


def _rules(measured: IncidentsMeasurement) -> list[RuleLine]:
    replay = recorded(measured)
    stretches = stretches_of(measured, replay.episodes) if replay else []
    fired = Counter(one.alert for one in stretches)
    return [_rule(claim, fired[claim.alert]) for claim in measured.monitoring.alerts[:LISTED]]


def _rule(claim: AlertClaim, fired: int) -> RuleLine:
    facts = [
        ("Covers", signals(claim.covers) if claim.covers else "nothing: no credit for it"),
        ("For", f"{number(claim.for_s / 60)} min" if claim.for_s else "at once"),
        ("Severity", clipped(claim.severity, NAME) or "none"),
        ("Names the field in", clipped(claim.locates, NAME)),
        ("Fired", {0: "never", 1: "once"}.get(fired, f"{fired:,} times")),
    ]
    return RuleLine(
        name=clipped(claim.alert, NAME),
        expr=clipped(claim.expr, PROMQL),
        facts=[(name, text) for name, text in facts if text],
    )


def _replay(measured: IncidentsMeasurement, replay: Replay) -> list[str]:
    """Recording, worth, firings, engine, and what the engine said."""
    score = score_alerting(measured, replay) if replay.name in COMPARABLE else None
    worth = f"{float(score.value):.2f}" if score and not replay.error else ""
    firings = "" if replay.error else f"{len(stretches_of(measured, replay.episodes)):,}"
    return [
        REPLAYS.get(replay.name, clipped(replay.name, NAME)),
        worth,
        firings,
        f"{replay.engine}, {replay.seconds:.1f} s",
        clipped(replay.error, MESSAGE),
    ]


def _live(live: LiveFacts) -> Live:
    routes = "; ".join(f"{severity} goes to {to}" for severity, to in live.routing.items())
    facts = [
        ("Ran", "yes" if live.started else "no"),
        ("Message", clipped(live.message, MESSAGE)),
        ("Cannot be sped up", clipped(", ".join(live.unscaled[:LISTED]), MESSAGE)),
        ("Routing", clipped(routes, MESSAGE)),
        ("Routing problem", clipped(live.routing_problem, MESSAGE)),
    ]
    rows = [
        [number(n.at_min), clipped(n.alert, NAME), n.status, clipped(n.receiver, NAME)]
        for n in live.notifications[:LISTED]
    ]
    return Live([(name, text) for name, text in facts if text], rows)
