"""An evaluation in a process of its own: driven, cancelled, resumed, and nothing left of it."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.bundles import bundle_of, commit_of, pushed_answer
from tests.fakes.leftovers import left_of
from tests.fakes.processes import alive, descendants
from tests.fakes.quick_challenge import CONTRACT, write_quick_challenge
from tests.fakes.waiting import wait_until

from assay.bootstrap.cores import CorePool, core_sets
from assay.bootstrap.evaluation_process import Bench, EvaluationProcess, evaluators
from assay.bootstrap.wire import Order
from assay.bootstrap.workplace import remove_orphans
from assay.domain.errors import PlatformFault
from assay.domain.evidence import Evidence
from assay.evaluation.checkpoint import read_checkpoint
from assay.evaluation.ports import ProgressEvent
from assay.features.submissions.evaluator import EvaluationJob, Measured, StageReport
from assay.toolkit.package import load_challenge

ROOT = Path(__file__).parents[2]
CHALLENGES = ROOT / "challenges"
SLUG = "credit-scoring"
STAGES = ("checkout", "build", "boot", "contract", "operability")
LONGEST_S = 300.0
GONE_S = 20.0
LINGERS = '''

@right
def test_it_doubles_for_a_while(service):
    """It is asked again and again."""
    import time

    for x in range(25):
        assert service.post("/score", json={"x": x}).json()["score"] == 2 * x
        time.sleep(0.1)
'''
"""Enough time to be killed in."""


def bench(sandbox: Any = "docker", slots: int = 1, challenges: Path = CHALLENGES) -> Bench:
    cores = core_sets(os.sched_getaffinity(0), 1)
    return Bench(sandbox, lambda slug: challenges / slug, CorePool(cores * slots))


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> EvaluationJob:
    """The reference of a challenge, pushed."""
    return pushed(CHALLENGES / SLUG, tmp_path_factory.mktemp("candidate"))


@pytest.fixture(scope="module")
def challenges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a challenge that is evaluated within seconds."""
    root = tmp_path_factory.mktemp("challenges")
    harness = write_quick_challenge(root) / "harness"
    (harness / "test_contract.py").write_text(CONTRACT + LINGERS)
    return root


@pytest.fixture(scope="module")
def quick_job(challenges: Path, tmp_path_factory: pytest.TempPathFactory) -> EvaluationJob:
    """Its reference, pushed."""
    return pushed(challenges / "doubling", tmp_path_factory.mktemp("candidate"))


def pushed(challenge: Path, scratch: Path) -> EvaluationJob:
    bundle, commit = pushed_answer(challenge, "reference", scratch)
    return EvaluationJob(
        evaluation_id="evl_1",
        attempt=1,
        challenge=challenge.name,
        challenge_sha256=load_challenge(challenge).digest,
        bundle=bundle,
        commit_sha=commit,
        seed=7,
        stages=STAGES,
        checkpoint=None,
    )


def run(work: Awaitable[Any]) -> Any:
    """Run a coroutine to its end, within a limit."""

    async def within() -> Any:
        async with asyncio.timeout(LONGEST_S):
            return await work

    return asyncio.run(within())


def silent(_event: ProgressEvent) -> None:
    """Nobody watches."""


