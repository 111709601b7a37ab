"""The machine an evaluation ran on, as the evidence states it."""

import os
import platform

from assay.domain.evidence import Host
from assay_sandbox import cgroups
from assay_sandbox.doctor.checks import noise
from assay_sandbox.doctor.machine import this_host
from assay_sandbox.engine import Capability, Engine
from assay_sandbox.environment import CoreLayout

CLOCK_SOURCE = "/sys/devices/system/clocksource/clocksource0/current_clocksource"
PAGES_PER_MIB = 1024 * 1024 / os.sysconf("SC_PAGE_SIZE")


def host_of(engine: Engine, layout: CoreLayout) -> Host:
    """Describe this machine and the engine on it."""
    machine = this_host()
    return Host(
        engine=engine.name,
        capabilities=tuple(sorted(engine.capabilities)),
        missing_capabilities=tuple(sorted(set(Capability) - engine.capabilities)),
        cores=len(os.sched_getaffinity(0)),
        service_cores=layout.service,
        probe_cores=layout.probe,
        memory_mib=int(os.sysconf("SC_PHYS_PAGES") / PAGES_PER_MIB),
        kernel=platform.release(),
        cgroup_version=cgroups.version_at() or 0,
        clock_source=machine.read(CLOCK_SOURCE) or "unknown",
        noise=noise(machine),
    )
