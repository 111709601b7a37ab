"""Anonymous memory of the submission: the curve for the plots, its growth for the score."""

from assay.domain.measurements import MemoryMeasurement, ResourceSample
from assay.domain.statistics import slope
from assay.evaluation.ports import Role, Sample, Service
from assay.evaluation.run import Run

SETTLING_WINDOWS = 4
"""The first windows fill allocator pools and lazy imports; growth counts from there."""
SAMPLE_EVERY_S = 0.5
MIB = 1024.0 * 1024.0


def measure_memory(run: Run) -> MemoryMeasurement:
    """Start, peak, end, and the steepest growth of any start of the service under load."""
    service = run.services.get("submission")
    samples = service.samples() if service else ()
    mib = [s.memory_bytes / MIB for s in samples]
    growths = [_growth(life[SETTLING_WINDOWS:]) for life in run.served]
    return MemoryMeasurement(
        start_mib=mib[0] if mib else None,
        peak_mib=max(mib, default=None),
        end_mib=mib[-1] if mib else None,
        growth_kib_per_1000_requests=max((g for g in growths if g is not None), default=None),
        limit_mib=run.material.challenge.limits.memory_mib,
        deaths=len(run.deaths),
        oom_killed=any(death.oom_killed for death in run.deaths),
    )


def _growth(served: list[tuple[int, float]]) -> float | None:
    """Least-squares growth in KiB per 1000 requests, or None with too little to go on."""
    mib_per_request = slope([n for n, _ in served], [mib for _, mib in served])
    return None if mib_per_request is None else mib_per_request * 1024 * 1000


def resource_samples(run: Run) -> tuple[ResourceSample, ...]:
    """Thinned readings of all services for the plots."""
    return tuple(
        sample for role, service in run.services.items() for sample in _thinned(run, role, service)
    )


def _thinned(run: Run, role: Role, service: Service) -> list[ResourceSample]:
    found: list[ResourceSample] = []
    last: Sample | None = None
    for sample in service.samples():
        if last is not None and sample.at_s - last.at_s < SAMPLE_EVERY_S:
            continue
        if last is not None:
            found.append(
                ResourceSample(
                    at_s=run.since_start_s(sample.at_s),
                    target=role,
                    cpu_share=round((sample.cpu_s - last.cpu_s) / (sample.at_s - last.at_s), 4),
                    memory_mib=round(sample.memory_bytes / MIB, 2),
                )
            )
        last = sample
    return found
