"""The bill of metered dependencies: per request rightly handled, in retries, and as it is told."""

import math
from collections.abc import Iterable, Sequence

from assay.domain.challenge import StageName
from assay.domain.checks.absent import Absent, fact_of
from assay.domain.checks.incidents import listed, timeline_of
from assay.domain.checks.wording import joined
from assay.domain.evidence import Evidence
from assay.domain.incidents import Incident, IncidentsMeasurement
from assay.domain.meters import PICO_PER_USD, ROWS, MeterReading, incident_label
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured

Role = str
UNREAD = "what was spent at {names} could not be read"
STORM = "storm"
"""Mode in which a dependency answers 429."""
DEPENDENCY = "dependency"
"""Injector that changes the mode of a dependency."""


def metered_cost(evidence: Evidence, criterion: Criterion) -> Observation:
    """Dollars for each held-out row that was rightly handled."""
    rows = _rows(evidence)
    if not isinstance(rows, tuple):
        return rows
    right, asked, cost = rows[0].right or 0, rows[0].asked or 0, dollars(rows)
    source = "meters[quality]"
    if not right:
        told = f"${cost:.4f} was spent on {asked:,} requests, and none was rightly handled."
        return Observed(math.inf, told, source=source)
    told = (
        f"${cost / right:.5f} for each of {right:,} requests that were rightly handled, of "
        f"{asked:,} (${cost:.4f} in all)."
    )
    return Observed(cost / right, joined(told, spending_of(rows)), source=source)


def retry_spend(evidence: Evidence, criterion: Criterion) -> Observation:
    """Calls for each request that asked again what was asked before, while 429 rained.

    Different questions are free, and so is one call for each request: the same row may have been
    sent twice.
    """
    measured = timeline_of(evidence)
    if not isinstance(measured, IncidentsMeasurement):
        return measured
    storms = [one for one in measured.incidents if _is_storm(evidence, one)]
    if not storms:
        return Unmeasured("no storm of 429 could be carried out on this timeline")
    found = [r for one in storms for r in readings(evidence, "incidents", incident_label(one.id))]
    requests = sum(one.requests for one in storms)
    if not found or not requests:
        return unread(evidence)
    calls, questions = sum(one.calls for one in found), sum(one.questions for one in found)
    source = "meters[incidents]"
    if not calls:
        nothing = f"Nothing was asked of the dependency for {requests:,} requests in a storm."
        return Observed(0.0, nothing, source=source)
    again = max(0, calls - max(questions, requests))
    told = (
        f"{calls:,} calls for {requests:,} requests while 429 rained, {again:,} of them asked "
        f"again: {again / requests:.2f} a request."
    )
    return Observed(again / requests, told, source=source)


def cost_told(evidence: Evidence, criterion: Criterion) -> Observation:
    """How near the money that the service tells is to the meter, 0..1: the smaller over the larger.

    A request of which it says nothing counts as told at nothing.
    """
    rows = _rows(evidence)
    if not isinstance(rows, tuple):
        return rows
    said = [one for one in rows if one.told_usd is not None]
    if not said:
        return Unmeasured("the service could not be asked what its requests cost")
    source = "meters[quality].told_usd"
    spent, told = dollars(said), math.fsum(one.told_usd or 0.0 for one in said)
    of = f"It told the cost of {said[0].told_of:,} of {said[0].asked or 0:,} requests"
    if not spent:
        return NotShown(f"{of}, and nothing was spent that could be told.", source)
    share = min(spent, told) / max(spent, told)
    return Observed(share, f"{of}: ${told:.4f} in all, the meter says ${spent:.4f}.", source=source)


def readings(
    evidence: Evidence, stage: StageName, label: str, role: Role = "submission"
) -> tuple[MeterReading, ...]:
    """What was read of one stretch, one for each dependency."""
    return tuple(
        one for one in evidence.meters if (one.stage, one.label, one.role) == (stage, label, role)
    )


def dollars(found: Iterable[MeterReading]) -> float:
    """What all of them cost together, in dollars: exact until here."""
    return sum(one.cost_pico_usd for one in found) / PICO_PER_USD


def unread(evidence: Evidence) -> Unmeasured:
    """Why there is no bill."""
    names = ", ".join(one.name for one in evidence.challenge.dependency if one.meter)
    return Unmeasured(UNREAD.format(names=names or "dependencies"))


def spending_of(found: Sequence[MeterReading]) -> str:
    """Calls and tokens by model with their money, as a scorecard tells it."""
    models = [
        f"{name} {use.calls:,} calls, {use.prompt_tokens:,} tokens in, "
        f"{use.completion_tokens:,} out, ${use.cost_pico_usd / PICO_PER_USD:.4f}"
        for one in found
        for name, use in one.models.items()
    ]
    return f"{listed(models)}." if models else "No model was asked."


def _rows(evidence: Evidence) -> tuple[MeterReading, ...] | Absent:
    """The bill of the held-out rows."""
    quality = fact_of(evidence, "quality", evidence.quality)
    if isinstance(quality, NotShown | Unmeasured):
        return quality
    return readings(evidence, "quality", ROWS) or unread(evidence)


def _is_storm(evidence: Evidence, incident: Incident) -> bool:
    specs = (one for one in evidence.challenge.incident if one.id == incident.id)
    return (
        incident.carried_out
        and incident.injector == DEPENDENCY
        and any(one.settings.get("mode") == STORM for one in specs)
    )
