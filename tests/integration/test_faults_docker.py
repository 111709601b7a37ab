"""What a fault must leave as it was on a real engine: isolation, limits, other people's files."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.engines import docker_stand

from assay_sandbox.conformance_faults import count, more, wait_until
from assay_sandbox.conformance_lab import SMALL, START_S, Lab, laboratory, wait_for_word
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.engine import Attachment, Container, ContainerSpec, Outward, Running
from assay_sandbox.faults.registry import FAULTS

pytestmark = [pytest.mark.docker, pytest.mark.slow]

SETTINGS: dict[str, dict[str, float]] = {
    "cpu_throttle": {"share": 0.2},
    "memory_pressure": {"headroom_mib": 16},
}
TICK = "import time\nprint('up')\nwhile True: print('tick'); time.sleep(0.05)"
WORLD = """
import json, os, socket, time
def resolver():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        try:
            s.connect(('127.0.0.11', 53)); s.send(b'x' * 12); s.recv(512)
            return 'answers'
        except OSError as error:
            return type(error).__name__
while True:
    print(json.dumps({'cores': sorted(os.sched_getaffinity(0)), 'uid': os.getuid(),
                      'hosts': open('/etc/hosts').read(), 'resolver': resolver()}))
    time.sleep(0.1)
"""
SHUT = "PermissionError"
ESCAPE = """
import os, time
os.symlink('/etc', '/tmp/.assay-fill')
os.mkdir('/tmp/dir')
os.symlink('/proc/1/root', '/tmp/dir/out')
print('up')
while True: time.sleep(1)
"""


@pytest.fixture(scope="module")
def python_image() -> str:
    stand = docker_stand()
    assert isinstance(stand.engine, DockerEngine)
    stand.engine.close()
    return stand.image


@pytest.fixture(scope="module")
def docker() -> Iterator[DockerEngine]:
    engine = DockerEngine().connect()
    yield engine
    engine.close()


@pytest.fixture
def lab(docker: DockerEngine, python_image: str) -> Iterator[Lab]:
    with laboratory(docker, python_image) as made:
        yield made


def started(lab: Lab, program: str) -> Container:
    network = lab.network("app")
    return lab.start(
        program,
        attachments=(Attachment(network, 2),),
        outward={"bureau": Outward(network, 3, 9000, "BUREAU_URL")},
        port=8000,
    )


def inspected(docker: DockerEngine, lab: Lab) -> dict[str, Any]:
    rows = docker.client.api.containers(all=True, filters={"label": f"assay.run={lab.run_id}"})
    found: dict[str, Any] = docker.client.api.inspect_container(rows[0]["Id"])
    return found


def limits(docker: DockerEngine, lab: Lab) -> dict[str, Any]:
    """What the kernel enforces on the container, by its files in the control groups."""
    found = inspected(docker, lab)
    config = found["HostConfig"]
    names = ("Memory", "MemorySwap", "PidsLimit", "CpusetCpus", "CpuShares", "ReadonlyRootfs")
    return {name: config[name] for name in names} | {
        "unlimited cpu": config["CpuQuota"] <= 0,
        "addresses": {
            name: end["IPAddress"] for name, end in found["NetworkSettings"]["Networks"].items()
        },
        "paused": found["State"]["Paused"],
    }


@pytest.mark.parametrize("fault", FAULTS)
def test_a_healed_container_is_as_it_was(docker: DockerEngine, lab: Lab, fault: str) -> None:
    container = started(lab, WORLD)
    wait_until(lambda: seen(container).get("resolver") == SHUT, "the resolver is shut")
    before, seen_before = limits(docker, lab), seen(container)

    container.fault(fault).inject(SETTINGS.get(fault, {}), deadline_s=START_S)
    time.sleep(0.3)
    container.fault(fault).heal(deadline_s=START_S)
    wait_until(more(container, "cores"), "it goes on")

    wait_until(lambda: seen(container).get("resolver") == SHUT, "the resolver is shut again")
    assert limits(docker, lab) == before
    assert {**seen(container), "hosts": ""} == {**seen_before, "hosts": ""}
    assert "bureau" in seen(container)["hosts"]


def seen(container: Container) -> dict[str, Any]:
    """What `WORLD` printed last."""
    lines = [line for line in container.logs().text.splitlines() if line.endswith("}")]
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return found


def test_a_hostile_tree_is_not_followed_and_no_memory_is_charged_to_it(
    docker: DockerEngine, lab: Lab
) -> None:
    container = started(lab, ESCAPE)
    wait_for_word(container, "up")
    etc, used = Path("/etc").stat().st_mtime_ns, container.usage()

    container.fault("disk_full").inject({}, deadline_s=START_S)

    now = container.usage()
    root = Path(f"/proc/{inspected(docker, lab)['State']['Pid']}/root")
    names = sorted(path.name for path in (root / "tmp").iterdir())
    free = subprocess.run(
        ["stat", "-f", "-c", "%a", str(root / "tmp")], capture_output=True, text=True, check=True
    )
    assert names == [".assay-fill", "dir"]
    assert Path("/etc").stat().st_mtime_ns == etc
    assert free.stdout.strip() == "0"
    assert used is not None
    assert now is not None
    assert now.memory_peak_bytes < used.memory_peak_bytes + 8 * 1024 * 1024


def test_every_volume_is_full_too(docker: DockerEngine, lab: Lab, tmp_path: Path) -> None:
    program = """
