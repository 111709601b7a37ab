"""Room: disk, cores and memory."""

import shutil
from pathlib import Path

from assay_sandbox.doctor.daemon import NoDaemon
from assay_sandbox.doctor.findings import Finding, fail, ok, warn
from assay_sandbox.doctor.machine import Machine

GIB = 1 << 30

DISK_WARN_GIB, DISK_FAIL_GIB = 20, 5
"""Base images and a wheelhouse take about 2 GiB, a submission's image up to 4 GiB."""

MEMORY_WARN_GIB, MEMORY_FAIL_GIB = 4.0, 2.0
"""Submission and reference of 1 GiB each, the probe, the engine and a build."""


def disk_space(machine: Machine) -> Finding:
    """Our own files and the engine's data root have room."""
    places = dict(machine.places)
    if not isinstance(machine.daemon, NoDaemon) and machine.daemon.data_root:
        places["engine data"] = Path(machine.daemon.data_root)
    free = {name: _free_gib(path) for name, path in places.items()}
    found = ", ".join(f"{gib:.0f} GiB free for {name}" for name, gib in free.items())
    remedy = "free some space, or point ASSAY_HOME, ASSAY_CACHE or the engine's data root elsewhere"
    if min(free.values()) < DISK_FAIL_GIB:
        return fail(found, remedy)
    return warn(found, remedy) if min(free.values()) < DISK_WARN_GIB else ok(found)


def _free_gib(path: Path) -> float:
    """Free space of the nearest directory that exists."""
    existing = next(p for p in (path, *path.parents) if p.exists())
    return shutil.disk_usage(existing).free / GIB


def cores(machine: Machine) -> Finding:
    """Service and probe can have cores of their own."""
    if machine.cores < 2:
        return fail(
            f"{machine.cores}: service and probe would compete for it",
            "give this machine two cores or more; latencies mean nothing otherwise",
        )
    return ok(f"{machine.cores}")


def memory(machine: Machine) -> Finding:
    """Submission, reference, probe and a build fit side by side."""
    available_kib = meminfo_kib(machine).get("MemAvailable")
    if available_kib is None:
        return warn("/proc/meminfo does not say", "run on Linux with /proc mounted")
    gib = available_kib / (1 << 20)
    remedy = "close other programs or give this machine 4 GiB or more"
    if gib < MEMORY_FAIL_GIB:
        return fail(f"{gib:.1f} GiB available", remedy)
    if gib < MEMORY_WARN_GIB:
        return warn(f"{gib:.1f} GiB available", remedy)
    return ok(f"{gib:.1f} GiB available")


def meminfo_kib(machine: Machine) -> dict[str, int]:
    """The lines of /proc/meminfo, in KiB."""
    lines = (machine.read("/proc/meminfo") or "").splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {name: int(rest.split()[0]) for name, rest in pairs}
