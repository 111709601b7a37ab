"""Under bubblewrap a service sees, reaches and changes nothing of this machine that matters."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.local_engines import (
    MODES,
    NO_BUBBLEWRAP,
    Mode,
    home,
    image_with_python,
    local_engine,
    needs_bubblewrap,
)
from tests.fakes.processes import alive
from tests.fakes.waiting import wait_until

from assay_sandbox.engine import Attachment, ContainerSpec, Exited, Outward, Running
from assay_sandbox.errors import EngineFault, SpecRefused
from assay_sandbox.local_engine import LocalEngine
from assay_sandbox.local_state import State

pytestmark = pytest.mark.slow
SANDBOX = Path(__file__).resolve().parents[2] / "sandbox"
RUN = "test-local-isolation"
SLEEP = "import time; print('up', flush=True); time.sleep(60)"


def sut(mode: Mode, program: str, **changes: object) -> ContainerSpec:
    command = ("python", "-c", program)
    return ContainerSpec(RUN, "sut", image_with_python(mode), command=command, **changes)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    for mode in ("plain", "bubblewrap") if NO_BUBBLEWRAP is None else ("plain",):
        local_engine(mode).reap(RUN)


def found_by(program: str) -> Any:
    """The JSON a program printed last inside the sandbox."""
    lines: list[str] = []
    container = local_engine("bubblewrap").start(sut("bubblewrap", program), deadline_s=10.0)
    assert container.follow(lines.append, deadline_s=20.0) == Exited(code=0), lines
    return json.loads(lines[-1])


@needs_bubblewrap
def test_the_environment_of_the_harness_is_nowhere_in_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_SECRET", "mark-8253")

    seen = found_by("""
import glob, json
texts = []
for path in glob.glob('/proc/[0-9]*/*'):
    if path.endswith(('/environ', '/cmdline')):
        try: texts.append(open(path, errors='replace').read())
        except OSError: pass
print(json.dumps(''.join(texts)))
""")

    assert "mark-8253" not in str(seen)
    assert str(home()) not in str(seen)


@needs_bubblewrap
def test_a_port_of_the_host_cannot_be_reached() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listening:
        port = listening.getsockname()[1]
        reached = found_by(f"""
import json, socket
reached = []
for host in ('127.0.0.1', '0.0.0.0', '{socket.gethostbyname(socket.gethostname())}', '172.17.0.1'):
    try: socket.create_connection((host, {port}), timeout=1).close(); reached.append(host)
    except OSError: pass
print(json.dumps(reached))
""")

    assert reached == []


@needs_bubblewrap
def test_only_tmp_and_shared_memory_can_be_written() -> None:
    written = found_by("""
import json, os
written = []
for top, directories, _ in os.walk('/'):
    if top.startswith(('/proc', '/sys')): directories[:] = []; continue
    try:
        with open(os.path.join(top, 'mark'), 'w') as mark: mark.write('x')
        written.append(top)
    except OSError: pass
    if len(top.split('/')) > 3: directories[:] = []
print(json.dumps(written))
""")

    assert set(written) == {"/dev/shm", "/tmp"}


@needs_bubblewrap
def test_files_of_the_user_and_of_the_harness_are_not_there() -> None:
    places = [str(home()), str(SANDBOX), "/etc/shadow-", "/etc/ssh", "/var/log/dpkg.log"]
    seen = found_by(f"""
import json, os
print(json.dumps([[p for p in {places!r} if os.path.exists(p)], os.listdir('/home')]))
""")

    assert seen == [[], []]


@needs_bubblewrap
def test_only_processes_of_the_run_are_seen() -> None:
    seen = found_by(
        "import json, os; print(json.dumps([p for p in os.listdir('/proc') if p.isdigit()]))"
    )

    assert len(seen) <= 3


@needs_bubblewrap
def test_a_stand_in_that_is_started_again_is_reached_again() -> None:
    engine = local_engine("bubblewrap")
    network = engine.network(RUN, "app")
    ask = """
