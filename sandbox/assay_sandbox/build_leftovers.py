"""What a build makes on its way, found by the nonce we labelled it with, and removed."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from docker import DockerClient

from assay_sandbox.build_plan import MARKER_LABEL
from assay_sandbox.docker_call import EngineRefused, call

PATIENCE_S = 60.0
"""On a busy host the engine takes this long to remove a container that was killed."""

_CONFLICTS = (404, 409)


def containers(client: DockerClient, nonce: str, *, size: bool = False) -> list[dict[str, Any]]:
    """The build's containers, running or not, as the engine lists them."""
    found: list[dict[str, Any]] = call(
        "list the containers of a build",
        lambda: client.api.containers(all=True, size=size, filters=_marked(nonce)),
    )
    return found


def written_bytes(client: DockerClient, nonce: str) -> int:
    """Bytes that instructions under way have written.

    Raises:
        EngineFault: the engine did not say.
    """
    return sum(int(c.get("SizeRw", 0)) for c in containers(client, nonce, size=True))


def layers_bytes(client: DockerClient, nonce: str) -> int:
    """Size of the largest image the build has made so far, its base included; 0 for none.

    Raises:
        EngineFault: the engine did not say.
    """
    return max((int(image.get("Size", 0)) for image in images(client, nonce)), default=0)


def images(client: DockerClient, nonce: str) -> list[dict[str, Any]]:
    """The images of the build, intermediate ones included, as the engine lists them."""
    found: list[dict[str, Any]] = call(
        "list the images of a build",
        lambda: client.api.images(all=True, filters=_marked(nonce)),
    )
    return found


def ran_out_of_memory(client: DockerClient, nonce: str, since_s: int) -> bool:
    """Whether the kernel killed a process in one of the build's containers.

    Args:
        client: A `docker.DockerClient`.
        nonce: Of the build.
        since_s: Unix time of its start; the engine keeps the last few hundred events.
    """
    filters = {"event": "oom", **_marked(nonce)}
    events = call(
        "list the events of a build",
        lambda: list(
            client.api.events(
                since=since_s, until=int(time.time()) + 1, filters=filters, decode=True
            )
        ),
    )
    return bool(events)


def remove(client: DockerClient, nonce: str) -> None:
    """Remove the containers and untagged images of a build that is over.

    Raises:
        EngineFault: the engine did not answer.
    """
    _wait_until_gone(client, nonce)
    for container in containers(client, nonce):
        _attempt(
            "remove a container of a build",
            partial(client.api.remove_container, container["Id"], force=True, v=True),
        )
    while _remove_images(client, nonce):
        pass


def _wait_until_gone(client: DockerClient, nonce: str) -> None:
    """The engine itself removes the container of a build that was cut off."""
    end_s = time.monotonic() + PATIENCE_S
    while containers(client, nonce) and time.monotonic() < end_s:
        time.sleep(0.05)


def _remove_images(client: DockerClient, nonce: str) -> bool:
    """Remove what no other image grew from; True if any went."""
    untagged = [
        image["Id"]
        for image in images(client, nonce)
        if set(image.get("RepoTags") or ()) <= {"<none>:<none>"}
    ]
    return any(
        [
            _attempt("remove an image of a build", partial(client.api.remove_image, image))
            for image in untagged
        ]
    )


def _attempt(what: str, work: Callable[[], object]) -> bool:
    try:
        call(what, work)
    except EngineRefused as refusal:
        if refusal.status not in _CONFLICTS:
            raise
        return False
    return True


def _marked(nonce: str) -> dict[str, str]:
    return {"label": f"{MARKER_LABEL}={nonce}"}
