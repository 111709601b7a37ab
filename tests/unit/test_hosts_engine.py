"""A worker on the host's own engine says so; one with an engine of its own does not."""

from pathlib import Path

import pytest

from assay_sandbox import docker_facts
from assay_sandbox.docker_facts import DEFAULT_SOCKET, hosts_own_socket

USUAL = Path(DEFAULT_SOCKET.removeprefix("unix://"))
needs_engine = pytest.mark.skipif(not USUAL.is_socket(), reason="this machine has no engine")


@needs_engine
@pytest.mark.parametrize("environment", [{}, {"DOCKER_HOST": ""}, {"DOCKER_HOST": DEFAULT_SOCKET}])
def test_the_usual_socket_is_the_hosts_own(environment: dict[str, str]) -> None:
    assert hosts_own_socket(environment) == USUAL


@needs_engine
def test_another_name_of_the_usual_socket_is_the_hosts_own_too(tmp_path: Path) -> None:
    (tmp_path / "engine").symlink_to(USUAL)

    assert hosts_own_socket({"DOCKER_HOST": f"unix://{tmp_path}/engine"}) == USUAL


@pytest.mark.parametrize("host", ["unix:///run/assay-engine/docker.sock", "tcp://10.0.0.7:2376"])
def test_any_other_address_is_not(host: str) -> None:
    assert hosts_own_socket({"DOCKER_HOST": host}) is None


def test_without_an_engine_there_is_nothing_to_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_facts, "DEFAULT_SOCKET", f"unix://{tmp_path}/docker.sock")

    assert hosts_own_socket({}) is None
