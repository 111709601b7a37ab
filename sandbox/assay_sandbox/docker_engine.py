"""The engine that isolates: Docker, or whatever speaks its API (`DOCKER_HOST`)."""

import os
import socket
from functools import cached_property
from typing import Self

from docker import DockerClient, from_env

from assay_sandbox.docker_build import build_image
from assay_sandbox.docker_call import QUICK_S, Until, call
from assay_sandbox.docker_container import DockerContainer
from assay_sandbox.docker_facts import DEFAULT_SOCKET, EngineFacts, facts_of
from assay_sandbox.docker_images import describe_image
from assay_sandbox.docker_network import create_network
from assay_sandbox.docker_reap import reap
from assay_sandbox.docker_run import Launcher
from assay_sandbox.engine import (
    BuildOutcome,
    BuildSpec,
    Capability,
    ContainerSpec,
    ImageInfo,
    LogSink,
    Network,
)
from assay_sandbox.errors import EngineFault, EngineUnavailable
from assay_sandbox.kept_images import KeptImage, discard_docker_image, docker_images
from assay_sandbox.ownership import this_process

SOCKET_TIMEOUT_S = 120
"""Ends the threads of calls nobody waits for any more."""

CONNECTIONS = 32  # every followed log holds one
NETWORK_S = 30.0


class DockerEngine:
    """The `Engine` protocol on Docker; see there.

    Nothing is asked of Docker before `connect`, which every other method calls first.
    """

    name = "docker"

    def __init__(self, base_url: str | None = None) -> None:
        """`base_url` as in DOCKER_HOST, which is used when it is None."""
        self._base_url = base_url

    @property
    def url(self) -> str:
        """Where the engine is."""
        return self._base_url or os.environ.get("DOCKER_HOST") or DEFAULT_SOCKET

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this engine enforces and measures."""
        return self.facts.capabilities

    def connect(self) -> Self:
        """See that the engine answers.

        Raises:
            EngineUnavailable: it does not; the remedy says what to do.
        """
        _ = self.facts
        return self

    def close(self) -> None:
        """Close idle connections. Containers live on."""
        if "client" in self.__dict__:
            self.client.close()
            del self.__dict__["client"]

    @cached_property
    def client(self) -> DockerClient:
        """The `docker.DockerClient`, for `docker_build` beside us."""
        try:
            knock(self.url)
            return call("answer", self._open, deadline_s=QUICK_S)
        except EngineFault as fault:
            raise self._unavailable(fault) from fault

    @cached_property
    def facts(self) -> EngineFacts:
        """What there is to know about it."""
        client = self.client
        try:
            info = call("describe itself", client.api.info, deadline_s=QUICK_S)
        except EngineFault as fault:
            raise self._unavailable(fault) from fault
        return facts_of(info, self.url)

    def build(self, spec: BuildSpec, *, deadline_s: float, on_log: LogSink) -> BuildOutcome:
        """Make an image."""
        return build_image(self.client, spec, deadline_s=deadline_s, on_log=on_log)

    def image(self, reference: str) -> ImageInfo | None:
        """Describe an image."""
        return describe_image(self.client, reference)

    def network(self, run_id: str, name: str) -> Network:
        """Create a private network."""
        return create_network(
            self.client,
            run_id,
            name,
            this_process(),
            engine_is_local=self.facts.is_local,
            until=Until.after(NETWORK_S),
        )

    def start(self, spec: ContainerSpec, *, deadline_s: float) -> DockerContainer:
        """Create and start a container."""
        launcher = Launcher(self.client, self.facts, this_process())
        return launcher.start(spec, Until.after(deadline_s))

    def reap(self, run_id: str | None = None) -> tuple[str, ...]:
        """Remove what a run, or a dead owner, left behind."""
        return reap(self.client, self.facts, run_id)

    def kept_images(self, prefix: str) -> tuple[KeptImage, ...]:
        """See `ImageStore`."""
        return docker_images(self.client, prefix)

    def discard_image(self, reference: str) -> bool:
        """See `ImageStore`."""
        return discard_docker_image(self.client, reference)

    def _open(self) -> DockerClient:
        options = {"timeout": SOCKET_TIMEOUT_S, "max_pool_size": CONNECTIONS}
        if self._base_url is not None:
            return DockerClient(base_url=self._base_url, **options)
        return from_env(**options)

    def _unavailable(self, fault: EngineFault) -> EngineUnavailable:
        return EngineUnavailable(
            f"no container engine answers at {self.url}: {fault}",
            remedy="start Docker (`assay doctor --fix` installs and starts it on Debian and"
            " Ubuntu), or point DOCKER_HOST at an engine you may use",
        )


def knock(url: str) -> None:
    """See that somebody listens on a local socket: the client leaks its own when nobody does.

    Raises:
        EngineFault: nobody does.
    """
    if url.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(QUICK_S)
            try:
                door.connect(url.removeprefix("unix://"))
            except OSError as error:
                raise EngineFault(str(error)) from error
