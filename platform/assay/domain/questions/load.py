"""Questions about latency and what becomes of it under load."""

import math
from statistics import fmean, median

from assay.domain.checks.wording import milliseconds, times
from assay.domain.measurements import LatencySlice, LoadMeasurement, TierMeasurement
from assay.domain.questions.question import Question, Seen

KEEPS_UP = 0.95
"""Answered over offered, from which a service keeps up."""
BUSY_CPU = 0.85
"""Share of its cores from which a service has no more to give."""
SLICE_S, RATE_STEP_RPS = 1.0, 0.01
"""Of a slice of load: how long it is, and to what its rate is rounded."""
WARMUP = "warmup"
"""Label of the windows before the first pair."""
GROWN, TAIL, STALL = 3.0, 8.0, 5.0
"""p95 at the highest over that at the lowest rate; p99 over p50; p95 of a second over the usual."""
STALLS_MIN = 2
SLOWER = 1.3


def throughput_flattened(seen: Seen) -> Question | None:
    """It answered less than was asked, busy or not."""
    load = seen.evidence.load
    fallen = [t for t in load.tiers if t.achieved_rps < KEEPS_UP * t.rate_rps] if load else []
    if not fallen:
        return None
    tier = max(fallen, key=lambda one: one.rate_rps)
    cpu = _cpu_at(seen, tier)
    used = "" if cpu is None else f" and CPU was at {100 * cpu:.0f} %"
    idle = cpu is not None and cpu < BUSY_CPU
    return seen.ask(
        "throughput_flattened",
        f"Throughput flattened at {tier.achieved_rps:.0f} answers/s while {tier.rate_rps:.0f}/s "
        f"were asked for{used}: what was the bottleneck, and how would you show that it was?",
        "The core was not busy, so requests waited for something else: a lock, a pool, a call "
        "that blocks. Whoever knows their service names it and says how to measure it."
        if idle
        else "Where a service stops to keep up is where the next replica is needed. A good answer "
        "names the resource, and the rate at which they would add one.",
        "load.tiers",
        seen.line("objective_share"),
    )


def latency_grew_with_rate(seen: Seen) -> Question | None:
    """It is fast when few ask, and slow when many do."""
    tiers = _timed(seen.evidence.load)
    if len(tiers) < 2:
        return None
    (low, low_ms), (high, high_ms) = tiers[0], tiers[-1]
    if high_ms < GROWN * low_ms:
        return None
    return seen.ask(
        "latency_grew_with_rate",
        f"The p95 went from {milliseconds(low_ms)} at {low:.0f} requests/s to "
        f"{milliseconds(high_ms)} at {high:.0f}/s: where did those requests wait, and what would "
        f"you do with the ones that come when it is full?",
        "Queues build up somewhere. A good answer says where, and speaks of limits, of shedding "
        "load and of time-outs rather than of a bigger machine alone.",
        "load.tiers",
        seen.line("objective_share"),
    )


def long_tail(seen: Seen) -> Question | None:
    """One in a hundred waits much longer than the usual one."""
    load = seen.evidence.load
    p50, p99 = (load.latency_ms_p50, load.latency_ms_p99) if load else (None, None)
    if load is None or p50 is None or p99 is None or math.isinf(p99):
        return None
    if p99 < TAIL * p50.value:
        return None
    return seen.ask(
        "long_tail",
        f"Half of the requests took {milliseconds(p50.value)}, one in a hundred "
        f"{milliseconds(p99)} and more, at {load.rate_rps:.0f}/s: what do the slow ones have in "
        f"common?",
        "A tail has a cause: garbage collection, a cold cache, a slow dependency, a lock. The way "
        "they would look for it matters more than guessing right.",
        "load.latency_ms_p99",
        seen.line("latency_ratio", quantile=0.95),
    )


def stalls(seen: Seen) -> Question | None:
    """Single seconds in which everybody waited."""
    load = seen.evidence.load
    own = _slices(load, load.rate_rps) if load else []
    timed = [(s.at_s, ms) for s in own if (ms := s.latency_ms_p95) and math.isfinite(ms)]
    if not timed:
        return None
    usual = median(ms for _, ms in timed)
    found = [(at_s, ms) for at_s, ms in timed if ms > STALL * usual]
    if len(found) < STALLS_MIN:
        return None
    at_s, worst = max(found, key=lambda one: one[1])
    return seen.ask(
        "stalls",
        f"In {len(found)} of {len(timed)} seconds of steady traffic the p95 jumped from "
        f"{milliseconds(usual)} to as much as {milliseconds(worst)} (second {at_s:.0f}): what "
        f"happens in your service at such moments?",
        "Something runs now and then and holds up everybody. Look for: what it is, whether they "
        "had seen it themselves, and on which graph.",
        "load.slices",
        seen.line("latency_ratio", quantile=0.95),
    )


def slower_than_reference(seen: Seen) -> Question | None:
    """Every request costs more time than it must."""
    load = seen.evidence.load
    ratio, own = (load.ratio_p50, load.latency_ms_p50) if load else (None, None)
    if load is None or ratio is None or own is None or math.isinf(ratio.value):
        return None
    if ratio.low < SLOWER:
        return None
    return seen.ask(
        "slower_than_reference",
        f"A usual request took {milliseconds(own.value)}, {times(ratio.value)} as long as the "
        f"reference's {milliseconds(load.reference_ms_p50)} with the same arrivals: what does one "
        f"request spend its time on?",
        "A good answer goes through one request from socket to answer, with rough figures, and "
        "says what they measured and what they only suppose.",
        "load.ratio_p50",
        seen.line("latency_ratio", quantile=0.5),
    )


def _timed(load: LoadMeasurement | None) -> list[tuple[float, float]]:
    """Rate and p95, ascending."""
    tiers = load.tiers if load else ()
    found = [(t.rate_rps, ms) for t in tiers if (ms := t.latency_ms_p95) and math.isfinite(ms)]
    return sorted(found)


def _slices(load: LoadMeasurement, rate_rps: float) -> list[LatencySlice]:
    """The seconds in which the submission was asked at this rate, warm."""
    return [
        one
        for one in load.slices
        if one.target == "submission"
        and one.label != WARMUP
        and math.isclose(one.rate_rps, rate_rps, abs_tol=RATE_STEP_RPS)
    ]


def _cpu_at(seen: Seen, tier: TierMeasurement) -> float | None:
    """Mean share of its cores that the submission used at that rate; None if it was not seen."""
    load = seen.evidence.load
    at = [one.at_s for one in _slices(load, tier.rate_rps)] if load else []
    during = [
        sample.cpu_share
        for sample in seen.evidence.samples
        if sample.target == "submission"
        and any(at_s <= sample.at_s <= at_s + SLICE_S for at_s in at)
    ]
    return fmean(during) / max(1, len(seen.evidence.host.service_cores)) if during else None
