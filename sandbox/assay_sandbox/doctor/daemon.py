"""Ask the container engine who it is, once, with a short deadline."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import docker
import requests
from docker import DockerClient
from docker.errors import DockerException

from assay_sandbox.docker_facts import DEFAULT_SOCKET

ANSWER_S = 5
"""An engine that needs longer than this to say its version cannot be worked with."""


@dataclass(frozen=True, slots=True)
class DaemonNetwork:
    """A network the engine has, its IPv4 subnets in CIDR notation."""

    name: str
    subnets: tuple[str, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DaemonFacts:
    """What the engine says about itself."""

    host: str
    version: str
    api: str
    cgroup_version: str
    cgroup_driver: str
    data_root: str
    networks: tuple[DaemonNetwork, ...]
    image_tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoDaemon:
    """No engine answered at `host`, and why."""

    host: str
    reason: str

    @property
    def forbidden(self) -> bool:
        """An engine is there, and we may not speak to it."""
        return self.reason == "permission denied"


def daemon_host(environment: Mapping[str, str]) -> str:
    """The address of the engine: `DOCKER_HOST`, or the usual socket."""
    return environment.get("DOCKER_HOST") or DEFAULT_SOCKET


def ask_daemon(environment: Mapping[str, str]) -> DaemonFacts | NoDaemon:
    """Version, cgroup settings, networks and images of the engine, or why it did not answer."""
    host = daemon_host(environment)
    try:
        _knock(host)
        client = docker.from_env(timeout=ANSWER_S, environment=dict(environment))
        try:
            return _facts(client, host)
        finally:
            client.close()
    except (DockerException, requests.exceptions.RequestException, OSError, ValueError) as error:
        return NoDaemon(host, _reason(error))


def _facts(client: DockerClient, host: str) -> DaemonFacts:
    version, info = client.version(), client.info()
    return DaemonFacts(
        host=host,
        version=str(version.get("Version", "unknown")),
        api=str(version.get("ApiVersion", "unknown")),
        cgroup_version=str(info.get("CgroupVersion", "1")),
        cgroup_driver=str(info.get("CgroupDriver", "unknown")),
        data_root=str(info.get("DockerRootDir", "")),
        networks=tuple(_network(network) for network in client.api.networks()),
        image_tags=tuple(sorted(_tags(client.api.images()))),
    )


def _network(raw: Mapping[str, Any]) -> DaemonNetwork:
    configs = (raw.get("IPAM") or {}).get("Config") or []
    subnets = tuple(c["Subnet"] for c in configs if "." in c.get("Subnet", ""))
    return DaemonNetwork(str(raw["Name"]), subnets, raw.get("Labels") or {})


def _tags(images: list[Mapping[str, Any]]) -> set[str]:
    return {tag for image in images for tag in image.get("RepoTags") or ()}


def _knock(host: str) -> None:
    """Connect once to a local socket: its own error says more than the client's, and sooner.

    Raises:
        OSError: nobody is there, or we may not enter.
    """
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(ANSWER_S)
            door.connect(host.removeprefix("unix://"))


def _reason(error: Exception) -> str:
    """What went wrong in a few words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error)
    for known in ("Connection refused", "Name or service not known"):
        if known in text:
            return known.lower()
    return "no answer in time" if "timed out" in text.lower() else text[-200:]