import os, time
for place in ('/tmp', '/data'):
    try: open(place + '/own', 'ab').write(b'x')
    except OSError as error: print(place, error)
print('up')
while True:
    for place in ('/tmp', '/data'):
        try:
            with open(place + '/own', 'ab') as file: file.write(b'x' * 8192)
            print(place, 'wrote')
        except OSError as error: print(place, 'No space' if error.errno == 28 else error)
    time.sleep(0.05)
"""
    tag = f"assay-test/volume:{lab.run_id}"
    (tmp_path / "Dockerfile").write_text(f"FROM {lab.image}\nVOLUME /data\n")
    docker.client.images.build(path=str(tmp_path), tag=tag, rm=True, forcerm=True)
    try:
        spec = ContainerSpec(
            lab.run_id, "sut", tag, limits=SMALL, command=("python3", "-u", "-c", program)
        )
        container = docker.start(spec, deadline_s=START_S)
        wait_until(lambda: count(container, "/data wrote") > 0, "it writes to its volume")
        container.fault("disk_full").inject({}, deadline_s=START_S)
        wait_until(more(container, "/data No space"), "its volume is full")
        wait_until(more(container, "/tmp No space"), "its /tmp is full")
        container.fault("disk_full").heal(deadline_s=START_S)
        wait_until(more(container, "/data wrote"), "it writes again")
        container.remove()
    finally:
        docker.client.images.remove(tag, force=True)


def test_the_room_is_given_back_when_a_full_container_is_removed(lab: Lab) -> None:
    container = started(lab, TICK)
    wait_for_word(container, "up")
    before = open_files()

    container.fault("disk_full").inject({}, deadline_s=START_S)
    assert open_files() > before
    container.remove()

    assert open_files() <= before


def open_files() -> int:
    """Nameless files of memory file systems that we hold."""
    held = (path for path in Path("/proc/self/fd").iterdir() if path.is_symlink())
    return sum("(deleted)" in str(path.readlink()) for path in held)


def test_a_crash_while_it_is_watched_gives_stale_answers_to_nobody(lab: Lab) -> None:
    container = started(lab, TICK)
    wait_for_word(container, "up")

    for life in range(2, 5):
        container.fault("crash").inject({"down_s": 0.2}, deadline_s=START_S)
        while count(container, "up") < life:
            container.state()  # asked all the time, as the harness does
        wait_until(lambda: isinstance(container.state(), Running), "it is known to run")
        time.sleep(0.3)
        assert isinstance(container.state(), Running)
