"""A `SandboxWorld` on a real engine, to run monitoring in, and what its containers used."""

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from tests.fakes.challenges import make_challenge
from tests.fakes.engines import Stand
from tests.fakes.local_engines import image_with_python, local_engine, needs_bubblewrap

from assay.adapters.host import host_of
from assay.adapters.images import Images
from assay.adapters.world import SandboxWorld
from assay.evaluation.alerting.replay import limit_s
from assay.evaluation.ports import ProbeFiles
from assay.evaluation.run import PROBE_SLACK_S
from assay.kit.deadline import Deadline
from assay_probe.plan import Plan
from assay_probe.records import Done, Event, Record
from assay_sandbox import images, local_trusted
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.engine import Container, ContainerSpec, Engine, Exited
from assay_sandbox.environment import CoreLayout, Environment
from assay_sandbox.limits import Limits

FIRST_UID = 26_000
needs_programs = pytest.mark.skipif(
    not local_trusted.has_programs(), reason="Prometheus and Alertmanager are not installed here"
)
ENGINES = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("local", marks=[needs_bubblewrap, needs_programs]),
]


def silent(_line: str) -> None:
    """Nobody reads these logs."""


@dataclass
class Noting:
    """An engine that remembers what it has started. Everything else is the real one's."""

    engine: Engine
    started: list[Container] = field(default_factory=list)
    specs: list[ContainerSpec] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        return getattr(self.engine, name)

    def start(self, spec: ContainerSpec, *, deadline_s: float) -> Container:
        self.specs.append(spec)
        self.started.append(self.engine.start(spec, deadline_s=deadline_s))
        return self.started[-1]


@dataclass
class MonitoringWorld:
    """A world, and the engine below it."""

    world: SandboxWorld
    engine: Noting

    @property
    def run_id(self) -> str:
        return self.world.environment.run_id

    def run(self, plan: Plan, files: Mapping[str, bytes]) -> list[Record]:
        """A `Runner`: what the incidents stage does with the plan of a replay."""
        deadline = Deadline.after(limit_s(plan) + PROBE_SLACK_S)
        records = self.world.monitoring(
            plan, ProbeFiles(dict(files)), beside_service=False, deadline=deadline
        )
        return [one for one in records if not isinstance(one, Done | Event)]

    def running(self) -> list[Container]:
        """Containers that have not ended."""
        return [one for one in self.engine.started if not isinstance(one.state(), Exited)]

    def memory_mib_peak(self) -> float:
        """Of the hungriest monitoring container so far."""
        used = (one.usage() for one in self.engine.started if one.role == "monitoring")
        return max((u.memory_peak_bytes / 2**20 for u in used if u is not None), default=0.0)


def python_stand(world: MonitoringWorld) -> Stand:
    """The world's engine, to make images for it."""
    engine = world.engine.engine
    if isinstance(engine, DockerEngine):
        return Stand(engine, images.ensure_base(engine.client, "python", silent))
    return Stand(engine, image_with_python("bubblewrap"))


def growing(times: int, depth: int) -> str:
    """An expression with a label of 50 characters, at each step so many times as long."""
    expr = f'label_replace(up, "a", "{"x" * 50}", "", "")'
    for _ in range(depth):
        expr = f'label_replace({expr}, "a", "{"${1}" * times}", "a", "(.*)")'
    return expr


def _docker() -> tuple[Engine, Images]:
    engine = DockerEngine().connect()
    probe = images.ensure_probe(engine.client, silent)
    return engine, Images({}, None, probe, images.ensure_monitoring(engine.client, silent))


def _local() -> tuple[Engine, Images]:
    probe, monitoring = local_trusted.IMAGES
    return local_engine("bubblewrap"), Images({}, None, probe, monitoring)


_MAKE: Mapping[str, Callable[[], tuple[Engine, Images]]] = {"docker": _docker, "local": _local}


@contextlib.contextmanager
def monitoring_world(name: str) -> Iterator[MonitoringWorld]:
    """A world on the engine of that name, removed at the end."""
    engine, ours = _MAKE[name]()
    noting, layout = Noting(engine), CoreLayout.of_host(1)
    run_id = f"monitored-{secrets.token_hex(4)}"
    environment = Environment(
        engine=noting,  # type: ignore[arg-type]
        run_id=run_id,
        layout=layout,
        limits=Limits(memory_mib=256, pids=64, tmp_mib=16),
        probe_image=ours.probe,
        uid=FIRST_UID,
    )
    world = SandboxWorld(
        engine=noting,  # type: ignore[arg-type]
        environment=environment,
        challenge=make_challenge(),
        harness={},
        images=ours,
        host=host_of(engine, layout),
        reuse_layers=False,
    )
    try:
        with world:
            yield MonitoringWorld(world, noting)
    finally:
        if isinstance(engine, DockerEngine):
            engine.close()
