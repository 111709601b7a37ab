"""Kill a whole `assay grade` while its timeline harms the service: nothing of it is left."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import docker
import pytest
from tests.fakes.leftovers import left_of
from tests.fakes.local_engines import needs_bubblewrap
from tests.fakes.processes import alive, descendants, state_of

from assay.cli.outcome import CANCELLED
from assay.evaluation.incidents.timeline import draw_timeline
from assay.toolkit.package import load_challenge
from assay_sandbox import local_proc
from assay_sandbox.local_state import default_home
from assay_sandbox.ownership import OWNER_LABEL, RUN_LABEL, Owner

ROOT = Path(__file__).parents[2]
CHALLENGE = ROOT / "challenges/credit-scoring"
IN_FORCE_S, CLEAN_S = 240.0, 30.0

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.alone]


@cache
def seed_of(injector: str) -> int:
    """A seed whose timeline begins with this fault, as soon as the warm-up is over."""
    challenge = load_challenge(CHALLENGE).challenge
    assert challenge.incidents is not None
    firsts = {
        seed: draw_timeline(challenge.incidents, challenge.incident, "standard", seed).planned[0]
        for seed in range(400)
    }
    fitting = {s: one.onset_min for s, one in firsts.items() if one.spec.injector == injector}
    return min(fitting, key=lambda seed: fitting[seed])


def grade(sandbox: str, injector: str, out: Path) -> "subprocess.Popen[bytes]":
    words = ["grade", str(CHALLENGE), "--answer", "reference", "--only", "incidents"]
    words += ["--seed", str(seed_of(injector)), "--sandbox", sandbox, "--out", str(out)]
    with (out / "said.txt").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "assay.cli", *words],
            cwd=ROOT,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


# ------------------------------------------------------------------------ what can be seen of it


def on_docker(pid: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run id and description of every service that this process has started."""
    client = docker.APIClient()
    with contextlib.closing(client):
        for row in client.containers(all=True, filters={"label": RUN_LABEL}):
            owner = Owner.parse(row["Labels"].get(OWNER_LABEL, ""))
            if owner is not None and owner.pid == pid and "-submission-" in row["Names"][0]:
                with contextlib.suppress(docker.errors.NotFound):
                    yield row["Labels"][RUN_LABEL], client.inspect_container(row["Id"])


def locally(pid: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same on the local engine: the states of the processes of each service."""
    for path in default_home().glob("local/running/*-submission-*/state.json"):
        with contextlib.suppress(OSError, ValueError):
            record = json.loads(path.read_text())
            owner = Owner.parse(record["owner"])
            if owner is not None and owner.pid == pid and record["processes"]:
                inner = record["processes"][-1][0]
                pids = local_proc.pids_of_namespace(inner)
                yield record["run_id"], {"states": {state_of(one) for one in pids}}


Look = Callable[[int], Iterator[tuple[str, dict[str, Any]]]]
IN_FORCE: Mapping[tuple[str, str], tuple[Look, Callable[[dict[str, Any]], bool]]] = {
    ("docker", "hang"): (on_docker, lambda found: bool(found["State"]["Paused"])),
    ("docker", "cpu_throttle"): (on_docker, lambda found: found["HostConfig"]["CpuQuota"] > 0),
    ("local", "hang"): (locally, lambda found: found["states"] == {"T"}),
}
"""Engine and fault -> how the services of a process are seen, and that the fault is in force."""


def wait_until_in_force(
    process: "subprocess.Popen[bytes]", sandbox: str, injector: str, out: Path
) -> str:
    """Wait until the fault is in force; the id of the run."""
    look, in_force = IN_FORCE[sandbox, injector]
    until_s = time.monotonic() + IN_FORCE_S
    while True:
        for run_id, found in look(process.pid):
            if in_force(found):
                return run_id
        said = (out / "said.txt").read_text()
        assert process.poll() is None, said
        assert time.monotonic() < until_s, said
        time.sleep(0.1)


# ---------------------------------------------------------------------------------------- the rule


@pytest.mark.parametrize(
    ("sandbox", "injector", "number"),
    [
        pytest.param("docker", "hang", signal.SIGKILL, marks=pytest.mark.docker),
        pytest.param(
            "docker",
            "cpu_throttle",
            signal.SIGTERM,
            marks=[pytest.mark.docker, pytest.mark.minutes],
        ),
        pytest.param(
            "local", "hang", signal.SIGKILL, marks=[needs_bubblewrap, pytest.mark.minutes]
        ),
    ],
)
def test_an_evaluation_that_is_killed_in_the_middle_of_a_fault_leaves_nothing(
    sandbox: str, injector: str, number: signal.Signals, tmp_path: Path
) -> None:
    process = grade(sandbox, injector, tmp_path)
    try:
        run_id = wait_until_in_force(process, sandbox, injector, tmp_path)
        others = descendants(process.pid)
        process.send_signal(number)
        process.wait(CLEAN_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    until_s = time.monotonic() + CLEAN_S
    while left := left_of(run_id):
        assert time.monotonic() < until_s, left
        time.sleep(0.1)
    assert process.returncode == (CANCELLED if number == signal.SIGTERM else -number)
    assert alive(others) == []
