"""Submissions that attack while they run. Each ends in a typed outcome, and nothing is left.

What every engine owes (fork bomb, memory bomb, floods, other networks, ...) is stated in
`assay_sandbox.conformance`; here is what only a container engine can be attacked with.
"""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.engines import docker_stand

from assay_sandbox.conformance_lab import (
    SMALL,
    Lab,
    exited,
    laboratory,
    wait_for_end,
    wait_for_word,
)
from assay_sandbox.conformance_network import SCAN
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.engine import Attachment, ContainerSpec, Exited, Running
from assay_sandbox.ownership import RUN_LABEL, this_process

pytestmark = [pytest.mark.docker, pytest.mark.slow]

GROUPS = Path("/sys/fs/cgroup")
SLEEP = "import time; print('up'); time.sleep(60)"


@pytest.fixture(scope="module")
def docker() -> Iterator[DockerEngine]:
    engine = DockerEngine().connect()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def python_image() -> str:
    stand = docker_stand()
    assert isinstance(stand.engine, DockerEngine)
    stand.engine.close()
    return stand.image


@pytest.fixture
def lab(docker: DockerEngine, python_image: str) -> Iterator[Lab]:
    volumes = volume_names(docker)
    with laboratory(docker, python_image) as made:
        yield made
    assert left_behind(docker, made.run_id) == []
    assert volume_names(docker) <= volumes | volume_names(docker, dangling=False)


@pytest.fixture(scope="module")
def forged_image(docker: DockerEngine, python_image: str) -> Iterator[str]:
    """An image whose Dockerfile says all it can against us."""
    dead_owner = replace(this_process(), started=1).label()
    dockerfile = f"""
FROM {python_image}
LABEL assay.run=somebody-else assay.role=probe assay.owner={dead_owner}
HEALTHCHECK --interval=1s CMD touch /data/healthcheck-ran
VOLUME /data /srv/deep/er
USER root
STOPSIGNAL SIGWINCH
ENV PYTHONPATH=/nowhere HTTP_PROXY=http://192.0.2.1:3128
"""
    yield from built(docker, dockerfile)


@pytest.fixture(scope="module")
def silent_image(docker: DockerEngine, python_image: str) -> Iterator[str]:
    """An image that names no command at all."""
    yield from built(docker, f"FROM {python_image}\nENTRYPOINT []\nCMD []\n")


@pytest.fixture(scope="module", params=["/etc/../proc", "//dev/", "/usr/."])
def overlaid_image(
    request: pytest.FixtureRequest, docker: DockerEngine, python_image: str
) -> Iterator[str]:
    """An image that wants an empty directory where the system lies."""
    yield from built(docker, f"FROM {python_image}\nVOLUME {request.param}\n")


def built(docker: DockerEngine, dockerfile: str) -> Iterator[str]:
    image, _ = docker.client.images.build(fileobj=io.BytesIO(dockerfile.encode()), rm=True)
    yield image.id
    docker.client.images.remove(image.id, force=True)


def volume_names(docker: DockerEngine, *, dangling: bool | None = None) -> set[str]:
    filters = {} if dangling is None else {"dangling": dangling}
    return {v.name for v in docker.client.volumes.list(filters=filters)}


def left_behind(docker: DockerEngine, run_id: str) -> list[str]:
    label = {"label": f"{RUN_LABEL}={run_id}"}
    containers = [c.name for c in docker.client.containers.list(all=True, filters=label)]
    networks = [n.name for n in docker.client.networks.list(filters=label)]
    return [*containers, *networks, *map(str, groups_of(run_id))]


def groups_of(run_id: str) -> list[Path]:
    return [*GROUPS.glob(f"*/assay/{run_id}"), *GROUPS.glob(f"assay/{run_id}")]


# ------------------------------------------------------------------ what its image claims


