"""Questions about throughput, cost and memory."""

import math

from assay.domain.checks.wording import times
from assay.domain.questions.question import Question, Seen

SLOWER, DEARER = 0.8, 1.3
"""Ratios to the reference from which it is worth a question."""
GROWTH_KIB, BUSY_RPS = 100.0, 50.0
"""KiB per 1000 requests that count as growing; a rate to tell the time until the limit."""


def less_throughput(seen: Seen) -> Question | None:
    """Saturated, it answers less than the reference on the same core."""
    capacity = seen.evidence.capacity
    if capacity is None or capacity.throughput_ratio.high >= SLOWER:
        return None
    ratio = capacity.throughput_ratio.value
    return seen.ask(
        "less_throughput",
        f"Saturated, it gave {capacity.submission_rps:.0f} correct answers/s where the reference "
        f"gave {capacity.reference_rps:.0f} on the same core ({times(ratio)}): what would you "
        f"profile first, and what do you expect to see?",
        "Work that is done for every request and need not be: loading, parsing, converting, "
        "logging. Listen for a way of finding out, not for a list of tricks.",
        "capacity.throughput_ratio",
        seen.line("throughput_ratio"),
    )


def cost_of_a_million(seen: Seen) -> Question | None:
    """Answers cost more than they must."""
    capacity = seen.evidence.capacity
    cost, reference = (
        (capacity.cost_per_million, capacity.reference_cost_per_million)
        if capacity
        else (None, None)
    )
    if not cost or not reference or math.isinf(cost) or cost < DEARER * reference:
        return None
    return seen.ask(
        "cost_of_a_million",
        f"A million correct answers would cost ${cost:.3f}, with the reference ${reference:.3f}: "
        f"if finance asked you to halve it, what would you do first, and what would you not touch?",
        "Shows whether they know what the money is spent on, and what they would rather keep "
        "than save: correctness, latency, room for peaks.",
        "capacity.cost_per_million",
        seen.line("cost_ratio"),
    )


def memory_grew(seen: Seen) -> Question | None:
    """It keeps something of every request."""
    memory = seen.evidence.memory
    growth = memory.growth_kib_per_1000_requests if memory else None
    if memory is None or growth is None or memory.end_mib is None or growth < GROWTH_KIB:
        return None
    left_kib = 1024 * max(0.0, memory.limit_mib - memory.end_mib)
    hours = left_kib / growth * 1000 / BUSY_RPS / 3600
    return seen.ask(
        "memory_grew",
        f"Memory grew by {growth:,.0f} KiB per 1000 requests. At {BUSY_RPS:.0f} requests/s the "
        f"limit of {memory.limit_mib:,} MiB is reached after {hours:,.1f} hours: what is kept, "
        f"and how would you find it in production?",
        "A good answer names a bound that is missing, and a metric or a heap profile that would "
        "have shown it before the service was killed.",
        "memory.growth_kib_per_1000_requests",
        seen.line("memory_growth"),
    )


def died_under_load(seen: Seen) -> Question | None:
    """It ended by itself."""
    memory = seen.evidence.memory
    if memory is None or not memory.deaths:
        return None
    how = "over its memory limit" if memory.oom_killed else "by itself"
    times_told = "once" if memory.deaths == 1 else f"{memory.deaths} times"
    return seen.ask(
        "died_under_load",
        f"Under load the service ended {times_told} {how} (peak "
        f"{memory.peak_mib or 0:,.0f} of {memory.limit_mib:,} MiB): what would the people on call "
        f"have seen, and what should happen to requests meanwhile?",
        "From a crash one learns how somebody thinks about operations: restarts, alerts, what "
        "callers get, and how it is kept from happening again.",
        "memory.deaths",
        seen.line("memory_growth"),
    )
