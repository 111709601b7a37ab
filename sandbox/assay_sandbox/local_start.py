"""Start containers of the local engine, and connect them as their specs say.

A network here is only a name: nobody reaches anybody but through a relay that we made, one
for each service the harness calls, and one for each service that calls stand-ins.
"""

import os
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assay_sandbox import local_cgroup, local_network, local_trusted
from assay_sandbox.docker_call import Until
from assay_sandbox.engine import Capability, ContainerSpec, Outward
from assay_sandbox.errors import EngineFault, SpecRefused
from assay_sandbox.faults.disk_fill import ALWAYS, DiskFill
from assay_sandbox.faults.held import faults_of
from assay_sandbox.faults.local_levers import local_levers
from assay_sandbox.local_cgroup import ControlGroup
from assay_sandbox.local_container import LocalContainer
from assay_sandbox.local_images import LocalImage
from assay_sandbox.local_job import Jail, Job
from assay_sandbox.local_network import LOOPBACK
from assay_sandbox.local_process import Launch, Process
from assay_sandbox.local_state import Record, State
from assay_sandbox.log_store import LogStore

_PORT = "PORT"
_Place = tuple[str, int]
"""Reference of a network and a fixed host number on it."""


@dataclass(frozen=True, slots=True)
class _Started:
    container: LocalContainer
    spec: ContainerSpec

    def stands_at(self, place: _Place) -> bool:
        """Whether it is the one others know under this place."""
        own = ((a.network.reference, a.host_index) for a in self.spec.attachments)
        return self.spec.trusted and place in own

    def calls(self) -> dict[_Place, tuple[int, ...]]:
        """The ports it calls, by the place of the stand-in."""
        return _calls(self.spec.outward)


@dataclass(frozen=True, slots=True)
class _Order:
    """What is the same in every life of a container."""

    spec: ContainerSpec
    image: LocalImage | None
    group: ControlGroup | None


@dataclass(frozen=True, slots=True)
class _Life:
    """What is new in each."""

    process: Process
    record: Record
    relays: dict[str, Process]
    address: tuple[str, int] | None


