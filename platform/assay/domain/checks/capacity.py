"""Throughput and cost beside the reference on one core. Only correct answers count."""

import math

from assay.domain.checks.absent import fact_of
from assay.domain.checks.metered import unread
from assay.domain.checks.total_cost import charged, is_metered
from assay.domain.checks.wording import joined, tally, times
from assay.domain.evidence import Evidence
from assay.domain.measurements import CapacityMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import Observation, Observed, Unmeasured


def throughput_ratio(evidence: Evidence, criterion: Criterion) -> Observation:
    """Correct answers per second over the reference's, both saturated on the same core."""
    capacity = fact_of(evidence, "capacity", evidence.capacity)
    if not isinstance(capacity, CapacityMeasurement):
        return capacity
    source = "capacity.throughput_ratio"
    if capacity.submission_correct == 0:
        return Observed(0.0, _nothing_correct(capacity), source=source)
    ratio = capacity.throughput_ratio
    told = (
        f"{capacity.submission_rps:.0f} correct answers/s, the reference "
        f"{capacity.reference_rps:.0f} on the same core at the same time: {times(ratio.value)}."
    )
    return Observed(ratio.value, told, (ratio.low, ratio.high), source)


def cost_ratio(evidence: Evidence, criterion: Criterion) -> Observation:
    """Dollars per million correct answers over the reference's, dependencies' bills included."""
    capacity = fact_of(evidence, "capacity", evidence.capacity)
    if not isinstance(capacity, CapacityMeasurement):
        return capacity
    source = "capacity.cost_per_million"
    if capacity.submission_correct == 0:
        return Observed(math.inf, _nothing_correct(capacity), source=source)
    cost, reference = capacity.cost_per_million, capacity.reference_cost_per_million
    if cost is None or not reference:
        return Unmeasured("this engine cannot read the CPU-seconds of a service, so no cost")
    if not is_metered(evidence):
        ratio = cost / reference
        told = _cost(capacity, cost, reference)
        return Observed(ratio, told, _interval(capacity, cost, 0.0, reference), source)
    bill = charged(evidence)
    if bill is None:
        return unread(evidence)
    ours, theirs = cost + bill.submission, reference + bill.reference
    told = joined(_cost(capacity, ours, theirs), bill.told)
    interval = _interval(capacity, cost, bill.submission, theirs)
    return Observed(ours / theirs, told, interval, source)


def _cost(capacity: CapacityMeasurement, cost: float, reference: float) -> str:
    spent = (
        f"{capacity.cpu_s:.1f} CPU-seconds and {capacity.memory_gib_s:.1f} GiB-seconds for "
        f"{capacity.submission_correct:,} correct answers."
        if capacity.cpu_s is not None and capacity.memory_gib_s is not None
        else ""
    )
    dollars = (
        f"${cost:.3f} per million correct answers, the reference ${reference:.3f}: "
        f"{times(cost / reference)} (prices {capacity.price_sheet})."
    )
    return joined(dollars, spent)


def _interval(
    capacity: CapacityMeasurement, compute: float, charged_usd: float, reference: float
) -> tuple[float, float] | None:
    """The interval of the CPU ratio, stretched to compute; a bill is known exactly.

    Args:
        capacity: With the CPU ratio.
        compute: Dollars of the submission for CPU and memory: CPU is nearly all of it.
        charged_usd: Dollars that it was charged by dependencies.
        reference: Dollars of the reference, for all.
    """
    cpu = capacity.cpu_ratio
    if cpu is None or not cpu.value or math.isinf(cpu.value):
        return None
    low, high = (compute * bound / cpu.value for bound in (cpu.low, cpu.high))
    return (low + charged_usd) / reference, (high + charged_usd) / reference


def _nothing_correct(capacity: CapacityMeasurement) -> str:
    return f"No correct answer under saturation: {tally(capacity.outcomes)}."
