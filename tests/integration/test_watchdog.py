"""Kill the runner in the middle of any fault: nothing paused, throttled, cut or running is left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.engines import ENGINES, Stand, engine_parameters
from tests.fakes.local_engines import home
from tests.fakes.processes import alive, descendants, nameless_files, nameless_files_of_all
from tests.fakes.program_images import program_image

from assay.cli.outcome import CANCELLED
from assay_sandbox import cgroups, local_proc
from assay_sandbox.conformance_lab import SMALL, START_S, Lab
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.engine import Exited
from assay_sandbox.faults.registry import FAULTS
from assay_sandbox.watchdog import watched

pytestmark = pytest.mark.slow

PROGRAM = """
import os, time
for _ in range(2):
    if os.fork() == 0:
        while True: time.sleep(0.05)
print('up')
while True: time.sleep(0.05)
"""
RUNNER = """
import json, sys
from importlib import import_module
from assay.cli.outcome import exit_code
from assay_sandbox.conformance_lab import SMALL, wait_for_word
from assay_sandbox.environment import CoreLayout, Environment
from assay_sandbox.watchdog import ENGINES, watched

engine_name, options, image, run_id, fault = sys.argv[1:6]
module, name = ENGINES[engine_name]
settings = {"cpu_throttle": {"share": 0.1}, "memory_pressure": {"headroom_mib": 8}}

def run():
    engine = getattr(import_module(module), name)(**json.loads(options))
    world = Environment(engine, run_id, CoreLayout.of_host(1), SMALL, "assay/probe", 23456)
    with watched(engine_name, run_id), world:
        service = world.start_service(
            "submission", image, port=8000, environment={"PORT": "8000"}, stand_ins=()
        )
        wait_for_word(service, "up")
        if fault != "none":
            service.fault(fault).inject(settings.get(fault, {}), deadline_s=30)
        print("in force", flush=True)
        sys.stdin.read()

sys.exit(exit_code(run))
"""
"""Starts and ends as `assay grade` does, with one service and one fault."""
LONGEST_S = 20.0
FILL_MIB = SMALL.tmp_mib // 2
"""What fills the disk is larger than this, what was printed is not."""


@pytest.fixture(scope="module", params=engine_parameters())
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    made = ENGINES[request.param]()
    yield made
    if isinstance(made.engine, DockerEngine):
        made.engine.close()


@pytest.fixture(scope="module")
def image(stand: Stand) -> Iterator[str]:
    with program_image(stand, PROGRAM, "watched") as reference:
        yield reference


def started(stand: Stand, image: str, run_id: str, fault: str) -> "subprocess.Popen[bytes]":
    """A runner with the fault in force."""
    options = {} if stand.engine.name == "docker" else {"mode": stand.engine.mode}  # type: ignore[attr-defined]
    words = (stand.engine.name, json.dumps(options), image, run_id, fault)
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "ASSAY_HOME": str(home())},
    )
    assert runner.stdout is not None
    assert runner.stdout.readline() == b"in force\n"
    return runner


def finish(runner: "subprocess.Popen[bytes]") -> int:
    """Wait for its end; its exit status."""
    code = runner.wait(LONGEST_S)
    for stream in (runner.stdin, runner.stdout):
        if stream is not None:
            stream.close()
    return code


def watchdogs(run_id: str) -> list[int]:
    """Processes that watch over a run, dead ones that nobody waited for included."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"assay_sandbox.watchdog" in words and run_id.encode() in words:
            found.append(int(entry.name))
    return found


def the_watchdog(run_id: str) -> int:
    """The one of a run that has just been started."""
    end_s = time.monotonic() + LONGEST_S
    while not (found := watchdogs(run_id)):
        assert time.monotonic() < end_s
    assert len(found) == 1
    return found[0]


def left_behind(stand: Stand, run_id: str) -> list[str]:
    """Everything that still bears the name of a run."""
    found = [str(p) for p in cgroups.ROOT.glob(f"*/assay*/*{run_id}*")]
    found += [str(p) for p in cgroups.ROOT.glob(f"assay*/*{run_id}*")]
    found += [str(p) for p in home().glob(f"local/running/*{run_id}*")]
    if isinstance(stand.engine, DockerEngine):
        client, mine = stand.engine.client, {"label": f"assay.run={run_id}"}
        found += [row["Id"] for row in client.api.containers(all=True, filters=mine)]
        found += [row["Id"] for row in client.api.networks(filters=mine)]
    return found


def wait_until_clean(stand: Stand, run_id: str) -> float:
    began_s = time.monotonic()
    while (left := left_behind(stand, run_id)) or watchdogs(run_id):
        assert time.monotonic() - began_s < LONGEST_S, (left, watchdogs(run_id))
        time.sleep(0.05)
    return time.monotonic() - began_s


