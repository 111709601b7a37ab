"""The engine's `World` on a sandbox: translates types and owners of faults, decides nothing."""

import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from assay.adapters.faults import ours
from assay.adapters.images import Images, built, failed, image_name
from assay.adapters.injector import ServiceFaults
from assay.adapters.monitoring import Monitoring
from assay.adapters.reading import laid_out, records, wait_until_ready
from assay.adapters.service import RunningService
from assay.domain.challenge import Challenge
from assay.domain.evidence import Host
from assay.evaluation.ports import BuildResult, ProbeFiles, Role
from assay.kit.deadline import Deadline
from assay_probe.plan import Plan, StandIn, StandInPlan, StandInService
from assay_probe.records import Record
from assay_sandbox.engine import BuildFailed, BuildSpec, Built, Engine, LogSink
from assay_sandbox.environment import Environment, StandInPort
from assay_sandbox.limits import BuildLimits


@dataclass(slots=True)
class SandboxWorld:
    """One evaluation's world. Use as a context manager.

    Attributes:
        engine: Where builds run.
        environment: Where services, probe and stand-ins run.
        challenge: Limits, port and dependencies.
        harness: Hidden files, for the stand-ins.
        images: Our own images.
        host: As the evidence will state it.
        reuse_layers: Whether a build may use layers of earlier builds: only for trees we made.
    """

    engine: Engine
    environment: Environment
    challenge: Challenge
    harness: dict[str, bytes]
    images: Images
    host: Host
    reuse_layers: bool
    _services: dict[Role, RunningService] = field(init=False, default_factory=dict)
    _stand_ins: tuple[StandIn, ...] = field(init=False, default=())
    _ports: dict[Role, tuple[StandInPort, ...]] = field(init=False, default_factory=dict)
    _monitoring: Monitoring = field(init=False)

    def __post_init__(self) -> None:
        """Know where rules are run."""
        self._monitoring = Monitoring(self.environment, self.images.monitoring)

    def __enter__(self) -> Self:
        """Create the networks."""
        with ours("preparing the sandbox"):
            self.environment.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove everything."""
        self.environment.close()

    # ---------------------------------------------------------------- builds

    def build(
        self,
        tree: Path,
        *,
        tree_sha256: str,
        target: str | None,
        deadline: Deadline,
        on_log: LogSink,
    ) -> BuildResult:
        """See `World.build`."""
        spec = BuildSpec(
            run_id=self.environment.run_id,
            context=tree,
            tag=image_name(self.challenge.id, tree_sha256, self.images, target),
            base_images=self.images.bases,
            packages=self.images.packages,
            target=target,
            use_cache=self.reuse_layers,
            limits=BuildLimits(image_mib=self.challenge.limits.image_mib),
        )
        with ours("building the image"):
            outcome = self.engine.build(spec, deadline_s=deadline.remaining_s(), on_log=on_log)
        match outcome:
            case Built():
                return BuildResult(built(outcome), outcome.image.reference)
            case BuildFailed():
                return BuildResult(failed(outcome), None)

    # -------------------------------------------------------------- services

    def boot(self, role: Role, image: str, *, deadline: Deadline) -> RunningService:
        """See `World.boot`. A service of that role that still runs is removed first."""
        before = self._services.pop(role, None)
        with ours(f"starting the {role}"):
            if role not in self._ports:
                self._start_stand_ins(role)
            if before:
                self.environment.remove(before.container)
            container = self.environment.start_service(
                role,
                image,
                port=self.challenge.contract.port,
                environment={
                    "PORT": str(self.challenge.contract.port),
                    "CPU_LIMIT": str(self.challenge.limits.cores),
                },
                stand_ins=self._ports[role],
            )
            service = RunningService(container, self.environment.sampler)
        self._services[role] = service
        return service

    # ---------------------------------------------------------------- probes

    def stand_ins(self) -> tuple[StandIn, ...]:
        """See `World.stand_ins`."""
        return self._stand_ins

    def probe(self, plan: Plan, files: ProbeFiles, *, deadline: Deadline) -> Iterator[Record]:
        """See `World.probe`."""
        with ours("starting the probe"):
            container = self.environment.start_probe(laid_out(plan, files.files))
        try:
            yield from records(container, deadline)
        finally:
            with ours("removing the probe"):
                self.environment.remove(container)

    # ------------------------------------------------- incidents and monitoring

    @property
    def faults(self) -> ServiceFaults:
        """See `World.faults`."""
        service = self._services.get("submission")
        return ServiceFaults(self.engine, service.container if service else None)

    def monitoring(
        self, plan: Plan, files: ProbeFiles, *, beside_service: bool, deadline: Deadline
    ) -> Iterator[Record]:
        """See `World.monitoring`."""
        content = laid_out(plan, files.files)
        return self._monitoring.run(content, beside_service=beside_service, deadline=deadline)

    def stop_monitoring(self) -> None:
        """See `World.stop_monitoring`."""
        self._monitoring.stop()

    # ---------------------------------------------------------------- stand-ins

    def _start_stand_ins(self, role: Role) -> None:
        """Start the dependencies of one service; the submission's are those tests may steer."""
        self._ports[role] = ()
        if not self.challenge.dependency:
            return
        token, control_port = secrets.token_hex(16), free_port()
        ports = {d.name: free_port() for d in self.challenge.dependency}
        plan = StandInPlan(
            services=[
                StandInService(d.name, d.behaviour, ports[d.name], d.data, dict(d.settings))
                for d in self.challenge.dependency
            ],
            control_host="0.0.0.0",  # noqa: S104 - inside its own container, behind a token
            control_port=control_port,
            token=token,
            harness="harness",
        )
        needed = {d.data for d in self.challenge.dependency}
        files = {f"harness/{name}": self.harness[name] for name in needed}
        container = self.environment.start_stand_ins(
            role, laid_out(plan, files), control_port=control_port
        )
        wait_until_ready(container)
        self._ports[role] = tuple(
            StandInPort(d.name, ports[d.name], d.environment) for d in self.challenge.dependency
        )
        if role == "submission":
            host, port = container.address()
            self._stand_ins = tuple(
                StandIn(d.name, f"http://{host}:{port}", token) for d in self.challenge.dependency
            )


def free_port() -> int:
    """A port free on this host. In a container any would do; the local engine shares the host's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
