"""Whether the metrics tell what happened, and what they cost to keep and to read."""

import math
from fractions import Fraction

from pydantic import ValidationError

from assay.domain.checks.incidents import listed, timeline_of
from assay.domain.checks.wording import joined, milliseconds
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence
from assay.domain.honesty import (
    KINDS,
    PREDICTIONS,
    agrees,
    latency_slack_s,
    made_up,
    share_of,
    truth_of,
)
from assay.domain.incidents import IncidentsMeasurement, ScrapeFacts, SliReading
from assay.domain.rubric import Band, Criterion
from assay.domain.timeline import SCRAPE_S
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured

CANNOT_ANSWER = ("hang", "crash", "network_cut")
"""Injectors during which no service answers anything."""
STARVED = ("cpu_throttle", "memory_pressure")
"""Injectors during which a service may answer late or not at all."""
FAILED_MAX = 0.05
"""Of the scrapes: beyond it the p95 is that of a scrape that never came."""

WHILE_IT_COULD = "failed while the service could have answered"


def metrics_truthful(evidence: Evidence, criterion: Criterion) -> Observation:
    """Mean over the kinds of SLI of what their readings are worth; 0 if any is made up."""
    measured = timeline_of(evidence)
    if not isinstance(measured, IncidentsMeasurement):
        return measured
    if not measured.monitoring.slis:
        why = "; ".join(measured.monitoring.problems) or "monitoring.yml names none"
        return NotShown(f"There is no SLI to compare: {listed([why])}.", "incidents.monitoring")
    if faked := made_up(measured):
        invented = f"Figures are made up: {listed(faked)}."
        return Observed(0.0, invented, source="incidents.scrapes")
    if not measured.scrapes.good:
        return NotShown(_no_scrape(measured.scrapes), "incidents.scrapes")
    if not measured.slis:
        return _nothing_compared(measured)
    counted = evidence.challenge.incidents
    kinds = (*KINDS, PREDICTIONS) if counted and counted.answer_class else KINDS
    told = [_kind(measured, kind) for kind in kinds]
    slack_s = latency_slack_s(measured)
    readings = [one for one in measured.slis if one.sli in kinds]
    wrong = [_wrong(one) for one in readings if not agrees(one, slack_s)]
    return Observed(
        float(sum((truth_of(measured, kind) for kind in kinds), start=Fraction(0)) / len(kinds)),
        joined(f"Right are {', '.join(told)}.", f"Wrong: {listed(wrong)}." if wrong else ""),
        source="incidents.slis",
    )


def metrics_cheap(evidence: Evidence, criterion: Criterion) -> Observation:
    """The lower of two shares, 0..1: few new series, and quick scrapes.

    Settings `series_per_1000` and `scrape_ms`, each a band {floor, target}: series gained per
    1,000 requests, and p95 of the scrapes. More failed scrapes than one in twenty, but for
    those of incidents in which no service answers, are infinitely slow.
    """
    measured = timeline_of(evidence)
    if not isinstance(measured, IncidentsMeasurement):
        return measured
    growing, slow = _band(criterion, "series_per_1000"), _band(criterion, "scrape_ms")
    scrapes = measured.scrapes
    if not scrapes.slots:
        return Unmeasured("/metrics was never asked for")
    if not scrapes.good:
        return NotShown(_no_scrape(scrapes), "incidents.scrapes")
    if not measured.requests:
        return Unmeasured("no request was sent that could have made series")
    growth = 1000 * max(0, scrapes.series_last - scrapes.series_first) / measured.requests
    failed = _failed_share(measured)
    took_ms = math.inf if failed > FAILED_MAX else (scrapes.took_ms_p95 or 0.0)
    value = min(growing.fraction(growth), slow.fraction(took_ms))
    return Observed(float(value), _cost(scrapes, growth, failed), source="incidents.scrapes")


def _kind(measurement: IncidentsMeasurement, kind: str) -> str:
    share = share_of(measurement, kind)
    return f"{kind} {'never' if share is None else f'{float(share):.0%}'}"


def _wrong(reading: SliReading) -> str:
    name = f"{reading.sli} of {reading.label}" if reading.label else reading.sli
    if reading.reported is None:
        return f"{name} says nothing where {_figure(reading, reading.sent)} was seen"
    said, sent = (_figure(reading, value) for value in (reading.reported, reading.sent))
    return f"{name} says {said} where {sent} was seen (minute {reading.start_min:.0f} on)"


def _figure(reading: SliReading, value: float) -> str:
    return milliseconds(1000 * value) if reading.sli.startswith("latency") else f"{value:,.0f}"


def _no_scrape(scrapes: ScrapeFacts) -> str:
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in scrapes.failed.items())
    told = f"None of {scrapes.slots:,} scrapes of /metrics could be read ({reasons or 'no answer'})"
    return f"{told}: {scrapes.problem}." if scrapes.problem else f"{told}."


def _nothing_compared(measurement: IncidentsMeasurement) -> NotShown | Unmeasured:
    """Whose doing it is that no figure could be compared."""
    failed = _failed_share(measurement)
    if failed <= FAILED_MAX:
        return Unmeasured("no SLI was compared with what was sent")
    told = (
        f"Figures could be read too seldom to be compared: {failed:.0%} of the scrapes "
        f"{WHILE_IT_COULD}."
    )
    return NotShown(told, "incidents.scrapes")


def _failed_share(measurement: IncidentsMeasurement) -> float:
    """Of the scrapes that a service could have answered."""
    hopeless = sum(
        round((one.end_min - one.onset_min + (one.recovery_s or 0)) / SCRAPE_S)
        for one in measurement.incidents
        if one.carried_out and one.injector in (*CANNOT_ANSWER, *STARVED)
    )
    failed = sum(measurement.scrapes.failed.values())
    due = max(1, measurement.scrapes.slots - min(failed, hopeless))
    return max(0, failed - hopeless) / due


def _cost(scrapes: ScrapeFacts, growth: float, failed: float) -> str:
    series = (
        f"{scrapes.series_first:,} series at first and {scrapes.series_last:,} at last: "
        f"{growth:.1f} more per 1,000 requests."
    )
    took = f"95 % of the scrapes took at most {milliseconds(scrapes.took_ms_p95)}"
    if not failed:
        return joined(series, f"{took}.")
    return joined(series, f"{took}; {failed:.0%} {WHILE_IT_COULD}.")


def _band(criterion: Criterion, setting: str) -> Band:
    try:
        return Band.model_validate(criterion.settings.get(setting))
    except ValidationError as problem:
        raise BadInput(
            f"criterion {criterion.id}: settings.{setting} needs a band such as "
            f"{{ floor = 250, target = 50 }}: {problem.errors()[0]['msg']}"
        ) from problem
