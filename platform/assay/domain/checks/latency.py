"""Latency beside the reference, and the objective. A failed request is infinitely late."""

import math
from statistics import median

from assay.domain.checks.absent import fact_of
from assay.domain.checks.wording import joined, milliseconds, share, tally, times
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence
from assay.domain.measurements import Estimate, LoadMeasurement, TierMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import Observation, Observed, Unmeasured

IDLE_CPU_SHARE_MAX = 0.2
"""Of its cores, for a service that nobody asks anything: metrics, timers and clean-up need a
hundredth. More slows the reference beside it, and what it is compared with."""
WORSE_UNDER_LOAD_MAX = 0.05
"""Share of answers that may be wrong under load beyond those wrong anyway: a dependency that
a busy service gives up on sooner changes a few."""
Z_ONE_IN_HUNDRED = 2.326
"""Quantile of the normal distribution at 0.99."""


def latency_ratio(evidence: Evidence, criterion: Criterion) -> Observation:
    """Latency over the reference's with the same arrivals. Setting `quantile`: 0.5 or 0.95."""
    load = fact_of(evidence, "load", evidence.load)
    if not isinstance(load, LoadMeasurement):
        return load
    name, ratio, own, reference_ms = _figures(load, criterion)
    if reference_ms is None:
        return Unmeasured("no reference ran beside the service to compare it with")
    if worse := _worse_under_load(evidence, load.outcomes, load.requests):
        return Observed(math.inf, worse, source="load.outcomes")
    if restless := _restless(load):
        return Observed(math.inf, restless, source="load.pairs")
    if load.requests == 0:
        return Unmeasured("no request was sent in the paired windows")
    if ratio is None or math.isinf(ratio.value):
        silent = f"Too many requests failed for a {name} latency ({tally(load.outcomes)})."
        return Observed(math.inf, silent, source=f"load.ratio_{name}")
    told = (
        f"{100 * criterion.settings['quantile']:g} % of requests were answered within "
        f"{milliseconds(own.value if own else None)} at {load.rate_rps:.0f} requests/s, the "
        f"reference's within {milliseconds(reference_ms)} with the same arrivals: "
        f"{times(ratio.value)}."
    )
    return Observed(ratio.value, told, (ratio.low, ratio.high), f"load.ratio_{name}")


def _restless(load: LoadMeasurement) -> str:
    """Words, if the service worked while only the reference beside it was asked.

    It then slowed what it is compared with: by work that goes on after its requests were
    given up, or on purpose.
    """
    shares = [p.submission_idle_cpu for p in load.pairs if p.submission_idle_cpu is not None]
    if not shares or median(shares) <= IDLE_CPU_SHARE_MAX:
        return ""
    return (
        f"The service used {median(shares):.0%} of its core while only the reference was asked: "
        f"it could not keep up, and worked on when nobody waited any more."
    )


def _worse_under_load(evidence: Evidence, outcomes: dict[str, int], requests: int) -> str:
    """Words, if clearly more answers were wrong under load than to one caller at a time.

    Answers that are wrong either way are the quality stage's business; a service that gets
    quick by answering wrongly is not quick.
    """
    quality = evidence.quality
    if quality is None or not quality.rows or not requests:
        return ""
    amiss = outcomes.get("w", 0) + outcomes.get("h", 0)
    wrong, known = amiss / requests, 1 - quality.agreeing / quality.rows
    if amiss <= _by_chance(requests, min(1.0, known + WORSE_UNDER_LOAD_MAX)):
        return ""
    how = "wrong or handed on without need" if outcomes.get("h") else "wrong"
    return (
        f"{wrong:.0%} of the answers were {how} under load, {known:.0%} when asked one by one: "
        f"an answer that is quick because it is wrong has no latency."
    )


def _by_chance(requests: int, share: float) -> float:
    """So many of the requests or more are amiss once in a hundred times if each is by this share.

    Normal approximation of the binomial distribution: a few seconds of a slow service are a
    hundred requests, of which chance alone makes ten more or fewer wrong.
    """
    return requests * share + Z_ONE_IN_HUNDRED * math.sqrt(requests * share * (1 - share))


def _figures(
    load: LoadMeasurement, criterion: Criterion
) -> tuple[str, Estimate | None, Estimate | None, float | None]:
    match criterion.settings.get("quantile"):
        case 0.95:
            return "p95", load.ratio_p95, load.latency_ms_p95, load.reference_ms_p95
        case 0.5:
            return "p50", load.ratio_p50, load.latency_ms_p50, load.reference_ms_p50
        case other:
            raise BadInput(
                f"criterion {criterion.id}: settings.quantile is {other!r}; write 0.5 or 0.95"
            )


def objective_share(evidence: Evidence, criterion: Criterion) -> Observation:
    """The lowest share of requests within the latency objective over the published rates."""
    load = fact_of(evidence, "load", evidence.load)
    if not isinstance(load, LoadMeasurement):
        return load
    tiers = [t for t in load.tiers if t.requests]
    if not tiers:
        return Unmeasured("no request was sent at the published rates")
    for tier in tiers:
        if worse := _worse_under_load(evidence, tier.outcomes, tier.requests):
            return Observed(0.0, worse, source="load.tiers")
    told = [_tier(t, load) for t in tiers]
    lowest = min(t.within_objective / t.requests for t in tiers)
    return Observed(lowest, joined(*told), source="load.tiers")


def _tier(tier: TierMeasurement, load: LoadMeasurement) -> str:
    return (
        f"At {tier.rate_rps:.0f} requests/s {share(tier.within_objective, tier.requests)} were "
        f"answered within {load.objective_ms:g} ms: {_verdict(tier, load.objective_quantile)}."
    )


def _verdict(tier: TierMeasurement, quantile: float) -> str:
    words = {"pass": "proven to meet", "fail": "proven to miss", "undecided": "not proven to meet"}
    return f"{words[tier.verdict]} the objective of {100 * quantile:g} %"
