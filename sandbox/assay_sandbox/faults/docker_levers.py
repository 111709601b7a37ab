"""What is done to a container on Docker, by the engine's own means; nothing runs inside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from docker import DockerClient

from assay_sandbox.cgroups import group_of_container
from assay_sandbox.docker_call import EngineRefused, Until, call
from assay_sandbox.docker_container import DockerContainer
from assay_sandbox.docker_profile import MIB, SMALLEST_MEMORY_MIB
from assay_sandbox.engine import Exited
from assay_sandbox.errors import EngineFault
from assay_sandbox.faults.crash import Crash
from assay_sandbox.faults.disk_fill import DiskFill
from assay_sandbox.faults.held import Lever

PERIOD_US = 100_000
"""Of the CPU quota: what the engine and orchestrators use."""
UNLIMITED = -1
MEMORY_TRIES = 3
"""A process that grows while it is being limited may be over the limit before it is in force."""

Settings = Mapping[str, float]
Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Patient:
    """The container something is done to.

    Attributes:
        reference: Its name on the engine.
        memory_mib: The limit of its spec.
        addresses: Reference of each of its networks -> its address there.
    """

    client: DockerClient
    container: DockerContainer
    reference: str
    memory_mib: int
    addresses: Mapping[str, str]

    def order(
        self,
        what: str,
        work: Callable[[], object],
        until: Until,
        done: Callable[[Found], bool] = lambda _found: False,
    ) -> None:
        """Ask the engine for something; a refusal is no error where there is no need of it.

        Args:
            what: Completes "the engine refused to ...".
            work: The call.
            until: Instant at which waiting ends.
            done: Whether a container, as the engine describes it, is as it was to become.
        """
        try:
            call(f"{what} {self.container.role}", work, deadline_s=until.left_s())
        except EngineRefused:
            found = self.found(until)
            if found is not None and found["State"]["Running"] and not done(found):
                raise

    def found(self, until: Until) -> Found | None:
        """The container as the engine describes it, None if it is gone."""
        try:
            found: Found = call(
                f"describe {self.container.role}",
                lambda: self.client.api.inspect_container(self.reference),
                deadline_s=until.left_s(),
            )
        except EngineRefused as refusal:
            if refusal.status == 404:
                return None
            raise
        return found

    def ended(self) -> bool:
        """Whether it runs no more."""
        return isinstance(self.container.state(), Exited)


@dataclass(frozen=True, slots=True)
class Pause:
    """Every process of it is frozen."""

    patient: Patient

    def pull(self, settings: Settings, until: Until) -> None:
        """Freeze."""
        api, name = self.patient.client.api, self.patient.reference
        self.patient.order("pause", lambda: api.pause(name), until, _is_paused)

    def release(self, until: Until) -> None:
        """Thaw."""
        api, name = self.patient.client.api, self.patient.reference
        self.patient.order(
            "resume", lambda: api.unpause(name), until, lambda found: not _is_paused(found)
        )


def _is_paused(found: Found) -> bool:
    return bool(found["State"]["Paused"])


@dataclass(frozen=True, slots=True)
class CpuQuota:
    """A share of one core in every period, for all its processes together."""

    patient: Patient

    def pull(self, settings: Settings, until: Until) -> None:
        """Put the quota on."""
        self._allow(int(settings["share"] * PERIOD_US), until)

    def release(self, until: Until) -> None:
        """Take the quota off."""
        self._allow(UNLIMITED, until)

    def _allow(self, quota_us: int, until: Until) -> None:
        change = partial(
            self.patient.client.api.update_container,
            self.patient.reference,
            cpu_period=PERIOD_US,
            cpu_quota=quota_us,
        )
        self.patient.order("change the CPU quota of", change, until)


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """Little more memory than it holds. Swap stays off."""

    patient: Patient

    def pull(self, settings: Settings, until: Until) -> None:
        """Lower the limit to what cannot be taken back, and the headroom."""
        for left in reversed(range(MEMORY_TRIES)):
            held = self.patient.container.unreclaimable_bytes()
            if self.patient.ended():
                return
            if held is None:
                raise EngineFault(
                    f"the memory of {self.patient.container.role} cannot be read",
                    remedy="`assay doctor` tells whether this host has kernel counters",
                )
            try:
                self._allow(held + int(settings["headroom_mib"] * MIB), until)
            except EngineRefused:
                if not left:
                    raise
            else:
                return

    def release(self, until: Until) -> None:
        """Back to the limit of the spec."""
        self._allow(self.patient.memory_mib * MIB, until)

    def _allow(self, size: int, until: Until) -> None:
        limit = min(max(size, SMALLEST_MEMORY_MIB * MIB), self.patient.memory_mib * MIB)
        change = partial(
            self.patient.client.api.update_container,
            self.patient.reference,
            mem_limit=limit,
            memswap_limit=limit,
        )
        self.patient.order("change the memory limit of", change, until)


@dataclass(frozen=True, slots=True)
class Unplug:
    """Off every network, and back on with the same addresses."""

    patient: Patient

    def pull(self, settings: Settings, until: Until) -> None:
        """Disconnect."""
        for network in self.patient.addresses:
            leave = partial(
                self.patient.client.api.disconnect_container_from_network,
                self.patient.reference,
                network,
            )
            self.patient.order("disconnect", leave, until, partial(_is_off, network))

    def release(self, until: Until) -> None:
        """Connect, also one that has ended: it may be started again."""
        for network, address in self.patient.addresses.items():
            join = partial(
                self.patient.client.api.connect_container_to_network,
                self.patient.reference,
                network,
                ipv4_address=address,
            )
            self.patient.order("connect", join, until, partial(_is_on, network))


def _is_on(network: str, found: Found) -> bool:
    endpoints = (found.get("NetworkSettings") or {}).get("Networks") or {}
    return any(endpoint.get("NetworkID") == network for endpoint in endpoints.values())


def _is_off(network: str, found: Found) -> bool:
    return not _is_on(network, found)


@dataclass(frozen=True, slots=True)
class FullDisk:
    """No room on /tmp, nor on any volume; see `disk_fill`."""

    patient: Patient
    fill: DiskFill

    def pull(self, settings: Settings, until: Until) -> None:
        """Fill."""
        found = self.patient.found(until)
        if found is None or not found["State"]["Running"]:
            return
        pid, reference = found["State"]["Pid"], found["Id"]

        def still_there() -> bool:
            return group_of_container(pid, reference) is not None

        try:
            filled = self.fill.fill(pid, still_there, until)
        except OSError as error:
            filled, why = False, str(error)
        else:
            why = "its processes cannot be seen from here"
        if not filled and not self.patient.ended():
            raise EngineFault(
                f"the disk of {self.patient.container.role} cannot be filled: {why}",
                remedy="run Assay as root on the engine's own machine, outside of a container",
            )

    def release(self, until: Until) -> None:
        """Free the room."""
        self.fill.free()


def docker_levers(patient: Patient, fill: DiskFill) -> dict[str, Lever]:
    """Name of a fault -> how it is done to this container."""
    return {
        "hang": Pause(patient),
        "crash": Crash(patient.container),
        "cpu_throttle": CpuQuota(patient),
        "memory_pressure": MemoryLimit(patient),
        "network_cut": Unplug(patient),
        "disk_full": FullDisk(patient, fill),
    }