def test_a_declared_volume_is_small_and_makes_no_volume_on_the_host(
    lab: Lab, docker: DockerEngine, forged_image: str
) -> None:
    before = volume_names(docker)
    fill = """
import json
def fill(path):
    written = 0
    try:
        with open(path, 'wb', buffering=0) as f:
            while written < 100 * 2**20: written += f.write(b'x' * 65536)
    except OSError: pass
    return written
print(json.dumps([fill('/data/fill'), fill('/srv/deep/er/fill')]))
"""
    written = replace(lab, image=forged_image).answer(fill)

    assert all(10 * 2**20 < w <= SMALL.volume_mib * 2**20 for w in written)
    assert volume_names(docker) <= before


def test_a_volume_over_the_system_is_the_images_own_failure(
    lab: Lab, docker: DockerEngine, overlaid_image: str
) -> None:
    container = replace(lab, image=overlaid_image).start("print('up')")

    assert exited(container.state()).code == 126
    assert container.logs().text
    container.remove()
    assert left_behind(docker, lab.run_id) == []


def test_forged_labels_neither_hide_a_container_nor_have_it_reaped(
    lab: Lab, docker: DockerEngine, forged_image: str
) -> None:
    container = replace(lab, image=forged_image).start(SLEEP)
    wait_for_word(container, "up")

    docker.reap("somebody-else")
    docker.reap()

    assert isinstance(container.state(), Running)
    assert len(left_behind(docker, lab.run_id)) >= 1
    container.remove()


def test_the_health_check_of_an_image_never_runs(lab: Lab, forged_image: str) -> None:
    program = "import os, time; time.sleep(2.5); print(len(os.listdir('/data')))"

    assert replace(lab, image=forged_image).answer(program) == 0


def test_the_user_of_an_image_is_not_the_user_it_gets(lab: Lab, forged_image: str) -> None:
    assert replace(lab, image=forged_image).answer("import os; print(os.getuid())") == 20_000


def test_an_image_without_a_command_is_an_exit_that_says_so(lab: Lab, silent_image: str) -> None:
    container = lab.engine.start(ContainerSpec(lab.run_id, "sut", silent_image), deadline_s=20)

    assert exited(container.state()).code in (126, 127)
    assert "no command" in container.logs().text.lower()
    container.remove()


# ------------------------------------------------------------------ reaching out


def test_the_engines_socket_and_ports_are_not_there(lab: Lab) -> None:
    program = f"""
import os, socket, struct
rows = [l.split() for l in open('/proc/net/route').read().splitlines()[1:]]
gateways = [socket.inet_ntoa(struct.pack('<I', int(r[2], 16))) for r in rows if r[2] != '0' * 8]
PLACES = [[g, p] for g in [*gateways, '172.17.0.1'] for p in (22, 2375, 2376, 8080)]
{SCAN}
print(json.dumps([p for p in ('/var/run/docker.sock', '/run/docker.sock') if os.path.exists(p)]))
"""
    lines, _ = lab.run(program, attachments=(Attachment(lab.network("app"), 2),))

    assert [json.loads(line) for line in lines] == [[], []]


def test_the_other_side_of_a_stand_in_is_out_of_reach(lab: Lab) -> None:
    app, control = lab.network("app"), lab.network("control")
    stand_in = lab.start(
        "import http.server as h; print('up');"
        "h.HTTPServer(('0.0.0.0', 9000), h.BaseHTTPRequestHandler).serve_forever()",
        role="standin",
        attachments=(Attachment(app, 3), Attachment(control, 3)),
        port=9000,
        trusted=True,
    )
    wait_for_word(stand_in, "up")
    places = [list(stand_in.address(n)) for n in (app, control)]

    reached = lab.answer(f"PLACES = {places!r}\n{SCAN}", attachments=(Attachment(app, 2),))

    assert reached == [places[0]]


def test_questions_to_the_engines_resolver_are_refused_by_the_kernel(lab: Lab) -> None:
    program = """
import json, socket, time
time.sleep(0.5)
answered = refused = 0
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.settimeout(0.2)
    s.connect(('127.0.0.11', 53))
    for _ in range(50):
        try:
            s.send(b'question')
            answered += len(s.recv(512)) > 0
        except ConnectionRefusedError:
            refused += 1
        except OSError:
            pass
print(json.dumps([answered, refused]))
"""
    answered, refused = lab.answer(program, attachments=(Attachment(lab.network("app"), 2),))

    assert answered == 0
    assert refused >= 10


