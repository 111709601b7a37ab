"""What different callers met, as an evaluation would leave it."""

from typing import Any

from tests.fakes.evidence import make_evidence

from assay.domain.callers import Asked, CallersMeasurement, Likeness, Moment, TurnedAway
from assay.domain.evidence import Evidence

CLIENTS = ("requests", "curl", "go", "java", "axios", "plain")


def asked(alike: Likeness, moment: Moment = "after_load", **outcomes: int) -> Asked:
    """Requests that were alike; `o=24, w=0` as counts, "a4" and "a5" for refusals."""
    letters = {name.removeprefix("a"): count for name, count in outcomes.items()}
    return Asked(moment=moment, alike=alike, outcomes=letters)


def client(name: str, moment: Moment = "under_load", ms: float = 2.4, **outcomes: int) -> Asked:
    """The requests of one client."""
    return Asked(
        moment=moment,
        alike="guise",
        name=name,
        outcomes=outcomes or {"o": 400},
        latency_ms_p50=ms,
    )


def clients(moment: Moment = "under_load", **others: Asked) -> tuple[Asked, ...]:
    """All clients served alike, but for those that are given."""
    return tuple(others.get(name, client(name, moment)) for name in CLIENTS)


def turned_away(**changes: Any) -> TurnedAway:
    """A service at rest that turned away every tenth request at once."""
    facts: dict[str, Any] = {
        "requests": 2400,
        "turned_away": 240,
        "turned_away_ms_p50": 0.6,
        "answered_ms_p50": 1.6,
        "cpu_share": 0.34,
    }
    return TurnedAway(**{**facts, **changes})


def with_callers(*groups: Asked, away: TurnedAway | None = None, **changes: Any) -> Evidence:
    """Evidence of a good service that met these callers."""
    return make_evidence(callers=CallersMeasurement(asked=groups, turned_away=away), **changes)
