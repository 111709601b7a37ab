"""Whether memory stays where it is while requests go by."""

import math

from assay.domain.checks.absent import fact_of
from assay.domain.checks.wording import joined
from assay.domain.evidence import Evidence
from assay.domain.measurements import MemoryMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured


def memory_growth(evidence: Evidence, criterion: Criterion) -> Observation:
    """KiB of anonymous memory gained per thousand requests of the load stage."""
    memory = fact_of(evidence, "load", evidence.memory)
    if not isinstance(memory, MemoryMeasurement):
        return memory
    growth = memory.growth_kib_per_1000_requests
    if memory.oom_killed:
        killed = f"Killed for going over its {memory.limit_mib} MiB of memory."
        return Observed(math.inf, killed, source="memory.oom_killed")
    if growth is None and memory.deaths:
        return NotShown("The service died before its memory showed a trend.", "memory.deaths")
    if growth is None:
        return Unmeasured("too few readings of memory under load to see a trend")
    told = f"Memory changed by {growth:+,.0f} KiB per 1,000 requests."
    return Observed(growth, joined(told, _from_to(memory)), source="memory")


def _from_to(memory: MemoryMeasurement) -> str:
    if memory.start_mib is None or memory.end_mib is None or memory.peak_mib is None:
        return ""
    return (
        f"{memory.start_mib:.0f} MiB at the start, {memory.end_mib:.0f} MiB at the end, "
        f"{memory.peak_mib:.0f} MiB at most, of {memory.limit_mib} MiB allowed."
    )
