"""The measurement of the incidents stage, from everything that was seen of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from assay.domain.incidents import IncidentsMeasurement, LiveFacts
from assay.domain.statistics import percentile
from assay.domain.timeline import SCRAPE_S, IncidentRules
from assay.evaluation import noise
from assay.evaluation.alerting.monitoring_file import Monitoring
from assay.evaluation.incidents.conduct import Carried
from assay.evaluation.incidents.happened import Happened
from assay.evaluation.incidents.preparation import Prepared
from assay.evaluation.incidents.requests import minutes, outcomes, requests_of
from assay.evaluation.incidents.ruled import Ruled, Scraped
from assay.evaluation.incidents.timeline import Timeline
from assay.evaluation.metering import metered
from assay.evaluation.run import Run

LAG_MS_MAX = 50.0
"""Later than this, the probe's own lag would tell on the latencies that it judges by: with one
request in a hundred of the timeline, or one in ten of a stretch of it."""
LAG_QUANTILE, STRETCH_LAG_QUANTILE = 0.99, 0.9
CANARY_MS_MAX = 25.0
"""Slower answers of the reference (p95), which nothing is done to: the machine was slow."""
FOREIGN_CPU_SHARE_MIN = 0.25
"""Of the service's cores. Only where others took so much is a slow reference their doing:
a submission that burns CPU slows the reference down as well, and must not void its own stage."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One timeline, as it was planned, carried out, recorded and judged by the rules."""

    timeline: Timeline
    monitoring: Monitoring
    rows: Prepared
    carried: Mapping[str, Carried]
    scraped: Scraped
    answers: Ruled


def measured(
    run: Run, rules: IncidentRules, seen: Seen, *, live: LiveFacts | None
) -> IncidentsMeasurement:
    """The facts of the stage."""
    timeline, scraped = seen.timeline, seen.scraped
    sent = requests_of(scraped.segments)
    happened = Happened(timeline, seen.carried, seen.rows.drifted, seen.rows.truths, sent)
    lag_ms, stretch_lag_ms = _lags_ms(scraped)
    foreign, canary_ms = _foreign_cpu_share(run, scraped), percentile(scraped.canary_ms, 0.95)
    return IncidentsMeasurement(
        profile=timeline.profile,
        seed=run.seed,
        warmup_min=timeline.warmup_min,
        length_min=seen.answers.scrapes.slots * SCRAPE_S,
        quiet_share=timeline.quiet_share,
        rate_rps=rules.rate_rps,
        requests=len(sent),
        outcomes=outcomes(sent),
        incidents=happened.incidents(),
        monitoring=seen.monitoring.facts,
        scrapes=seen.answers.scrapes,
        replays=seen.answers.replays,
        slis=seen.answers.slis,
        live=live,
        slices=minutes(sent),
        send_lag_ms_p99=lag_ms,
        canary_ms_p50=percentile(scraped.canary_ms, 0.5),
        canary_ms_p95=canary_ms,
        foreign_cpu_share=foreign,
        void=_void(max(lag_ms, stretch_lag_ms), None if metered(run) else canary_ms, foreign),
    )


def _lags_ms(scraped: Scraped) -> tuple[float, float]:
    """How late requests were sent: p99 of the timeline, and p90 of its worst stretch.

    A stretch has some sixty requests: its p99 is its latest one, and a single hiccup of the machine
    is no reason to measure five minutes anew.
    """
    stretches = [segment.send_lag_us for segment in scraped.segments]
    whole = [lag_us for stretch in stretches for lag_us in stretch]
    worst_us = max((percentile(one, STRETCH_LAG_QUANTILE) or 0.0 for one in stretches), default=0.0)
    return (percentile(whole, LAG_QUANTILE) or 0.0) / 1e3, worst_us / 1e3


def _void(lag_ms: float, canary_ms: float | None, foreign: float | None) -> str | None:
    """Why this machine disturbed the timeline too much to judge anything by it.

    Args:
        lag_ms: How late requests were sent.
        canary_ms: Of the reference (p95); None also where its answers wait for somebody else's,
            whose time says nothing of the machine.
        foreign: CPU of others.
    """
    if lag_ms > LAG_MS_MAX:
        return f"the generator fell {lag_ms:.0f} ms behind its schedule"
    if canary_ms is None or canary_ms <= CANARY_MS_MAX:
        return None
    if foreign is None:
        return f"the reference beside it took {canary_ms:.0f} ms (p95)"
    if foreign < FOREIGN_CPU_SHARE_MIN:
        return None
    return (
        f"others used {foreign:.0%} of the service's core, and the reference beside it took "
        f"{canary_ms:.0f} ms (p95)"
    )


def _foreign_cpu_share(run: Run, scraped: Scraped) -> float | None:
    """CPU of others on the service's cores while the timeline lasted."""
    started_s, ended_s = scraped.segments[0].started_s, scraped.segments[-1].ended_s
    usage = run.services["submission"].usage(started_s, ended_s)
    found = noise.shares(usage, ended_s - started_s, len(run.world.host.service_cores))
    return found[0] if found else None