import os, socket, time
while True:
    try:
        host, port = os.environ['BUREAU_URL'].removeprefix('http://').split(':')
        print(socket.create_connection((host, int(port)), timeout=2).recv(10).decode(), flush=True)
    except OSError: pass
    time.sleep(0.05)
"""
    say = """
import socket
listening = socket.create_server(('0.0.0.0', 9000)); print('up', flush=True)
while True:
    with listening.accept()[0] as c: c.sendall(b'WORD')
"""
    service = sut(
        "bubblewrap",
        ask,
        attachments=(Attachment(network, 2),),
        outward={"bureau": Outward(network, 3, 9000, "BUREAU_URL")},
    )
    asking = engine.start(service, deadline_s=10.0)

    for word in ("first", "second"):
        spec = ContainerSpec(
            run_id=RUN,
            role="standin",
            image="assay/probe",
            attachments=(Attachment(network, 3),),
            command=("python", "-c", say.replace("WORD", word)),
            port=9000,
            trusted=True,
        )
        stand_in = engine.start(spec, deadline_s=10.0)
        wait_until(lambda word=word: word in asking.logs().text)
        stand_in.remove()


@pytest.mark.parametrize("mode", MODES)
def test_a_container_outlives_the_thread_that_started_it(mode: Mode) -> None:
    engine, started = local_engine(mode), []
    thread = threading.Thread(
        target=lambda: started.append(engine.start(sut(mode, SLEEP), deadline_s=10.0))
    )
    thread.start()
    thread.join()
    time.sleep(0.3)

    assert isinstance(started[0].state(), Running)


@pytest.mark.parametrize("mode", MODES)
def test_everything_dies_with_the_harness_and_leaves_only_what_reap_removes(
    mode: Mode, tmp_path: Path
) -> None:
    image = image_with_python(mode)
    harness = f"""
import sys, time
from pathlib import Path
from assay_sandbox.engine import ContainerSpec
from assay_sandbox.local_engine import LocalEngine
engine = LocalEngine(Path({str(home())!r}), mode={mode!r})
spec = ContainerSpec("test-local-crash", "sut", {image!r}, command=("sleep", "4242"), port=8000)
container = engine.start(spec, deadline_s=10.0)
print(container.process.pid, container.process.main_pid, flush=True)
time.sleep(60)
"""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SANDBOX)}
    with subprocess.Popen(
        [sys.executable, "-c", harness], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        pids = [int(word) for word in process.stdout.readline().split()]
        assert pids
        process.send_signal(signal.SIGKILL)

    wait_until(lambda: not alive(pids))
    removed = [line for line in local_engine(mode).reap() if "test-local-crash" in line]

    assert len(removed) == 1
    assert local_engine(mode).reap("test-local-crash") == ()


def test_a_limit_that_cannot_be_kept_is_refused() -> None:
    engine = local_engine("plain")
    image = image_with_python("plain")

    with pytest.raises(SpecRefused, match="root is read-only"):
        engine.start(ContainerSpec(RUN, "sut", image, files={"/x": b""}), deadline_s=5.0)
    with pytest.raises(SpecRefused, match="user 0"):
        engine.start(ContainerSpec(RUN, "sut", image, uid=0), deadline_s=5.0)


def test_an_image_of_another_engine_is_our_fault() -> None:
    with pytest.raises(EngineFault, match="no image"):
        local_engine("plain").start(ContainerSpec(RUN, "sut", "assay/none"), deadline_s=5.0)


def test_what_is_missing_is_said_in_sentences() -> None:
    said = LocalEngine(home(), mode="plain").what_is_not_isolated()

    assert any("only your own code" in sentence for sentence in said)
    assert all(sentence.endswith(".") for sentence in said)


def test_images_are_closed_to_other_users(tmp_path: Path) -> None:
    assert State(tmp_path).top.stat().st_mode & 0o077 == 0
