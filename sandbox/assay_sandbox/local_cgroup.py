"""Control groups of our own around a local process; reading and removing is `cgroups`' part."""

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assay_sandbox import cgroups
from assay_sandbox.errors import EngineFault
from assay_sandbox.limits import Limits

TOP = PurePosixPath("/assay-local")
MIB = 1024 * 1024
V1_CONTROLLERS = (*cgroups.CONTROLLERS, "cpuset")
V2_CONTROLLERS = ("cpu", "memory", "pids", "cpuset")
PERIOD_S = 0.02
CPU_PERIOD_US = 100_000
"""Of the CPU quota: what container engines use."""


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """One group under every controller; a process joins by writing its pid to `entries`."""

    path: PurePosixPath
    entries: tuple[Path, ...]

    def reader(self) -> cgroups.UsageReader:
        """A reader of its counters."""
        return cgroups.UsageReader(cgroups.group_at(self.path), None)

    def allow_cpu(self, share: float | None) -> None:
        """Give all its processes together this share of one core, None for no limit.

        Raises:
            OSError: the group is gone, or the kernel refused.
        """
        quota = None if share is None else int(share * CPU_PERIOD_US)
        if cgroups.version_at() == 2:
            text = f"{'max' if quota is None else quota} {CPU_PERIOD_US}"
            (self._home("cpu") / "cpu.max").write_text(text)
            return
        (self._home("cpu") / "cpu.cfs_period_us").write_text(str(CPU_PERIOD_US))
        (self._home("cpu") / "cpu.cfs_quota_us").write_text(str(-1 if quota is None else quota))

    def allow_memory(self, size: int) -> None:
        """Change the limit, in bytes.

        Raises:
            OSError: the group is gone, or holds more that cannot be taken back.
        """
        home = self._home("memory")
        if cgroups.version_at() == 2:
            (home / "memory.max").write_text(str(size))
            return
        names = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"]
        if size > int((home / names[0]).read_text()):
            names.reverse()  # the second may never be below the first
        for name in names:
            _write_if_there(home / name, str(size))

    def pids(self) -> list[int]:
        """Every process in it."""
        with contextlib.suppress(OSError):
            return [int(pid) for pid in self.entries[0].read_text().split()]
        return []

    def kill(self) -> None:
        """Kill every process in it, also those that were forked meanwhile."""
        for _ in range(100):
            pids = self.pids()
            for pid in pids:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if not pids:
                return
            time.sleep(PERIOD_S)

    def remove(self) -> None:
        """Remove it. Idempotent."""
        cgroups.remove_groups(self.path)

    def _home(self, controller: str) -> Path:
        if cgroups.version_at() == 2:
            return self.entries[0].parent
        return self.entries[V1_CONTROLLERS.index(controller)].parent


def available() -> bool:
    """Whether we may make control groups here: tried, not guessed."""
    if os.geteuid() != 0 or cgroups.version_at() is None:
        return False
    try:
        group = create(f"try-{os.getpid()}", Limits(memory_mib=16, pids=4))
    except EngineFault:
        return False
    group.remove()
    return True


def create(name: str, limits: Limits) -> ControlGroup:
    """Make the group of one container with its limits in force.

    Raises:
        EngineFault: the kernel refused.
    """
    path = TOP / name
    try:
        entries = (
            _create_v2(path, limits) if cgroups.version_at() == 2 else _create_v1(path, limits)
        )
    except OSError as error:
        cgroups.remove_groups(path)
        raise EngineFault(
            f"the control group {path} could not be made: {error}",
            remedy="run as root on a host whose /sys/fs/cgroup is writable, or as another user",
        ) from error
    return ControlGroup(path, entries)


def at(name: str) -> ControlGroup:
    """The group of that name, made earlier, perhaps by a process that is dead by now."""
    controllers = ("",) if cgroups.version_at() == 2 else V1_CONTROLLERS
    homes = (cgroups.ROOT / c / (TOP / name).relative_to("/") for c in controllers)
    return ControlGroup(TOP / name, tuple(home / "cgroup.procs" for home in homes))


def _create_v1(path: PurePosixPath, limits: Limits) -> tuple[Path, ...]:
    relative = path.relative_to("/")
    homes = {c: cgroups.ROOT / c / relative for c in V1_CONTROLLERS}
    for controller, home in homes.items():
        home.mkdir(parents=True)
        if controller == "cpuset":
            _inherit_cpuset(home.parent)
            _inherit_cpuset(home)
    memory = str(limits.memory_mib * MIB)
    (homes["memory"] / "memory.limit_in_bytes").write_text(memory)
    _write_if_there(homes["memory"] / "memory.memsw.limit_in_bytes", memory)
    (homes["pids"] / "pids.max").write_text(str(limits.pids))
    for home in (homes["cpu"].parent, homes["cpu"]):  # a weight counts among siblings only
        (home / "cpu.shares").write_text(str(limits.cpu_weight))
    if limits.cores:
        (homes["cpuset"] / "cpuset.cpus").write_text(_list(limits.cores))
    return tuple(home / "cgroup.procs" for home in homes.values())


def _inherit_cpuset(home: Path) -> None:
    """A new v1 cpuset is empty and refuses processes until it has cores and memory nodes."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if not (home / name).read_text().strip():
            (home / name).write_text((home.parent / name).read_text())


def _create_v2(path: PurePosixPath, limits: Limits) -> tuple[Path, ...]:
    home = cgroups.ROOT / path.relative_to("/")
    home.parent.mkdir(exist_ok=True)
    for above in (cgroups.ROOT, home.parent):
        wanted = " ".join(f"+{controller}" for controller in V2_CONTROLLERS)
        (above / "cgroup.subtree_control").write_text(wanted)
    home.mkdir()
    weight = str(cgroups.weight_of(limits.cpu_weight))
    (home.parent / "cpu.weight").write_text(weight)
    values: Mapping[str, str] = {
        "memory.max": str(limits.memory_mib * MIB),
        "pids.max": str(limits.pids),
        "cpu.weight": weight,
    }
    for name, value in values.items():
        (home / name).write_text(value)
    _write_if_there(home / "memory.swap.max", "0")
    if limits.cores:
        (home / "cpuset.cpus").write_text(_list(limits.cores))
    return (home / "cgroup.procs",)


def _write_if_there(path: Path, value: str) -> None:
    """For files that kernels without swap accounting lack."""
    if path.exists():
        path.write_text(value)


def _list(cores: tuple[int, ...]) -> str:
    return ",".join(str(core) for core in cores)
