"""An image as the engine describes it."""

import posixpath
from collections.abc import Mapping
from typing import Any

from docker import DockerClient

from assay_sandbox import build_labels
from assay_sandbox.docker_call import QUICK_S, EngineRefused, call
from assay_sandbox.engine import ImageInfo

MIB = 1024 * 1024


def describe_image(
    client: DockerClient, reference: str, *, deadline_s: float = QUICK_S
) -> ImageInfo | None:
    """Describe an image, or None if the engine has none of this name.

    Args:
        client: A `docker.DockerClient`.
        reference: Name with tag, or id.
        deadline_s: Seconds to wait for the answer.

    Raises:
        EngineFault: the engine did not answer.
    """
    try:
        found = call(
            f"describe the image {reference}",
            lambda: client.api.inspect_image(reference),
            deadline_s=deadline_s,
        )
    except EngineRefused as refusal:
        if refusal.status == 404:
            return None
        raise
    return image_info(reference, found)


def image_info(reference: str, found: Mapping[str, Any]) -> ImageInfo:
    """Translate the engine's description; the size of the base is in our own labels."""
    config: Mapping[str, Any] = found.get("Config") or {}
    labels = dict(config.get("Labels") or {})
    return ImageInfo(
        reference=reference,
        digest=str(found["Id"]),
        size_mib=found["Size"] / MIB,
        base_size_mib=build_labels.base_mib(labels),
        user=str(config.get("User") or ""),
        command=(*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())),
        exposed_ports=_tcp_ports(config.get("ExposedPorts") or {}),
        volumes=tuple(sorted({clean_path(v) for v in config.get("Volumes") or {}})),
        layers=len((found.get("RootFS") or {}).get("Layers") or ()),
        labels=labels,
    )


def _tcp_ports(exposed: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(
        sorted(int(port.removesuffix("/tcp")) for port in exposed if port.endswith("/tcp"))
    )


def clean_path(path: str) -> str:
    """The path the engine makes of a VOLUME: a tmpfs must lie exactly there, or on nothing."""
    return posixpath.normpath("/" + path.lstrip("/"))
