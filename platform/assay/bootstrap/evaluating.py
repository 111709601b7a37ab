"""One evaluation with all that it needs: images, cores, sandbox, run. For every caller the same."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from assay.adapters.faults import ours
from assay.adapters.host import host_of
from assay.adapters.world import SandboxWorld
from assay.bootstrap import provision
from assay.bootstrap.material import material_of
from assay.domain.challenge import StageName
from assay.domain.evidence import Submission, Versions
from assay.evaluation.checkpoint import Checkpoint
from assay.evaluation.material import Material
from assay.evaluation.pipeline import Evaluation, Identity
from assay.evaluation.ports import Exporter, Progress
from assay.evaluation.run import Run
from assay.kit.clock import SystemClock
from assay.kit.deadline import Deadline
from assay.toolkit.package import ChallengePackage
from assay.toolkit.proving.digests import material_digest
from assay_sandbox.engine import Engine
from assay_sandbox.environment import CoreLayout, Environment, pinned
from assay_sandbox.limits import Limits
from assay_sandbox.watchdog import watched

TOTAL_S = 1800.0
"""Longest evaluation of all; every stage has its own, much shorter limit inside it."""
FIRST_UID, UIDS = 20_000, 20_000
"""Users of services: one of its own for each run, because some limits count per user."""

Profile = Literal["standard", "thorough"]


@dataclass(frozen=True, slots=True)
class Setup:
    """What an evaluation is made from.

    Attributes:
        exporter: Gives the submission's tree.
        tree_is_ours: Whether that is made by us; any other shares no layers.
        work: An empty directory for it alone.
        run_id: Label of everything that is started: eight hexadecimal digits, new for each
            process, because what a dead one left is removed by its label.
        evaluation_id: As the evidence will state it.
        total_s: Longest it may take, from its start to its last stage, waiting in between included.
        unproven: Why the challenge is not published; "" if it is, or at home, where nobody knows.
    """

    package: ChallengePackage
    engine: Engine
    exporter: Exporter
    submission: Submission
    tree_is_ours: bool
    work: Path
    stages: tuple[StageName, ...]
    seed: int
    profile: Profile
    run_id: str
    evaluation_id: str
    unproven: str = ""
    total_s: float = TOTAL_S


@contextlib.contextmanager
def evaluating(
    setup: Setup, progress: Progress, checkpoint: Checkpoint | None = None
) -> Iterator[Evaluation]:
    """An evaluation that can be run; at the end everything that was started is removed.

    Raises:
        BadInput: the challenge names a base image we have no recipe for.
        PlatformFault: our own images cannot be made, the sandbox cannot be started, or the
            checkpoint is another evaluation's.
    """
    images = provision.images_of(setup.engine, setup.package, setup.work, progress)
    layout = CoreLayout.of_host(setup.package.challenge.limits.cores)
    clock = SystemClock()
    origin_s, started_at = clock.monotonic_s(), clock.utc_iso()
    material = material_of(setup.package, setup.seed)
    world = _world(setup, images, layout, material)
    with _watchdog(setup.engine, setup.run_id), pinned(layout.probe), world:
        run = Run(
            material=material,
            world=world,
            exporter=setup.exporter,
            tree=setup.work / "tree",
            seed=setup.seed,
            deadline=Deadline.after(setup.total_s - (checkpoint.elapsed_s if checkpoint else 0.0)),
            progress=progress,
            clock=clock,
            origin_s=origin_s,
            profile=setup.profile,
            images={"reference": images.reference} if images.reference else {},
        )
        versions = versions_of(setup.package, images.digests, setup.unproven)
        identity = Identity(setup.evaluation_id, started_at, setup.submission, versions)
        yield Evaluation(run, setup.stages, identity, checkpoint)


def _world(
    setup: Setup, images: provision.Provisions, layout: CoreLayout, material: Material
) -> SandboxWorld:
    limits = setup.package.challenge.limits
    environment = Environment(
        engine=setup.engine,
        run_id=setup.run_id,
        layout=layout,
        limits=Limits(memory_mib=limits.memory_mib, pids=limits.pids, tmp_mib=limits.tmp_mib),
        probe_image=images.ours.probe,
        uid=uid_of(setup.run_id),
    )
    return SandboxWorld(
        engine=setup.engine,
        environment=environment,
        challenge=setup.package.challenge,
        harness=dict(material.harness),
        images=images.ours,
        host=host_of(setup.engine, layout),
        reuse_layers=setup.tree_is_ours,
    )


def uid_of(run_id: str) -> int:
    """The user of a run's submission; the next number is the reference's (`Environment.uid`)."""
    return FIRST_UID + 2 * (int(run_id, 16) % (UIDS // 2))


@contextlib.contextmanager
def _watchdog(engine: Engine, run_id: str) -> Iterator[None]:
    """Should we die in any way, nothing of this run stays paused, cut off or running."""
    with contextlib.ExitStack() as stack:
        with ours("starting the watchdog"):
            stack.enter_context(watched(engine.name, run_id))
        yield


def versions_of(
    package: ChallengePackage, images: Mapping[str, str], unproven: str = ""
) -> Versions:
    """What evidence is made with: this program, the package, and images by role."""
    return Versions(
        assay=version("assay"),
        challenge=package.challenge.version,
        challenge_sha256=package.digest,
        images=dict(images),
        unproven=unproven,
        material_sha256=material_digest(package),
    )