@dataclass(slots=True)
class Starter:
    """Starts containers in one jail and knows those that run.

    Attributes:
        jail: How services run.
        isolated: Whether the jail has networks of its own, so that relays are needed.
        with_groups: Whether each container gets a control group.
        state: Where what runs is recorded.
        capabilities: Of the engine; they say which faults its containers can suffer.
    """

    jail: Jail
    isolated: bool
    with_groups: bool
    state: State
    capabilities: frozenset[Capability]
    _running: list[_Started] = field(init=False, default_factory=list)
    _lock: threading.RLock = field(init=False, default_factory=threading.RLock)

    def start(self, spec: ContainerSpec, image: LocalImage | None, until: Until) -> LocalContainer:
        """See `Engine.start`; `image` is None for trusted programs of ours."""
        refuse_impossible(spec)
        record = self.state.open(spec.run_id, spec.role)
        group: ControlGroup | None = None
        try:
            if self.with_groups:
                group = local_cgroup.create(record.id, spec.limits)
            return self._start(spec, image, record, group, until)
        except BaseException:
            if group is not None:
                group.kill()
                group.remove()
            self.state.close(record)
            raise

    def running(self, run_id: str) -> list[LocalContainer]:
        """Containers of a run that were not removed, last started first."""
        with self._lock:
            found = [one.container for one in self._running if one.spec.run_id == run_id]
        return found[::-1]

    def _start(
        self,
        spec: ContainerSpec,
        image: LocalImage | None,
        record: Record,
        group: ControlGroup | None,
        until: Until,
    ) -> LocalContainer:
        order = _Order(spec, image, group)
        fill = DiskFill((ALWAYS, *(image.config.volumes if image is not None else ())))

        def removed(container: LocalContainer) -> None:
            fill.free()
            self._forget(container)

        life = self._begin(order, record, self._plain_address(spec), None, until)
        container = LocalContainer(
            spec.role,
            life.process,
            life.record,
            self.state,
            life.address,
            removed,
            lambda container, until: self._begin_again(order, container, until),
            lambda container, port: self._reach(spec, container, port),
            life.relays,
        )
        levers = local_levers(container, spec.limits.memory_mib, fill)
        container.faults = faults_of(levers, self.capabilities)
        self._remember(_Started(container, spec), until)
        return container

    def _begin(
        self,
        order: _Order,
        record: Record,
        address: tuple[str, int] | None,
        log: LogStore | None,
        until: Until,
    ) -> _Life:
        """Start the process and its relays. Where there are relays, `address` is theirs."""
        relays: dict[str, Process] = {}
        spec = order.spec
        process: Process | None = None
        try:
            process = Process(
                self._launch(order, record, address),
                deadline_s=until.left_s(),
                before_main=lambda inner: relays.update(self._ways_out(spec, inner, until)),
                log=log,
            )
            record = replace(record, processes=process.identities())
            self.state.write(record)
            if self.isolated and spec.port is not None and process.inner_pid is not None:
                relays["in"], port = local_network.relay_inward(
                    process.inner_pid, spec.port, spec.limits.cores, address[1] if address else 0
                )
                address = (LOOPBACK, port)
        except BaseException:
            for started in (*relays.values(), *([process] if process is not None else ())):
                started.kill()
            raise
        return _Life(process, record, relays, address)

    def _begin_again(self, order: _Order, container: LocalContainer, until: Until) -> None:
        """Start a container that was killed, at the address it had."""
        log, address = container.process.log, container.host_address
        try:
            life = self._begin(order, container.record, address, log, until)
        except OSError as error:
            raise EngineFault(
                f"{container.role} could not be started again: {error}", remedy="run again"
            ) from error
        container.process, container.record = life.process, life.record
        ways, container.relays = container.ways, life.relays
        container.ways = {}
        for port, host_port in ways.items():
            self._open(order.spec, container, port, host_port)

    def _reach(self, spec: ContainerSpec, container: LocalContainer, port: int) -> int:
        """The port of this machine that leads to a port of a container; opened when first asked.

        Where networks are shared it is the same one, but for the port that the service was told.
        """
        if port == spec.port and container.host_address is not None:
            return container.host_address[1]
        if not self.isolated:
            return port
        if port not in container.ways:
            self._open(spec, container, port, 0)
        return container.ways[port]

    def _open(
        self, spec: ContainerSpec, container: LocalContainer, port: int, host_port: int
    ) -> None:
        inner = container.process.inner_pid
        if inner is None:
            raise EngineFault(f"{spec.role} has no network to relay into", remedy="run again")
        container.relays[f"in {port}"], container.ways[port] = local_network.relay_inward(
            inner, port, spec.limits.cores, host_port
        )

    def _launch(self, order: _Order, record: Record, address: tuple[str, int] | None) -> Launch:
        spec, image, private = order.spec, order.image, self.state.directory(record)
        if image is None:
            make = local_trusted.isolated_launch if self.isolated else local_trusted.plain_launch
            return make(spec, private, order.group)
        job = Job(
            root=image.root,
            command=spec.command or (*image.config.entrypoint, *image.config.command),
            environment={
                "HOME": "/",
                **image.config.environment,
                **spec.environment,
                **_urls(spec.outward),
                **_port_variable(spec, None if self.isolated else address),
            },
            directory=image.config.directory,
            uid=spec.uid,
            limits=spec.limits,
            group=order.group,
            private=private,
            volumes=image.config.volumes,
            hosts=tuple(spec.outward),
        )
        return self.jail.launch(job)

    # ------------------------------------------------------------------ connections

    def _plain_address(self, spec: ContainerSpec) -> tuple[str, int] | None:
        """Where a process that shares this machine's network will listen.

        A service that is told its port is told a free one; others listen where they want.
        """
        if self.isolated or spec.port is None:
            return None
        if not spec.trusted and _PORT in spec.environment:
            return LOOPBACK, local_network.free_port()
        refuse_taken(spec.port)
        return LOOPBACK, spec.port

    def _ways_out(self, spec: ContainerSpec, inner_pid: int, until: Until) -> dict[str, Process]:
        """Relays to the stand-ins that run already; later ones are connected as they come."""
        if not self.isolated:
            return {}
        with self._lock:
            running = list(self._running)
        relays = {}
        for place, ports in _calls(spec.outward).items():
            stand_in = next((one for one in reversed(running) if one.stands_at(place)), None)
            if stand_in is not None and stand_in.container.process.inner_pid is not None:
                relays[_way(place)] = local_network.relay_outward(
                    inner_pid,
                    ports,
                    stand_in.container.process.inner_pid,
                    spec.limits.cores,
                    until.left_s(),
                )
        return relays

    def _remember(self, started: _Started, until: Until) -> None:
        """Add it, and connect those that call it to it, as it may replace an earlier one."""
        with self._lock:
            callers = list(self._running)
            self._running.append(started)
        inner = started.container.process.inner_pid
        if not (self.isolated and started.spec.trusted and inner is not None):
            return
        for caller in callers:
            for place, ports in caller.calls().items():
                if started.stands_at(place):
                    self._reconnect(caller, place, ports, inner, until)

    def _reconnect(
        self, caller: _Started, place: _Place, ports: tuple[int, ...], target: int, until: Until
    ) -> None:
        inner = caller.container.process.inner_pid
        before = caller.container.relays.pop(_way(place), None)
        if before is not None:
            before.kill()
        if inner is not None and caller.container.process.exit_code() is None:
            caller.container.relays[_way(place)] = local_network.relay_outward(
                inner, ports, target, caller.spec.limits.cores, until.left_s()
            )

    def _forget(self, container: LocalContainer) -> None:
        with self._lock:
            self._running = [one for one in self._running if one.container is not container]


