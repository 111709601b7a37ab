"""What a second of CPU and a GiB-second of memory cost: versioned, so old scores stay true.

A sheet never changes once published; new prices are a new sheet. CPU-seconds given to these
formulas are normalised to the reference (its published figure times the measured ratio),
because raw CPU-seconds drift by 5-30 % with the host and the ratio by 1 %.
"""

import math
from dataclasses import dataclass

MEMORY_HEADROOM = 1.2
"""Provisioned memory over measured peak, as an operator would leave it."""

UTILISATION = 0.6
"""Share of provisioned time a service is busy; memory is paid for all of it."""

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class PriceSheet:
    """Prices on one day.

    Attributes:
        vcpu_hour: Dollars per vCPU-hour.
        gib_hour: Dollars per GiB-hour.
        memory_rungs_gib: Memory sizes sold with one vCPU, ascending.
    """

    name: str
    dated: str
    source: str
    vcpu_hour: float
    gib_hour: float
    memory_rungs_gib: tuple[float, ...]


PRICE_SHEETS: dict[str, PriceSheet] = {
    "aws-fargate-2026-04": PriceSheet(
        name="aws-fargate-2026-04",
        dated="2026-04-01",
        source="AWS Fargate on-demand, Linux on x86, region us-east-1, public list prices",
        vcpu_hour=0.04048,
        gib_hour=0.004445,
        memory_rungs_gib=(2, 3, 4, 5, 6, 7, 8),
    ),
    "aws-fargate-arm-2026-04": PriceSheet(
        name="aws-fargate-arm-2026-04",
        dated="2026-04-01",
        source="AWS Fargate on-demand, Linux on ARM, region us-east-1, public list prices",
        vcpu_hour=0.03238,
        gib_hour=0.00356,
        memory_rungs_gib=(2, 3, 4, 5, 6, 7, 8),
    ),
    "gcp-cloud-run-2026-03": PriceSheet(
        name="gcp-cloud-run-2026-03",
        dated="2026-03-01",
        source="Google Cloud Run, request-based billing, tier 1 regions, public list prices",
        vcpu_hour=0.0864,
        gib_hour=0.009,
        memory_rungs_gib=(0.5, 1, 2, 4),
    ),
}


def cost_per_million(cpu_s_per_answer: float, memory_gib: float, sheet: PriceSheet) -> float:
    """Dollars per million correct answers, by usage; smooth, so it can be scored.

    1e6 * (c * Pcpu + G * 1.2 * c / u * Pmem) with per-second prices and u = 0.6.

    Args:
        cpu_s_per_answer: CPU-seconds per correct answer, reference-normalised; infinite if
            there was none.
        memory_gib: Peak anonymous memory, without headroom.
        sheet: Prices to use.
    """
    cpu = cpu_s_per_answer * sheet.vcpu_hour
    memory = memory_gib * MEMORY_HEADROOM * cpu_s_per_answer / UTILISATION * sheet.gib_hour
    return 1e6 * (cpu + memory) / SECONDS_PER_HOUR


def provisioned_cost_per_million(
    answers_per_s: float, memory_gib: float, sheet: PriceSheet
) -> float | None:
    """Dollars per million answers of one vCPU running flat out at its rate; for show only.

    Memory is bought by the rung, so ten MiB can move it: never scored. None if the memory
    does not fit the largest rung; infinite if nothing is answered.
    """
    needed = memory_gib * MEMORY_HEADROOM
    rung = next((gib for gib in sheet.memory_rungs_gib if gib >= needed), None)
    if rung is None:
        return None
    if answers_per_s <= 0:
        return math.inf
    hourly = sheet.vcpu_hour + rung * sheet.gib_hour
    return 1e6 * hourly / (SECONDS_PER_HOUR * answers_per_s)
