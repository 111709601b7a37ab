"""Packages for one build: a container without a network whose loopback the build shares.

The build's own containers join this one's network namespace. There is nothing in it but a
loopback: no gateway, no resolver that answers, no way to the host.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from docker import DockerClient
from docker.models.containers import Container

from assay_sandbox.docker_call import EngineRefused, Until, call
from assay_sandbox.errors import EngineFault
from assay_sandbox.ownership import PREFIX, checked_word, labels_of, this_process

PORT = 3141
ROLE = "packages"
_WAIT = f"""
import socket, time
for attempt in range(200):
    try:
        socket.create_connection(("127.0.0.1", {PORT}), 1).close()
        break
    except OSError:
        time.sleep(0.05)
else:
    raise SystemExit(1)
"""


@contextmanager
def package_server(client: DockerClient, image: str, run_id: str, until: Until) -> Iterator[str]:
    """Serve the wheels of `image` (see `images.ensure_wheelhouse`); yields the container's id.

    Raises:
        EngineFault: it did not start in time.
    """
    name = f"{PREFIX}{checked_word(run_id, 'the run id')}-{ROLE}-{secrets.token_hex(4)}"
    container = call(
        "create the package server",
        lambda: client.containers.create(image, **_profile(name, run_id)),
        deadline_s=until.left_s(),
    )
    try:
        call("start the package server", container.start, deadline_s=until.left_s())
        _wait_until_it_listens(container, until)
        yield str(container.id)
    finally:
        _remove(container)


def _profile(name: str, run_id: str) -> dict[str, Any]:
    """Ours, but a hostile build speaks to it: as little as it can do its work with."""
    return {
        "name": name,
        "labels": labels_of(run_id, ROLE, this_process()),
        "network_mode": "none",
        "dns": ["127.0.0.1"],  # else builds would read the host's resolver's address
        "user": "65534:65534",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "pids_limit": 128,
        "mem_limit": "256m",
        "memswap_limit": "256m",
        "log_config": {"Type": "none", "Config": {}},
        "init": True,
    }


def _wait_until_it_listens(container: Container, until: Until) -> None:
    answer = call(
        "start the package server",
        lambda: container.exec_run(["python3", "-c", _WAIT]),
        deadline_s=until.left_s(),
    )
    if answer.exit_code != 0:
        raise EngineFault(
            "the package server did not begin to listen",
            remedy="rebuild the wheelhouse image: remove it and run the command again",
        )


def _remove(container: Container) -> None:
    try:
        call("remove the package server", lambda: container.remove(force=True, v=True))
    except EngineRefused as refusal:
        if refusal.status not in (404, 409):  # gone, or going
            raise