@pytest.fixture
def silent_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An engine that takes calls and never answers: whoever asks it waits."""
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        yield


# ------------------------------------------------------------------ the process, whatever it runs


def test_a_challenge_that_is_not_the_one_handed_out_is_refused(job: EvaluationJob) -> None:
    async def drive() -> None:
        process = EvaluationProcess(bench())
        await process.start(replace(job, challenge_sha256="0" * 64))
        try:
            await process.run_stage("checkout", silent)
        finally:
            await process.kill()

    with pytest.raises(PlatformFault, match="the assessment was begun with 000000000000") as fault:
        run(drive())

    assert "same version of the challenge" in fault.value.remedy


def test_a_challenge_that_is_not_there_is_our_fault(job: EvaluationJob) -> None:
    async def drive() -> None:
        process = EvaluationProcess(bench())
        await process.start(replace(job, challenge="no-such-challenge"))
        try:
            await process.run_stage("checkout", silent)
        finally:
            await process.kill()

    with pytest.raises(PlatformFault, match="there is no such directory"):
        run(drive())


def test_an_engine_that_is_away_is_our_fault_and_frees_the_slot(
    job: EvaluationJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    place = bench()

    async def drive() -> None:
        process = EvaluationProcess(place)
        await process.start(job)
        with pytest.raises(PlatformFault, match="nowhere"):
            await process.run_stage("checkout", silent)
        with pytest.raises(PlatformFault, match="nowhere"):
            await process.evidence()
        await process.kill()
        await process.kill()

    run(drive())

    assert place.cores.take()


def test_no_more_evaluations_run_at_once_than_there_are_slots(
    job: EvaluationJob, silent_engine: None
) -> None:
    place = bench()

    async def drive() -> None:
        first, second = evaluators(place)(), evaluators(place)()
        await first.start(job)
        with pytest.raises(PlatformFault, match="every slot"):
            await second.start(job)
        os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
        await first.kill()
        await second.kill()

    run(drive())


@pytest.mark.alone
def test_a_cancelled_process_is_gone_within_seconds(
    job: EvaluationJob, silent_engine: None
) -> None:
    of_other_tests = descendants(os.getpid())

    async def drive() -> tuple[float, set[int]]:
        process = EvaluationProcess(bench())
        await process.start(job)
        step = asyncio.create_task(process.run_stage("checkout", silent))
        await asyncio.sleep(0.5)
        started = descendants(os.getpid()) - of_other_tests
        os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
        begin_s = time.monotonic()
        step.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await step
        await process.kill()
        return time.monotonic() - begin_s, started

    took_s, started = run(drive())

    assert started
    assert alive(started) == []
    assert took_s < 3


def test_an_evaluation_cancelled_before_it_began_never_begins(job: EvaluationJob) -> None:
    async def drive() -> None:
        process = EvaluationProcess(bench())
        await process.kill()
        await process.start(job)

    before = descendants(os.getpid())
    with pytest.raises(PlatformFault, match="before it began"):
        run(drive())

    assert descendants(os.getpid()) <= before


def test_a_process_that_dies_is_our_fault_and_says_how(
    job: EvaluationJob, silent_engine: None
) -> None:
    async def drive() -> None:
        process = EvaluationProcess(bench())
        before = descendants(os.getpid())
        await process.start(job)
        (child,) = descendants(os.getpid()) - before
        step = asyncio.create_task(process.run_stage("checkout", silent))
        await asyncio.sleep(0.2)
        os.kill(child, signal.SIGKILL)
        os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
        try:
            await step
        finally:
            await process.kill()

    with pytest.raises(PlatformFault, match="was killed by signal 9"):
        run(drive())


def test_the_process_is_told_no_secrets(
    job: EvaluationJob, silent_engine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_SECRET_KEY", "hush")
    monkeypatch.setenv("ASSAY_DATABASE_URL", "postgresql://hush")

    async def drive() -> bytes:
        process = EvaluationProcess(bench())
        before = descendants(os.getpid())
        await process.start(job)
        (child,) = descendants(os.getpid()) - before
        told = Path(f"/proc/{child}/environ").read_bytes()
        os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
        await process.kill()
        return told

    told = run(drive())

    assert b"PATH=" in told
    assert b"hush" not in told


def test_the_directory_of_a_killed_evaluation_is_removed(
    job: EvaluationJob, silent_engine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))

    async def drive() -> int:
        process = EvaluationProcess(bench())
        await process.start(job)
        there = len(list((tmp_path / "home/runs").iterdir()))
        os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
        await process.kill()
        return there

    assert run(drive()) == 1
    assert list((tmp_path / "home/runs").iterdir()) == []


def test_an_evaluation_out_of_its_total_time_ends_with_a_fault_of_ours(
    job: EvaluationJob, silent_engine: None
) -> None:
    async def drive() -> StageReport:
        process = EvaluationProcess(replace(bench("local"), total_s=0.0))
        try:
            await process.start(job)
            return await process.run_stage("checkout", silent)
        finally:
            await process.kill()

    report = run(drive())
    assert report.status == "platform_fault"
    assert "total time" in report.message


def order_of(job: EvaluationJob, work: Path) -> Order:
    bundle = work / "pushed.bundle"
    bundle.write_bytes(job.bundle)
    return Order(
        evaluation_id=job.evaluation_id,
        run_id="0badcafe",
        challenge=CHALLENGES / job.challenge,
        challenge_sha256=job.challenge_sha256,
        bundle=bundle,
        commit=job.commit_sha,
        work=work,
        seed=job.seed,
        stages=job.stages,
        profile="standard",
        sandbox="docker",
        checkpoint=None,
        total_s=LONGEST_S,
    )


def test_a_process_at_work_dies_when_its_worker_hangs_up(
    job: EvaluationJob, silent_engine: None, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "assay.worker.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        assert child.stdin is not None
        child.stdin.write(order_of(job, tmp_path).line())
        child.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(2)
        child.stdin.close()
        try:
            assert child.wait(GONE_S) == -signal.SIGKILL
        finally:
            child.kill()


def test_the_process_ends_when_nothing_is_ordered() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "assay.worker.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None
    child.stdin.close()

    assert child.wait(GONE_S) == 0
    assert child.stdout is not None
    assert child.stdout.read() == b""
    child.stdout.close()


WITH_RESERVE = """
import sys
from assay.bootstrap.reserve import Reserve

