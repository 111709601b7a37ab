"""A worker with several slots evaluates several pushes at once, each on cores of its own."""

import contextlib
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import docker
import pytest
from sqlmodel import col, select
from tests.fakes.bundles import pushed_answer
from tests.fakes.leftovers import left_of
from tests.fakes.processes import descendants
from tests.fakes.quick_challenge import write_quick_challenge

from assay.bootstrap.demo import sit
from assay.bootstrap.installation import Installation, opened
from assay.bootstrap.inviting import Wish
from assay.bootstrap.settings import read_settings
from assay.db.tables import Evaluation
from assay.domain.lifecycle import ENDED, EvaluationState
from assay.features.submissions.pushes import Push
from assay.features.submissions.service import record_push
from assay.kit.clock import utc_now
from assay_sandbox.ownership import OWNER_LABEL, RUN_LABEL, Owner

pytestmark = [
    pytest.mark.docker,
    pytest.mark.slow,
    pytest.mark.skipif(os.cpu_count() == 1, reason="two slots need two cores"),
]

ROOT = Path(__file__).parents[2]
LONGEST_S = 240.0
PUSHES = 4


@dataclass
class Seen:
    """What ran at each look: run id -> cores its containers may use."""

    looks: list[dict[str, set[str]]] = field(default_factory=list)

    def look(self, client: docker.APIClient, worker: int) -> None:
        """Look once, at what this worker's processes own."""
        running: dict[str, set[str]] = {}
        ours = descendants(worker)
        for row in client.containers(filters={"label": RUN_LABEL}):
            owner = Owner.parse(row["Labels"].get(OWNER_LABEL, ""))
            if owner is None or owner.pid not in ours:
                continue
            with contextlib.suppress(docker.errors.NotFound):  # it ended meanwhile
                described = client.inspect_container(row["Id"])
                cores = running.setdefault(row["Labels"][RUN_LABEL], set())
                cores.add(described["HostConfig"]["CpusetCpus"])
        self.looks.append(running)

    @property
    def runs(self) -> set[str]:
        return {run_id for look in self.looks for run_id in look}


def environment(home: Path) -> dict[str, str]:
    own = {
        "ASSAY_HOME": str(home / "home"),
        "ASSAY_CHALLENGES": str(home / "challenges"),
        "ASSAY_WORKER_NAME": "slots",
        "ASSAY_WORKER_SLOTS": "2",
        "ASSAY_SANDBOX": "docker",
        "ASSAY_ALLOW_UNPROVEN": "yes",
    }
    return {**os.environ, **own}


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    write_quick_challenge(tmp_path / "challenges")
    with opened(read_settings(environment(tmp_path))) as made:
        yield made


@contextlib.contextmanager
def a_worker(home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    cores = [str(core) for core in sorted(os.sched_getaffinity(0))[:2]]
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.slots_worker", *cores],
        cwd=ROOT,
        env=environment(home),
    )
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait(60)


def push(installation: Installation, number: int, scratch: Path) -> None:
    """Somebody pushes a good answer."""
    sitting = sit(installation, Wish(f"dana{number}@example.org", "doubling"))
    root = installation.challenges["doubling"].root
    bundle, commit = pushed_answer(root, "reference", scratch / str(number))
    with installation.database.write() as session:
        pushed = Push(
            assessment_id=sitting.assessment_id,
            new_sha=commit,
            tree_sha="b" * 40,
            subject="Work",
            pack_bytes=len(bundle),
            bundle=bundle,
        )
        record_push(session, installation.queue, pushed, utc_now())


def evaluations(installation: Installation) -> list[Evaluation]:
    with installation.database.read() as session:
        return list(session.exec(select(Evaluation).order_by(col(Evaluation.started_at))))


def test_two_evaluations_overlap_in_time_and_never_share_a_core(
    installation: Installation, tmp_path: Path
) -> None:
    for number in range(PUSHES):
        push(installation, number, tmp_path)
    seen, until_s = Seen(), time.monotonic() + LONGEST_S
    with contextlib.closing(docker.APIClient()) as client, a_worker(tmp_path) as worker:
        while not all(row.state in ENDED for row in evaluations(installation)):
            assert time.monotonic() < until_s, "they do not end"
            seen.look(client, worker.pid)
            time.sleep(0.1)

    rows = evaluations(installation)
    assert {(row.state, row.score, row.attempt) for row in rows} == {
        (EvaluationState.JUDGED, 100.0, 1)
    }
    assert overlapping(rows) >= PUSHES // 2, "they ran one after another"
    together = [look for look in seen.looks if len(look) > 1]
    assert together, "never were containers of two evaluations there at once"
    for look in together:
        cores = [core for sets in look.values() for core in sets]
        assert len(cores) == len(set(cores)), f"two evaluations share cores: {look}"
    assert all(len(sets) == 1 for look in seen.looks for sets in look.values())
    assert [thing for run_id in seen.runs for thing in left_of(run_id)] == []


def overlapping(rows: list[Evaluation]) -> int:
    """How many began before one that had begun earlier had ended."""
    pairs = itertools.pairwise(rows)
    return sum(
        later.started_at < earlier.ended_at
        for earlier, later in pairs
        if later.started_at and earlier.ended_at
    )
