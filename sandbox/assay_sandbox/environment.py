"""One run's world: two private networks, the containers on them, and the kernel's counters.

        app network                          ref network
    submission .2                    reference .2
    its stand-ins .3                 its stand-ins .3
               └─ probe .4, .6 to .13 ─┘
    monitoring .5

The submission and the reference share nothing but the probe, not even a stand-in: what one
of them does to its dependencies must not reach the other. Monitoring runs the candidate's
rules, so it stands on the submission's network or on none.
Leaving the context removes everything that was started, in whatever state it is.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Literal, Self

from assay_sandbox.engine import (
    Attachment,
    Container,
    ContainerSpec,
    Engine,
    Network,
    Outward,
)
from assay_sandbox.errors import SandboxError
from assay_sandbox.limits import Limits
from assay_sandbox.sampling import UsageSampler

SERVICE_HOST, STAND_IN_HOST, MONITORING_HOST = 2, 3, 5
PROBE_HOSTS = (4, *range(6, 14))
"""Each probe takes the next: no service can tell the harness from others by its address."""
START_S = 30.0
PROBE_LIMITS = Limits(memory_mib=2048, pids=512, log_bytes=512 * 1024 * 1024)
MONITORING_LIMITS = Limits(memory_mib=1536, pids=256, cpu_weight=1024, tmp_mib=512)
"""A large recording replays in half of this; next to the probe, rules are served last."""

ServiceRole = Literal["submission", "reference"]
SERVICE_ROLES: tuple[ServiceRole, ...] = ("submission", "reference")


@dataclass(frozen=True, slots=True)
class CoreLayout:
    """Which cores measure and which are measured.

    Attributes:
        service: Cores of submission and reference (the same ones: they are a duet).
        probe: Cores of probe, stand-ins and the harness.
    """

    service: tuple[int, ...]
    probe: tuple[int, ...]

    @classmethod
    def of_host(cls, service_cores: int) -> "CoreLayout":
        """Give the service the last cores and the probe the others.

        On a host with too few cores both get all of them; `apart` then says so.
        """
        cores = tuple(sorted(os.sched_getaffinity(0)))
        if len(cores) <= service_cores:
            return cls(service=cores, probe=cores)
        return cls(service=cores[-service_cores:], probe=cores[:-service_cores])

    @property
    def apart(self) -> bool:
        """Whether the probe has a core that no service uses."""
        return not set(self.service) & set(self.probe)


@dataclass(frozen=True, slots=True)
class StandInPort:
    """A stand-in a service may call: its name, its port, and the variable that gets its URL."""

    name: str
    port: int
    environment: str


@dataclass(slots=True)
class Environment:
    """The containers of one run. Use as a context manager.

    Attributes:
        engine: Where they run.
        run_id: Label of everything started.
        layout: Cores.
        limits: Of each service under measurement.
        probe_image: Image of the probe and of the stand-ins.
        uid: User of the submission; the reference has the next one. Some limits count per
            user, and one service must not be able to use up the other's.
    """

    engine: Engine
    run_id: str
    layout: CoreLayout
    limits: Limits
    probe_image: str
    uid: int
    sampler: UsageSampler = field(init=False)
    _networks: dict[ServiceRole, Network] = field(init=False, default_factory=dict)
    _containers: list[Container] = field(init=False, default_factory=list)
    _probes: int = field(init=False, default=0)

    def __enter__(self) -> Self:
        """Create the networks and start counting."""
        self.sampler = UsageSampler(cores=self.layout.service)
        try:
            for role in SERVICE_ROLES:
                self._networks[role] = self.engine.network(self.run_id, role[:3])
            self.sampler.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove everything."""
        self.close()

    def close(self) -> None:
        """Stop counting and remove every container and network of this run. Idempotent."""
        with contextlib.suppress(RuntimeError):
            self.sampler.stop()
        for container in reversed(self._containers):
            with contextlib.suppress(SandboxError):  # `reap` tries again what would not go
                container.remove()
        self._containers.clear()
        self.engine.reap(self.run_id)

    def start_service(
        self,
        role: ServiceRole,
        image: str,
        *,
        port: int,
        environment: Mapping[str, str],
        stand_ins: tuple[StandInPort, ...],
    ) -> Container:
        """Start a service under measurement, pinned to the service cores, and count it."""
        network = self._networks[role]
        container = self._start(
            ContainerSpec(
                run_id=self.run_id,
                role=role,
                image=image,
                attachments=(Attachment(network, SERVICE_HOST),),
                limits=replace(self.limits, cores=self.layout.service),
                environment=environment,
                port=port,
                outward={
                    s.name: Outward(network, STAND_IN_HOST, s.port, s.environment)
                    for s in stand_ins
                },
                uid=self.uid + SERVICE_ROLES.index(role),
            )
        )
        self.sampler.add(container)
        return container

    def start_probe(self, files: Mapping[str, bytes]) -> Container:
        """Start a probe on the plan among `files` (`/probe/plan.json`)."""
        host = PROBE_HOSTS[self._probes % len(PROBE_HOSTS)]
        self._probes += 1
        places = tuple(Attachment(self._networks[r], host) for r in SERVICE_ROLES)
        return self._trusted("probe", self.probe_image, places, files)

    def start_stand_ins(
        self, role: ServiceRole, files: Mapping[str, bytes], *, control_port: int
    ) -> Container:
        """Start the process that plays the dependencies of one service, of that one alone."""
        place = Attachment(self._networks[role], STAND_IN_HOST)
        name = f"standin-{role[:3]}"
        return self._trusted(name, self.probe_image, (place,), files, port=control_port)

    def start_monitoring(
        self, image: str, files: Mapping[str, bytes], *, beside_service: bool
    ) -> Container:
        """Start what works with the candidate's rules, on the plan among `files`.

        Beside the service it is on the submission's network and on the probe's cores; else on no
        network, when nothing is measured, and on all cores.
        """
        place = Attachment(self._networks["submission"], MONITORING_HOST)
        if beside_service:
            return self._trusted("monitoring", image, (place,), files, limits=MONITORING_LIMITS)
        cores = tuple(sorted({*self.layout.probe, *self.layout.service}))
        limits = replace(MONITORING_LIMITS, cores=cores)
        return self._trusted("monitoring", image, (), files, limits=limits)

    def remove(self, container: Container) -> None:
        """Remove one container before the end; its counters stay readable."""
        self.sampler.discard(container)
        container.remove()
        if container in self._containers:
            self._containers.remove(container)

    def _trusted(
        self,
        role: str,
        image: str,
        places: tuple[Attachment, ...],
        files: Mapping[str, bytes],
        *,
        port: int | None = None,
        limits: Limits = PROBE_LIMITS,
    ) -> Container:
        return self._start(
            ContainerSpec(
                run_id=self.run_id,
                role=role,
                image=image,
                attachments=places,
                limits=replace(limits, cores=limits.cores or self.layout.probe),
                command=("python", "-m", "assay_probe", "/probe/plan.json"),
                files=files,
                port=port,
                trusted=True,
            )
        )

    def _start(self, spec: ContainerSpec) -> Container:
        container = self.engine.start(spec, deadline_s=START_S)
        self._containers.append(container)
        return container


@contextlib.contextmanager
def pinned(cores: tuple[int, ...]) -> Iterator[None]:
    """Keep this process, and what it starts meanwhile, off the other cores."""
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, cores)
        yield
    finally:
        os.sched_setaffinity(0, before)