def skip_unless_declared(stand: Stand, fault: str) -> None:
    if fault != "none" and FAULTS[fault].capability not in stand.engine.capabilities:
        pytest.skip(f"this engine declares no {FAULTS[fault].capability}")


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.minutes)]
)
@pytest.mark.parametrize("fault", ["none", *FAULTS])
def test_a_runner_that_is_killed_in_the_middle_of_a_fault_leaves_nothing(
    stand: Stand, image: str, fault: str, number: signal.Signals
) -> None:
    skip_unless_declared(stand, fault)
    run_id = f"watched-{os.urandom(4).hex()}"
    runner = started(stand, image, run_id, fault)
    others = descendants(runner.pid) - set(watchdogs(run_id))
    fill = nameless_files(runner.pid, larger_than_mib=FILL_MIB)
    assert bool(fill) == (fault == "disk_full")

    runner.send_signal(number)
    code = finish(runner)
    wait_until_clean(stand, run_id)

    assert code == (CANCELLED if number == signal.SIGTERM else -number)
    assert alive(others) == []
    assert not fill & nameless_files_of_all(larger_than_mib=FILL_MIB)


@pytest.mark.minutes
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_other_deadly_signals_are_watched_too(
    stand: Stand, image: str, number: signal.Signals
) -> None:
    run_id = f"watched-{os.urandom(4).hex()}"
    runner = started(stand, image, run_id, "hang")

    runner.send_signal(number)
    finish(runner)
    wait_until_clean(stand, run_id)


def test_a_run_whose_own_removal_was_cut_short_is_cleaned_up_before_it_goes_on(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(home()))
    run_id = f"watched-{os.urandom(4).hex()}"
    container = Lab(stand.engine, stand.image, run_id).start(PROGRAM)
    container.fault("hang").inject({}, deadline_s=START_S)

    with pytest.raises(KeyboardInterrupt), watched(stand.engine.name, run_id):
        raise KeyboardInterrupt

    assert (left_behind(stand, run_id), watchdogs(run_id)) == ([], [])
    assert isinstance(container.state(), Exited)
    container.remove()


def test_after_an_orderly_end_the_watchdog_is_gone_and_touched_nothing(stand: Stand) -> None:
    run_id = f"watched-{os.urandom(4).hex()}"

    with watched(stand.engine.name, run_id):
        watchdog = the_watchdog(run_id)
        network = stand.engine.network(run_id, "app")
        assert os.getsid(watchdog) == watchdog, "a terminal's interrupt would reach it"
        assert local_proc.children_of(os.getpid()).count(watchdog) == 1
    assert watchdogs(run_id) == []
    assert watchdog not in local_proc.children_of(os.getpid())

    if isinstance(stand.engine, DockerEngine):
        assert stand.engine.client.api.networks(ids=[network.reference])
        stand.engine.reap(run_id)


def test_a_run_that_fails_ends_its_watchdog_too() -> None:
    with pytest.raises(ZeroDivisionError), watched("local", "failing"):
        _ = 1 // 0

    assert watchdogs("failing") == []


def test_a_watchdog_that_was_killed_does_not_disturb_the_run() -> None:
    with watched("local", "bereft"):
        os.kill(the_watchdog("bereft"), signal.SIGKILL)
        time.sleep(0.1)

    assert watchdogs("bereft") == []


def test_waiting_costs_no_cpu() -> None:
    with watched("local", "idle"):
        watchdog = the_watchdog("idle")
        time.sleep(1.0)  # to start
        before = Path(f"/proc/{watchdog}/stat").read_text().split()[13:15]
        time.sleep(1.0)
        after = Path(f"/proc/{watchdog}/stat").read_text().split()[13:15]
        loaded = Path(f"/proc/{watchdog}/maps").read_text()

    assert after == before
    assert "ssl" not in loaded, "it has imported what it needs only when the runner dies"


def test_the_directory_it_was_started_in_lends_it_no_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("open('imported', 'w')\n")
    (tmp_path / "assay_sandbox").mkdir()
    (tmp_path / "assay_sandbox/watchdog.py").write_text("open('imported', 'w')\n")
    monkeypatch.chdir(tmp_path)

    with watched("local", "elsewhere"):
        time.sleep(0.5)

    assert not (tmp_path / "imported").exists()


@pytest.mark.parametrize("words", [[], ["docker"], ["podman", "run"]])
def test_wrong_words_are_told_what_is_right(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assay_sandbox.watchdog", *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "usage: python -m assay_sandbox.watchdog docker|local RUN_ID" in done.stderr