reserve = Reserve()
reserve.prepare(())
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_process_that_waits_for_an_order_dies_with_its_worker() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WITH_RESERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"ready\n"
        waiting = descendants(worker.pid)
        worker.kill()

    assert waiting
    wait_until(lambda: not alive(waiting))


def test_an_evaluation_takes_what_waits_for_its_cores_and_another_waits_after_it(
    job: EvaluationJob, silent_engine: None
) -> None:
    place, before = bench(), descendants(os.getpid())
    cores = place.cores.take()
    place.cores.give_back(cores)
    place.reserve.prepare(cores)
    (waiting,) = descendants(os.getpid()) - before

    async def drive() -> tuple[set[int], set[int], set[int]]:
        process = EvaluationProcess(place)
        await process.start(job)
        during = descendants(os.getpid()) - before
        its_cores = os.sched_getaffinity(waiting)
        os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
        await process.kill()
        return during, its_cores, descendants(os.getpid()) - before

    during, its_cores, after = run(drive())
    place.reserve.close()

    assert waiting in during
    assert its_cores == set(cores)
    assert after
    assert waiting not in after
    assert alive(after) == []


NOISY = """
from assay.worker import child
import subprocess, sys
asked, answers = child._pipes()
print("a library prints", flush=True)
subprocess.run(["cat"])
answers.write(asked.readline())
"""


def test_nothing_that_prints_or_reads_disturbs_what_is_said() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOISY], input=b"for us\n", capture_output=True, timeout=60
    )

    assert done.stdout == b"for us\n"
    assert done.stderr == b"a library prints\n"


# --------------------------------------------------------------------------- on a real engine


async def until(
    process: EvaluationProcess, last: str, events: list[ProgressEvent] | None = None
) -> list[StageReport]:
    """Run the stages up to this one."""
    told = events if events is not None else []
    names = STAGES[: STAGES.index(last) + 1]
    return [await process.run_stage(name, told.append) for name in names]


async def in_the_midst(
    process: EvaluationProcess, events: list[ProgressEvent]
) -> "asyncio.Task[StageReport]":
    """The contract, begun and not over: the probe is asking the service."""
    step = asyncio.create_task(process.run_stage("contract", events.append))
    while "contract" not in {event.stage for event in events}:
        await asyncio.sleep(0.02)
    while len(containers_of(process.run_id)) < 2:
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)
    assert not step.done()
    return step


