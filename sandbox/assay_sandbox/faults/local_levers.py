"""What is done to a container of the local engine: signals, its control group, its relays."""

import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assay_sandbox import cgroups, local_network
from assay_sandbox.docker_call import Until
from assay_sandbox.errors import EngineFault
from assay_sandbox.faults.crash import Crash
from assay_sandbox.faults.disk_fill import DiskFill
from assay_sandbox.faults.held import Lever
from assay_sandbox.local_cgroup import MIB, ControlGroup
from assay_sandbox.local_container import LocalContainer

Settings = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Stop:
    """Every process of it is stopped."""

    container: LocalContainer

    def pull(self, settings: Settings, until: Until) -> None:
        """Stop them, until a look finds none that was started meanwhile."""
        stopped: set[int] = set()
        while fresh := self._family() - stopped:
            if until.left_s() <= 0:
                raise EngineFault(
                    f"{self.container.role} starts processes faster than they can be stopped",
                    remedy="use a container engine",
                )
            _signal_all(fresh, signal.SIGSTOP)
            stopped |= fresh

    def release(self, until: Until) -> None:
        """Let them go on."""
        _signal_all(self._family(), signal.SIGCONT)

    def _family(self) -> set[int]:
        """Nothing once it has ended: its numbers may be others' by then."""
        process = self.container.process
        return process.family() if process.exit_code() is None else set()


def _signal_all(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@dataclass(frozen=True, slots=True)
class CpuQuota:
    """A share of one core in every period, for all its processes together."""

    container: LocalContainer

    def pull(self, settings: Settings, until: Until) -> None:
        """Put the quota on."""
        _ask_kernel(self.container, lambda group: group.allow_cpu(settings["share"]))

    def release(self, until: Until) -> None:
        """Take the quota off."""
        _ask_kernel(self.container, lambda group: group.allow_cpu(None))


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """Little more memory than it holds. `memory_mib` is the limit of its spec."""

    container: LocalContainer
    memory_mib: int

    def pull(self, settings: Settings, until: Until) -> None:
        """Lower the limit to what cannot be taken back, and the headroom."""

        def lower(group: ControlGroup) -> None:
            found = cgroups.group_at(group.path)
            held = cgroups.unreclaimable_bytes(found) if found is not None else 0
            headroom = int(settings["headroom_mib"] * MIB)
            group.allow_memory(min(held + headroom, self.memory_mib * MIB))

        _ask_kernel(self.container, lower)

    def release(self, until: Until) -> None:
        """Back to the limit of the spec."""
        _ask_kernel(self.container, lambda group: group.allow_memory(self.memory_mib * MIB))


def _ask_kernel(container: LocalContainer, change: Callable[[ControlGroup], None]) -> None:
    """Change its control group; a refusal is no error once it has ended."""
    group = container.process.group
    if group is None:
        raise EngineFault(
            f"{container.role} has no control group", remedy="run as root, or ask `capabilities`"
        )
    try:
        change(group)
    except OSError as error:
        if container.process.exit_code() is None:
            raise EngineFault(
                f"the control group of {container.role} cannot be changed: {error}",
                remedy="see whether /sys/fs/cgroup is writable",
            ) from error


@dataclass(frozen=True, slots=True)
class Silence:
    """Its relays, the only ways in and out, are stopped: what is sent arrives nowhere."""

    container: LocalContainer

    def pull(self, settings: Settings, until: Until) -> None:
        """Stop them, once they serve: one that is stopped earlier would outlive our death."""
        for relay in self.container.relays.values():
            if local_network.serves(relay, until):
                relay.signal("SIGSTOP")
            elif self.container.process.exit_code() is None:
                raise EngineFault(
                    f"a relay of {self.container.role} did not start", remedy="see the host's load"
                )

    def release(self, until: Until) -> None:
        """Let them go on."""
        for relay in self.container.relays.values():
            relay.signal("SIGCONT")


@dataclass(frozen=True, slots=True)
class FullDisk:
    """No room on /tmp, nor on any volume; see `disk_fill`."""

    container: LocalContainer
    fill: DiskFill

    def pull(self, settings: Settings, until: Until) -> None:
        """Fill."""
        pid = self.container.process.inner_pid
        if pid is None:
            raise EngineFault(
                f"{self.container.role} has no file system of its own",
                remedy="ask `capabilities` first",
            )
        try:
            self.fill.fill(pid, self._runs, until)
        except OSError as error:
            if self._runs():
                raise EngineFault(
                    f"the disk of {self.container.role} cannot be filled: {error}",
                    remedy="see whether this user may look into /proc of other users",
                ) from error

    def release(self, until: Until) -> None:
        """Free the room."""
        self.fill.free()

    def _runs(self) -> bool:
        return self.container.process.exit_code() is None


def local_levers(container: LocalContainer, memory_mib: int, fill: DiskFill) -> dict[str, Lever]:
    """Name of a fault -> how it is done to this container."""
    return {
        "hang": Stop(container),
        "crash": Crash(container),
        "cpu_throttle": CpuQuota(container),
        "memory_pressure": MemoryLimit(container, memory_mib),
        "network_cut": Silence(container),
        "disk_full": FullDisk(container, fill),
    }