def test_a_neighbours_inotify_instances_cannot_be_used_up(lab: Lab) -> None:
    hog = """
import ctypes, time
libc, made = ctypes.CDLL(None), 0
while made < 2000 and libc.inotify_init() >= 0: made += 1
print('made', made)
time.sleep(WAIT)
"""
    first = lab.start(hog.replace("WAIT", "60"))
    wait_for_word(first, "made")
    spec = ContainerSpec(
        lab.run_id,
        "neighbour",
        lab.image,
        limits=SMALL,
        command=("python3", "-c", hog.replace("WAIT", "0")),
        uid=20_001,
    )
    second = lab.engine.start(spec, deadline_s=20)
    wait_for_end(second)

    assert first.logs().text == second.logs().text
    assert int(second.logs().text.split()[1]) >= 100
    first.remove()
    second.remove()


# ------------------------------------------------------------------ refusing to end


def test_a_process_that_stopped_itself_is_killed_at_the_deadline(lab: Lab) -> None:
    container = lab.start("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)")

    assert exited(container.follow(lambda line: None, deadline_s=1)).code == 137


def test_closing_its_output_does_not_make_a_process_look_ended(lab: Lab) -> None:
    container = lab.start("import os, time; print('up'); os.close(1); os.close(2); time.sleep(60)")
    wait_for_word(container, "up")
    time.sleep(0.3)

    assert isinstance(container.state(), Running)
    assert exited(container.follow(lambda line: None, deadline_s=1)).code == 137


def test_orphans_die_with_the_main_process(lab: Lab) -> None:
    container = lab.start(
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nprint('gone')"
    )

    assert wait_for_end(container) == Exited(code=0)
    container.remove()
    assert groups_of(lab.run_id) == []


def test_removal_in_the_middle_of_a_flood_is_quick(lab: Lab) -> None:
    container = lab.start(
        "import os\nwhile True: os.write(1, b'y' * 65536)",
        limits=replace(SMALL, log_bytes=2**40),
    )
    wait_for_word(container, "yyy")
    began = time.monotonic()
    container.remove()

    assert time.monotonic() - began < 5


def test_the_host_forks_while_a_fork_bomb_runs(lab: Lab) -> None:
    """With a weight this high a bomb takes its core whole: others are why cores are pinned."""
    bomb = lab.start(
        "import os\nprint('up')\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        limits=replace(SMALL, cores=(0,)),
    )
    wait_for_word(bomb, "up")
    seen = []
    for _ in range(20):
        usage = bomb.usage()
        seen.append(usage.pids if usage is not None else 0)
        time.sleep(0.05)

    assert subprocess.run(["true"], timeout=5, check=True).returncode == 0
    assert max(seen) <= SMALL.pids
    assert bomb.state() in (Running(), Exited(code=137, oom_killed=True))
    bomb.remove()


def test_files_in_memory_count_as_memory(lab: Lab) -> None:
    _, end = lab.run(
        "f = open('/tmp/x', 'wb', buffering=0)\nfor _ in range(200): f.write(b'x' * 2**20)",
        limits=replace(SMALL, memory_mib=64, tmp_mib=300),
    )

    assert end == Exited(code=137, oom_killed=True)


# ------------------------------------------------------------------ the platform dies


ABANDON = """
import os, signal, sys
from assay_sandbox.conformance_lab import SMALL
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.engine import Attachment, ContainerSpec
engine = DockerEngine().connect()
network = engine.network(sys.argv[1], "app")
spec = ContainerSpec(sys.argv[1], "sut", sys.argv[2], (Attachment(network, 2),), SMALL,
                     command=("sleep", "600"))
engine.start(spec, deadline_s=30)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_platform_process_left_is_reaped_by_the_next(
    lab: Lab, docker: DockerEngine
) -> None:
    orphaned = f"{lab.run_id}-orphan"
    died = subprocess.run(
        [sys.executable, "-c", ABANDON, orphaned, lab.image],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert len(left_behind(docker, orphaned)) >= 2

    removed = docker.reap()

    assert left_behind(docker, orphaned) == []
    assert len([line for line in removed if orphaned in line]) >= 2