def refuse_impossible(spec: ContainerSpec) -> None:
    """Raise `SpecRefused` for a spec whose limits cannot all be put in force."""
    if spec.files and not spec.trusted:
        raise SpecRefused(
            f"files for the untrusted container {spec.role}: its root is read-only",
            remedy="bake them into its image, or mark our own program as trusted",
        )
    if not spec.trusted and spec.uid <= 0:
        raise SpecRefused(
            f"user {spec.uid} for the untrusted container {spec.role}",
            remedy="give each run a user of its own, 20000 or more",
        )
    missing = [core for core in spec.limits.cores if not 0 <= core < (os.cpu_count() or 1)]
    if missing:
        raise SpecRefused(
            f"{spec.role} asks for cores {missing}, this host has 0..{(os.cpu_count() or 1) - 1}",
            remedy="change the cores of its limits",
        )


def refuse_taken(port: int) -> None:
    """Raise `EngineFault` if somebody listens on that port of this machine already."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError as error:
        raise EngineFault(
            f"port {port} of this machine is taken: {error.strerror}",
            remedy="without bubblewrap only one run at a time can use a port; wait, or install it",
        ) from error


def _calls(outward: Mapping[str, Outward]) -> dict[_Place, tuple[int, ...]]:
    places: dict[_Place, tuple[int, ...]] = {}
    for one in outward.values():
        place = (one.network.reference, one.host_index)
        places[place] = (*places.get(place, ()), one.port)
    return places


def _way(place: _Place) -> str:
    return f"out {place[0]} {place[1]}"


def _urls(outward: Mapping[str, Outward]) -> dict[str, str]:
    return {one.environment: f"http://{LOOPBACK}:{one.port}" for one in outward.values()}


def _port_variable(spec: ContainerSpec, address: tuple[str, int] | None) -> dict[str, str]:
    if address is not None and _PORT in spec.environment:
        return {_PORT: str(address[1])}
    return {}