@pytest.mark.slow
@pytest.mark.docker
def test_an_evaluation_goes_on_in_another_process_after_a_kill(
    challenges: Path, quick_job: EvaluationJob
) -> None:
    first, second = (EvaluationProcess(bench(challenges=challenges)) for _ in range(2))
    events: list[ProgressEvent] = []
    job = quick_job

    async def drive() -> tuple[list[StageReport], list[StageReport], Measured]:
        await first.start(job)
        before = await until(first, "boot", events)
        step = await in_the_midst(first, events)
        step.cancel()
        await first.kill()
        await second.start(replace(job, checkpoint=before[-1].checkpoint))
        after = [await second.run_stage(name, events.append) for name in STAGES[3:]]
        measured = await second.evidence()
        with pytest.raises(PlatformFault):
            await second.run_stage("operability", silent)
        return before, after, measured

    before, after, measured = run(drive())

    assert [one.status for one in (*before, *after)] == ["done"] * 5
    evidence = Evidence.model_validate_json(measured.evidence)
    assert [s.stage for s in evidence.stages if s.status == "done"] == list(STAGES)
    assert evidence.evaluation_id == job.evaluation_id
    assert evidence.started_at == read_checkpoint(before[0].checkpoint).started_at
    assert evidence.submission.kind == "commit"
    assert evidence.checkout is not None
    assert evidence.checkout.commit == job.commit_sha
    assert evidence.contract is not None
    assert {one.outcome for one in evidence.contract.tests} == {"passed"}
    assert [e.stage for e in events if e.state == "start"] == [*STAGES[:4], *STAGES[3:]]
    wait_until(lambda: not left_of(first.run_id))
    assert left_of(second.run_id) == []


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.alone
def test_cancelling_takes_a_second_and_leaves_no_container(
    challenges: Path, quick_job: EvaluationJob
) -> None:
    process = EvaluationProcess(bench(challenges=challenges))

    async def drive() -> tuple[float, list[str], list[str]]:
        await process.start(quick_job)
        await until(process, "boot")
        step = await in_the_midst(process, [])
        running = containers_of(process.run_id)
        begin_s = time.monotonic()
        step.cancel()
        await process.kill()
        return time.monotonic() - begin_s, running, containers_of(process.run_id)

    took_s, running, left = run(drive())

    assert len(running) >= 2
    assert left == []
    assert took_s < 8, "the process ends at once; the engine takes a moment for its containers"
    wait_until(lambda: not left_of(process.run_id))


SLOW_BUILD = "FROM python:3.11-slim\nRUN echo it has begun; sleep 60\n"


@pytest.mark.slow
@pytest.mark.docker
def test_a_build_is_watched_while_it_runs_and_cancelled_in_its_midst(
    job: EvaluationJob, tmp_path: Path
) -> None:
    process = EvaluationProcess(bench())
    (tmp_path / "work").mkdir()
    commit = commit_of(tmp_path / "work", {"Dockerfile": SLOW_BUILD})
    pushed = replace(job, bundle=bundle_of(tmp_path / "work"), commit_sha=commit)
    events: list[ProgressEvent] = []

    async def drive() -> float:
        await process.start(pushed)
        await process.run_stage("checkout", events.append)
        step = asyncio.create_task(process.run_stage("build", events.append))
        while ("log", "it has begun") not in {(e.state, e.detail) for e in events}:
            assert not step.done()
            await asyncio.sleep(0.05)
        begin_s = time.monotonic()
        step.cancel()
        await process.kill()
        return time.monotonic() - begin_s

    took_s = run(drive())

    assert took_s < 10
    wait_until(lambda: not left_of(process.run_id))


def containers_of(run_id: str) -> list[str]:
    return [name for name in left_of(run_id) if name.startswith("/assay")]


WORKER = """
import asyncio, os, sys
from dataclasses import replace
from pathlib import Path
from assay.bootstrap.cores import CorePool
from assay.bootstrap.evaluation_process import Bench, EvaluationProcess
from assay.features.submissions.evaluator import EvaluationJob

slug, challenges, sha256, commit, bundle = sys.argv[1:]
cores = (tuple(sorted(os.sched_getaffinity(0))),)
process = EvaluationProcess(Bench("docker", lambda slug: Path(challenges, slug), CorePool(cores)))

async def drive():
    stages = ("checkout", "build", "boot", "contract")
    pushed = Path(bundle).read_bytes()
    job = EvaluationJob("evl_2", 1, slug, sha256, pushed, commit, 7, stages, None)
    await process.start(job)
    for stage in stages:
        print(process.run_id, stage, flush=True)
        await process.run_stage(stage, lambda event: None)

asyncio.run(drive())
"""


@pytest.mark.slow
@pytest.mark.docker
def test_when_the_worker_is_killed_its_evaluation_ends_and_leaves_nothing(
    challenges: Path, quick_job: EvaluationJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))  # nobody else tidies up there
    job = quick_job
    bundle = tmp_path / "pushed.bundle"
    bundle.write_bytes(job.bundle)
    words = [job.challenge, str(challenges), job.challenge_sha256, job.commit_sha, str(bundle)]
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, *words], stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        run_id = next(line.split()[0] for line in worker.stdout if line.endswith("contract\n"))
        time.sleep(1)
        others = descendants(worker.pid)
        worker.kill()

    wait_until(lambda: not left_of(run_id))
    assert others
    assert alive(others) == []
    assert any("directory" in line for line in remove_orphans())
