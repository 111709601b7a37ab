"""The images of submissions that an engine keeps, and which of them are too many.

They are named by what they are made of, so that the same tree is built once. Any of them can go:
that costs the time to build it again, if ever. Each use is noted, so that those go that nobody has
used for longest; what was used a short while ago stays, for it may be about to start.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from docker import DockerClient

from assay_sandbox import local_images
from assay_sandbox.docker_call import EngineRefused, call
from assay_sandbox.local_state import remove_tree

SAFE_S = 2 * 3600.0
"""No evaluation lasts so long: what was used before that is not about to be started."""
REMOVE_S = 120.0
"""A gigabyte of layers takes seconds; on a slow disk many."""
IN_USE = 409
_FRACTION = re.compile(r"\.\d+")


@dataclass(frozen=True, slots=True)
class KeptImage:
    """One image.

    Attributes:
        used_s: When it was made or last used, in seconds since 1970.
    """

    reference: str
    used_s: float


class ImageStore(Protocol):
    """What can be done about an engine's images. Both engines are one."""

    def kept_images(self, prefix: str) -> tuple[KeptImage, ...]:
        """The images whose names begin so.

        Raises:
            EngineFault: the engine did not answer.
        """

    def discard_image(self, reference: str) -> bool:
        """Remove an image; False if a container uses it. No error if it is gone.

        Raises:
            EngineFault: the engine did not answer or refused.
        """


def surplus(images: Iterable[KeptImage], keep: int, now_s: float) -> Sequence[KeptImage]:
    """Those beyond the `keep` that were used last, the one unused for longest first."""
    by_use = sorted(images, key=lambda image: image.used_s)
    too_many = by_use[: max(0, len(by_use) - keep)]
    return [image for image in too_many if now_s - image.used_s > SAFE_S]


# ---------------------------------------------------------------------------------- on docker


def note_use(client: DockerClient, reference: str) -> None:
    """Let the engine remember that an image was used now: giving it its own name once more does."""
    repository, _, tag = reference.rpartition(":")
    call(f"note the use of {reference}", lambda: client.api.tag(reference, repository, tag=tag))


def docker_images(client: DockerClient, prefix: str) -> tuple[KeptImage, ...]:
    """See `ImageStore.kept_images`."""
    filters = {"reference": f"{prefix}*"}
    found = call("list images", lambda: client.api.images(filters=filters))
    names = [name for row in found for name in row.get("RepoTags") or ()]
    kept = (_used(client, name) for name in names if name.startswith(prefix))
    return tuple(image for image in kept if image)


def discard_docker_image(client: DockerClient, reference: str) -> bool:
    """See `ImageStore.discard_image`."""
    try:
        call(
            f"remove the image {reference}",
            lambda: client.api.remove_image(reference),
            deadline_s=REMOVE_S,
        )
    except EngineRefused as refusal:
        if refusal.status == IN_USE:
            return False
        if refusal.status != 404:
            raise
    return True


def _used(client: DockerClient, name: str) -> KeptImage | None:
    try:
        found = call(f"describe the image {name}", lambda: client.api.inspect_image(name))
    except EngineRefused as refusal:
        if refusal.status == 404:  # somebody removed it meanwhile
            return None
        raise
    return KeptImage(name, used_s(found))


def used_s(found: dict[str, Any]) -> float:
    """When an image was last given its name, else made, by the engine's description."""
    times = [found.get("Created"), (found.get("Metadata") or {}).get("LastTagTime")]
    return max((_seconds(text) for text in times if text), default=0.0)


def _seconds(text: str) -> float:
    """Of a time as the engine writes it; one of the year 1 means never."""
    moment = datetime.fromisoformat(_FRACTION.sub("", text))
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, known.timestamp()) if known.year > 1 else 0.0


# --------------------------------------------------------------------------- on this machine


def local_images_in(directory: Path, prefix: str) -> tuple[KeptImage, ...]:
    """See `ImageStore.kept_images`; `directory` holds the images of one kind of jail."""
    found = [(path, local_images.load(path)) for path in sorted(directory.glob("*"))]
    return tuple(
        KeptImage(image.reference, local_images.used_s(path))
        for path, image in found
        if image is not None and image.reference.startswith(prefix)
    )


def discard_local_image(directory: Path) -> bool:
    """See `ImageStore.discard_image`. Without its record it is no image, whatever is left."""
    (directory / local_images.RECORD).unlink(missing_ok=True)
    remove_tree(directory)
    return True
