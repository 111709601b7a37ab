"""What one Docker engine can enforce and measure, from its own account and from this host."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay_sandbox.cgroups import ROOT, version_at
from assay_sandbox.engine import Capability

DEFAULT_SOCKET = "unix:///var/run/docker.sock"

ALWAYS = frozenset(
    {
        Capability.IMAGES,
        Capability.FILESYSTEM,
        Capability.READ_ONLY_ROOT,
        Capability.NETWORK,
        Capability.DNS_CLOSED,
        Capability.DISK_LIMIT,
        Capability.OWN_UID,
        Capability.LOG_LIMIT,
        Capability.HANG,
        Capability.CRASH,
        Capability.NETWORK_CUT,
    }
)


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What matters about an engine.

    Attributes:
        is_local: Its kernel is ours: its processes and control groups can be seen here.
        cores: Of its host.
        cgroup_driver: "cgroupfs" or "systemd".
        owns_cgroups: We may make, weigh and remove control groups here.
        capabilities: What it enforces and measures.
    """

    is_local: bool
    cores: int
    cgroup_driver: str
    owns_cgroups: bool
    capabilities: frozenset[Capability]


def hosts_own_socket(environment: Mapping[str, str]) -> Path | None:
    """The socket of the engine the host uses for everything, if that is the one we would use."""
    usual = Path(DEFAULT_SOCKET.removeprefix("unix://"))
    named = Path((environment.get("DOCKER_HOST") or DEFAULT_SOCKET).removeprefix("unix://"))
    same = named.resolve() == usual.resolve()
    return usual if same and usual.is_socket() else None


def facts_of(info: Mapping[str, Any], url: str, root: Path = ROOT) -> EngineFacts:
    """Judge an engine by its `info` answer and the address it was reached at."""
    is_local = url.startswith("unix://") and info.get("KernelVersion") == os.uname().release
    counted = is_local and version_at(root) is not None
    owns = counted and os.access(_cpu_tree(root), os.W_OK)
    capabilities = set(ALWAYS | _enforced(info))
    if counted:
        capabilities.add(Capability.KERNEL_COUNTERS)
    if counted and Capability.MEMORY_LIMIT in capabilities:
        capabilities.add(Capability.MEMORY_PRESSURE)  # what is held now must be readable
    if counted and os.geteuid() == 0:
        capabilities.add(Capability.DISK_FULL)  # through the process's root in our /proc
    if not owns:
        capabilities.discard(Capability.CPU_WEIGHT)  # it would not hold against other processes
    return EngineFacts(
        is_local=is_local,
        cores=int(info.get("NCPU") or 1),
        cgroup_driver=str(info.get("CgroupDriver") or "none"),
        owns_cgroups=owns,
        capabilities=frozenset(capabilities),
    )


def _cpu_tree(root: Path) -> Path:
    return root / "cpu" if version_at(root) == 1 else root


def _enforced(info: Mapping[str, Any]) -> set[Capability]:
    claims = {
        "MemoryLimit": Capability.MEMORY_LIMIT,
        "PidsLimit": Capability.PIDS_LIMIT,
        "CPUSet": Capability.CPU_PINNING,
        "CPUShares": Capability.CPU_WEIGHT,
        "CpuCfsQuota": Capability.CPU_THROTTLE,
    }
    found = {capability for key, capability in claims.items() if info.get(key)}
    if any("seccomp" in option for option in info.get("SecurityOptions") or ()):
        found.add(Capability.SECCOMP)
    return found
