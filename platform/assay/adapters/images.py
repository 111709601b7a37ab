"""The images of an evaluation: our own, and how that of a tree is named and described."""

import hashlib
from dataclasses import dataclass

from assay.domain.measurements import BuildMeasurement
from assay_sandbox.engine import BuildFailed, Built

TREES = "assay/tree-"
"""How the names of images begin that were built of a tree."""


@dataclass(frozen=True, slots=True)
class Images:
    """Engine references of our own images.

    Attributes:
        bases: Name a Dockerfile may use after FROM -> image.
        packages: Serves the wheelhouse during a build.
        probe: Image of the probe and of the stand-ins.
        monitoring: Image with Prometheus; None if the challenge needs none, or if this
            machine has no such programs.
    """

    bases: dict[str, str]
    packages: str | None
    probe: str
    monitoring: str | None = None


def image_name(challenge: str, tree_sha256: str, images: Images, target: str | None) -> str:
    """Name of the image of a tree: the same content on the same bases has the same name."""
    inputs = "\n".join([tree_sha256, *sorted(images.bases.values()), images.packages or ""])
    digest = hashlib.sha256(inputs.encode()).hexdigest()[:32]
    return f"{TREES}{challenge}:{digest}{'-' + target if target else ''}"


def built(outcome: Built) -> BuildMeasurement:
    """A build that gave an image, as a measurement."""
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


def failed(outcome: BuildFailed) -> BuildMeasurement:
    """A build that gave none."""
    return BuildMeasurement(
        built=False,
        reused=False,
        build_s=outcome.build_s,
        failure=outcome.kind.value,
        message=outcome.message,
        log=outcome.log,
    )
