"""Which engine, and the images every evaluation needs: bases, packages, probe, reference."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.adapters.faults import ours
from assay.adapters.images import Images, image_name
from assay.domain.challenge import Challenge
from assay.domain.errors import BadInput, PlatformFault, Problem
from assay.evaluation.ports import Progress, ProgressEvent
from assay.toolkit.package import ChallengePackage
from assay.toolkit.variants import write_tree
from assay_sandbox import images as recipes
from assay_sandbox import local_trusted
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.engine import BuildFailed, BuildSpec, Engine, LogSink
from assay_sandbox.errors import EngineUnavailable
from assay_sandbox.export import export_directory
from assay_sandbox.local_engine import LocalEngine
from assay_sandbox.local_wheels import ensure_wheelhouse_dir

REFERENCE_BUILD_S = 900.0
LOCAL_PROBE, LOCAL_MONITORING = local_trusted.IMAGES
BASE_IMAGE = "ASSAY_BASE_IMAGE"
"""Names an image with Python 3.11, pulled if need be, to take instead of Debian's packages."""


@dataclass(frozen=True, slots=True)
class Provisions:
    """What was prepared.

    Attributes:
        ours: Images builds and probes use.
        reference: Image of the challenge's reference service; None of a practice kit, which
            has none.
        digests: Role -> content digest, for the evidence.
    """

    ours: Images
    reference: str | None
    digests: dict[str, str]


def engine_of(choice: Literal["docker", "local", "auto"]) -> Engine:
    """The engine the user chose; "auto" takes docker where it answers, else local.

    Raises:
        PlatformFault: docker was asked for and does not answer.
    """
    if choice == "local":
        return _local()
    try:
        return DockerEngine().connect()
    except EngineUnavailable as error:
        if choice == "docker":
            raise PlatformFault(str(error), remedy=error.remedy) from error
        return _local()


def engines_here() -> Iterator[Engine]:
    """Every engine that can be asked on this machine."""
    with contextlib.suppress(EngineUnavailable):
        yield DockerEngine().connect()
    yield _local()


def _local() -> Engine:
    with ours("looking for a local sandbox"):
        return LocalEngine()


def images_of(
    engine: Engine, package: ChallengePackage, work: Path, progress: Progress
) -> Provisions:
    """Every image an evaluation needs, made now where it is missing.

    Raises:
        BadInput: the challenge names a base image we have no recipe for.
        PlatformFault: one of our own images could not be made.
    """
    _check_bases(package)

    def say(line: str) -> None:
        progress(ProgressEvent("prepare", "log", line))

    with ours("preparing the images"):
        prepared = _PREPARE[engine.name](engine, package, say)
        reference = None
        if package.reference.is_dir():
            reference = _reference(engine, package, prepared, work, say)
    named = {"probe": prepared.probe, "reference": reference, "monitoring": prepared.monitoring}
    names = {role: image for role, image in {**named, **prepared.bases}.items() if image}
    return Provisions(prepared, reference, _digests(engine, names))


def _check_bases(package: ChallengePackage) -> None:
    known = {name for recipe in recipes.BASE_IMAGES.values() for name in recipe.stands_for}
    unknown = sorted(set(package.challenge.build.base_images) - known)
    if unknown:
        raise BadInput(
            Problem(
                f"no recipe for the base images {', '.join(unknown)}; "
                f"there are: {', '.join(sorted(known))}",
                str(package.root / "challenge.toml"),
            )
        )


def _docker_images(engine: Engine, package: ChallengePackage, say: LogSink) -> Images:
    if not isinstance(engine, DockerEngine):
        raise TypeError(f"{engine.name} is not a docker engine")
    client, source = engine.client, os.environ.get(BASE_IMAGE)
    names = _recipes_of(package.challenge)
    bases = recipes.base_images(client, say, *names, source_image=source)
    return Images(
        bases=_allowed(bases, package),
        packages=recipes.ensure_wheelhouse(client, package.wheelhouse, say, source_image=source),
        probe=recipes.ensure_probe(client, say, source_image=source),
        monitoring=(
            recipes.ensure_monitoring(client, say, source_image=source)
            if package.challenge.incidents
            else None
        ),
    )


def _local_images(engine: Engine, package: ChallengePackage, say: LogSink) -> Images:
    return Images(
        bases={name: name for name in package.challenge.build.base_images},
        packages=ensure_wheelhouse_dir(package.wheelhouse, say),
        probe=LOCAL_PROBE,
        monitoring=LOCAL_MONITORING if local_trusted.has_programs() else None,
    )


_PREPARE: dict[str, Callable[[Engine, ChallengePackage, LogSink], Images]] = {
    "docker": _docker_images,
    "local": _local_images,
}


def _recipes_of(challenge: Challenge) -> tuple[str, ...]:
    """The recipes that stand for the base images a challenge allows."""
    wanted = set(challenge.build.base_images)
    return tuple(name for name, r in recipes.BASE_IMAGES.items() if wanted & set(r.stands_for))


def _allowed(found: dict[str, str], package: ChallengePackage) -> dict[str, str]:
    return {n: image for n, image in found.items() if n in package.challenge.build.base_images}


def _reference(
    engine: Engine, package: ChallengePackage, images: Images, work: Path, say: LogSink
) -> str:
    """The image of the reference service; built once for the same content."""
    source, tree = work / "reference-source", work / "reference"
    write_tree(package, "reference", source, scratch=work)
    tree.mkdir()
    exported = export_directory(source, tree)
    spec = BuildSpec(
        run_id="reference",
        context=tree,
        tag=image_name(package.challenge.id, exported.tree_sha256, images, None),
        base_images=images.bases,
        packages=images.packages,
        use_cache=True,
    )
    outcome = engine.build(spec, deadline_s=REFERENCE_BUILD_S, on_log=say)
    if isinstance(outcome, BuildFailed):
        raise PlatformFault(
            f"the reference of {package.challenge.id} does not build: {outcome.message}\n"
            f"{outcome.log[-1500:]}",
            remedy="the end of its build log is above; the challenge is broken on this host",
        )
    return outcome.image.reference


def _digests(engine: Engine, names: dict[str, str]) -> dict[str, str]:
    described = {role: engine.image(reference) for role, reference in names.items()}
    return {role: image.digest for role, image in described.items() if image}
