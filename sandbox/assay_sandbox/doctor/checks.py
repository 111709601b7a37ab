"""The registry of checks, and how they are run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assay_sandbox.doctor import capacity_checks, engine_checks, noise_checks, tool_checks
from assay_sandbox.doctor.findings import Finding, Level
from assay_sandbox.doctor.machine import Machine

Check = Callable[[Machine], Finding]

CHECKS: dict[str, Check] = {
    "container_engine": engine_checks.container_engine,
    "control_groups": engine_checks.control_groups,
    "kernel_counters": engine_checks.kernel_counters,
    "address_pool": engine_checks.address_pool,
    "base_images": engine_checks.base_images,
    "bubblewrap": tool_checks.bubblewrap,
    "promtool": tool_checks.promtool,
    "git": tool_checks.git,
    "mmdebstrap": tool_checks.mmdebstrap,
    "pdf_documents": tool_checks.pdf_documents,
    "disk_space": capacity_checks.disk_space,
    "cores": capacity_checks.cores,
    "memory": capacity_checks.memory,
    "clock_source": noise_checks.clock_source,
    "load_average": noise_checks.load_average,
    "steal_time": noise_checks.steal_time,
    "cpu_frequency": noise_checks.cpu_frequency,
    "hyper_threads": noise_checks.hyper_threads,
    "swap": noise_checks.swap,
}

NOISE = (
    "clock_source",
    "load_average",
    "steal_time",
    "cpu_frequency",
    "hyper_threads",
    "swap",
)
"""The checks whose warnings are recorded with every evaluation."""


@dataclass(frozen=True, slots=True)
class Report:
    """What every check found, in the order of the registry."""

    findings: dict[str, Finding]

    @property
    def worst(self) -> Level:
        """The worst level of all findings."""
        levels = {finding.level for finding in self.findings.values()}
        return next((level for level in (Level.FAIL, Level.WARN) if level in levels), Level.OK)


def examine(machine: Machine, names: Iterable[str] = CHECKS) -> Report:
    """Run the named checks (all of them by default)."""
    return Report({name: CHECKS[name](machine) for name in names})


def noise(machine: Machine) -> tuple[str, ...]:
    """Known sources of noise on this machine, one sentence each."""
    findings = examine(machine, NOISE).findings
    return tuple(
        f"{name.replace('_', ' ')}: {finding.found}"
        for name, finding in findings.items()
        if finding.level is not Level.OK
    )
