"""The engine's `World` on a sandbox: translates types and owners of faults, decides nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from assay.adapters.faults import ours
from assay.adapters.images import Images, built, failed, image_name
from assay.adapters.injector import ServiceFaults
from assay.adapters.monitoring import Monitoring
from assay.adapters.reading import laid_out, records
from assay.adapters.service import RunningService
from assay.adapters.stand_ins import StandIns
from assay.domain.challenge import Challenge
from assay.domain.evidence import Host
from assay.evaluation.ports import BuildResult, ProbeFiles, Role
from assay.kit.deadline import Deadline
from assay_probe.plan import Plan, StandIn
from assay_probe.records import Record
from assay_sandbox.engine import BuildFailed, BuildSpec, Built, Engine, LogSink
from assay_sandbox.environment import Environment
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
    _stand_ins: StandIns = field(init=False)
    _monitoring: Monitoring = field(init=False)

    def __post_init__(self) -> None:
        """Know where rules are run, and what stands beside a service."""
        self._stand_ins = StandIns(self.environment, self.challenge.dependency, self.harness)
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
            stand_ins = self._stand_ins.start(role)
            if before:
                self.environment.remove(before.container)
            container = self.environment.start_service(
                role,
                image,
                port=self.challenge.contract.port,
                environment={
                    "PORT": str(self.challenge.contract.port),
                    "CPU_LIMIT": str(self.challenge.limits.cores),
                    **self._stand_ins.environment_of(role),
                },
                stand_ins=stand_ins,
            )
            service = RunningService(container, self.environment.sampler)
        self._services[role] = service
        return service

    # ---------------------------------------------------------------- probes

    def stand_ins(self, role: Role = "submission") -> tuple[StandIn, ...]:
        """See `World.stand_ins`."""
        return self._stand_ins.hands(role)

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
