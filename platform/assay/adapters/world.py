"""The engine's `World` on a sandbox: translates types and owners of faults, decides nothing."""

import contextlib
import hashlib
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import Self

from assay.adapters.faults import ours
from assay.adapters.service import RunningService
from assay.domain.challenge import Challenge
from assay.domain.errors import PlatformFault
from assay.domain.evidence import Host
from assay.domain.measurements import BuildMeasurement
from assay.evaluation.ports import BuildResult, ProbeFiles, Role
from assay.kit.deadline import Deadline
from assay_probe.plan import Plan, StandIn, StandInPlan, StandInService, dump
from assay_probe.records import Done, Event, Record, load
from assay_sandbox.engine import (
    BuildFailed,
    BuildSpec,
    Built,
    Container,
    Engine,
    Exited,
)
from assay_sandbox.environment import Environment, StandInPort
from assay_sandbox.limits import BuildLimits

PLAN = "/probe/plan.json"
STAND_IN_START_S = 15.0
STAND_IN_LIVES_S = 3600.0
KILL_SLACK_S = 10.0
PROBE_TAIL = 2000


@dataclass(frozen=True, slots=True)
class Images:
    """Engine references of our own images.

    Attributes:
        bases: Name a Dockerfile may use after FROM -> image.
        packages: Serves the wheelhouse during a build.
        probe: Image of the probe and of the stand-ins.
    """

    bases: dict[str, str]
    packages: str | None
    probe: str


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
        self, tree: Path, *, tree_sha256: str, target: str | None, deadline: Deadline
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
            outcome = self.engine.build(
                spec, deadline_s=deadline.remaining_s(), on_log=lambda _line: None
            )
        match outcome:
            case Built():
                return BuildResult(_built(outcome), outcome.image.reference)
            case BuildFailed():
                return BuildResult(_failed(outcome), None)

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
        laid_out = {f"/probe/{name}": content for name, content in files.files.items()}
        with ours("starting the probe"):
            container = self.environment.start_probe({**laid_out, PLAN: dump(plan).encode()})
        try:
            yield from _records(container, deadline)
        finally:
            with ours("removing the probe"):
                self.environment.remove(container)

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
        files = {f"/probe/harness/{name}": self.harness[name] for name in needed}
        container = self.environment.start_stand_ins(
            role, {**files, PLAN: dump(plan).encode()}, control_port=control_port
        )
        _wait_until_ready(container)
        self._ports[role] = tuple(
            StandInPort(d.name, ports[d.name], d.environment) for d in self.challenge.dependency
        )
        if role == "submission":
            host, port = container.address()
            self._stand_ins = tuple(
                StandIn(d.name, f"http://{host}:{port}", token) for d in self.challenge.dependency
            )


def image_name(challenge: str, tree_sha256: str, images: Images, target: str | None) -> str:
    """Name of the image of a tree: the same content on the same bases has the same name."""
    inputs = "\n".join([tree_sha256, *sorted(images.bases.values()), images.packages or ""])
    digest = hashlib.sha256(inputs.encode()).hexdigest()[:32]
    return f"assay/tree-{challenge}:{digest}{'-' + target if target else ''}"


def free_port() -> int:
    """A port free on this host. In a container any would do; the local engine shares the host's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _built(outcome: Built) -> BuildMeasurement:
    image = outcome.image
    return BuildMeasurement(
        built=True,
        reused=outcome.reused,
        build_s=outcome.build_s,
        log=outcome.log,
        image_digest=image.digest,
        image_mib=image.size_mib,
        base_image_mib=image.base_size_mib,
        layers=image.layers,
        user=image.user,
    )


def _failed(outcome: BuildFailed) -> BuildMeasurement:
    return BuildMeasurement(
        built=False,
        reused=False,
        build_s=outcome.build_s,
        failure=outcome.kind.value,
        message=outcome.message,
        log=outcome.log,
    )


def _lines(container: Container, *, lives_s: float, patience_s: float) -> Iterator[str]:
    """Lines of a container as they come; a thread feeds them so that the reader may be slow.

    The reader may stop listening at any time: removing the container ends the thread.

    Args:
        container: What to read.
        lives_s: After this the container is killed.
        patience_s: How long to wait for one line.
    """
    queue: Queue[str | Exited | BaseException] = Queue()

    def feed() -> None:
        try:
            state = container.follow(queue.put, deadline_s=lives_s)
            queue.put(state if isinstance(state, Exited) else Exited(code=-1))
        except Exception as error:  # noqa: BLE001 - raised again by whoever reads
            queue.put(error)

    Thread(target=feed, daemon=True, name="probe-output").start()
    while True:
        try:
            item = queue.get(timeout=patience_s)
        except Empty:
            raise PlatformFault("the probe fell silent; the engine did not say why") from None
        if isinstance(item, BaseException):
            raise item
        if isinstance(item, Exited):
            return
        yield item


def _records(container: Container, deadline: Deadline) -> Iterator[Record]:
    """Records of a probe until it is done.

    Raises:
        PlatformFault: it ended without `Done`, or wrote something that is not a record.
    """
    remaining_s = deadline.remaining_s()
    with ours("reading the probe"):
        for line in _lines(container, lives_s=remaining_s, patience_s=remaining_s + KILL_SLACK_S):
            with contextlib.suppress(ValueError):
                record = load(line)
                yield record
                if isinstance(record, Done):
                    return
    raise PlatformFault(
        f"the probe ended before its plan did: {container.logs().text[-PROBE_TAIL:]}",
        remedy="run again; if it repeats, report this output",
    )


def _wait_until_ready(container: Container) -> None:
    """Wait for a stand-in's "ready"."""
    for line in _lines(container, lives_s=STAND_IN_LIVES_S, patience_s=STAND_IN_START_S):
        with contextlib.suppress(ValueError):
            record = load(line)
            if isinstance(record, Event) and record.name == "ready":
                return
    raise PlatformFault(
        f"the dependency stand-ins did not start: {container.logs().text[-PROBE_TAIL:]}"
    )
