"""An engine with workers that can be killed, for tests that hold for every engine."""

import multiprocessing
import os
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy import make_url
from sqlmodel import Session
from tests.fakes.job_work import Script, ScriptedWork
from tests.fakes.job_worker import work
from tests.fakes.jobs import FakeJobs, FakeRunner

from assay.adapters.dbos_jobs import DbosQueue, prepare
from assay.db.session import Database
from assay.jobs.engine import Job, JobQueue, JobState

PATIENCE_S = 60.0
"""For things that must happen but are not measured."""


class Worker(Protocol):
    def kill(self) -> None:
        """As SIGKILL."""

    def stop(self, *, grace_s: float) -> None: ...

    def gone(self, *, within_s: float) -> bool:
        """Whether it has died by itself."""


class Rig:
    """One engine, its script and its workers."""

    def __init__(self, folder: Path, queue: JobQueue, database: Database) -> None:
        self.script = Script(folder / "script")
        self.queue = queue
        self.database = database
        self.workers: list[Worker] = []

    def session(self) -> AbstractContextManager[Session]:
        return self.database.write()

    def submit(
        self, name: str, *stages: str, turn: int = 1, delay_s: float = 0.0, attempt: int = 1
    ) -> None:
        self.script.plan(name, *stages)
        with self.session() as session:
            self.queue.submit(session, Job(name, attempt, turn, delay_s))

    def cancel(self, name: str) -> None:
        with self.session() as session:
            self.queue.cancel(session, name, 1)

    def state(self, name: str) -> JobState | None:
        return self.queue.state(name, 1)

    def worker(self, name: str = "anna", *, slots: int = 1) -> Worker:
        worker = self._make_worker(name, slots)
        self.workers.append(worker)
        return worker

    def wait_for(self, what: str, condition: Callable[[], bool], within_s: float) -> float:
        """Seconds it took."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < within_s, f"no {what}: {self.script.said()}"
            time.sleep(0.02)
        return time.monotonic() - began

    def wait_until(self, name: str, state: JobState, *, within_s: float = PATIENCE_S) -> None:
        self.wait_for(f"{name} {state}", lambda: self.state(name) == state, within_s)

    def wait_said(self, name: str, what: str, *, times: int = 1) -> None:
        said = self.script.said
        self.wait_for(f"{what} x{times}", lambda: said(name).count(what) >= times, PATIENCE_S)

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        self.database.dispose()

    def _make_worker(self, name: str, slots: int) -> Worker:
        raise NotImplementedError


class FakeRig(Rig):
    """The fake engine. Its sessions are of a real database, for their transactions."""

    def __init__(self, folder: Path) -> None:
        self._jobs = FakeJobs()
        super().__init__(folder, self._jobs, Database(f"sqlite:///{folder}/any.db"))

    def _make_worker(self, name: str, slots: int) -> Worker:
        runner = FakeRunner(self._jobs, name)
        runner.start(ScriptedWork(self.script, name, die=runner.kill), slots=slots)
        return runner

    def close(self) -> None:
        super().close()
        for worker in self.workers:
            worker.gone(within_s=PATIENCE_S)


class DbosRig(Rig):
    """The real engine on a prepared database; every worker is a process."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self._dbos = DbosQueue(url)
        super().__init__(folder, self._dbos, Database(url))

    def _make_worker(self, name: str, slots: int) -> Worker:
        worker = Forked(work, self.url, name, slots, self.script.folder)
        assert worker.said == "ready", worker.said
        return worker

    def close(self) -> None:
        super().close()
        self._dbos.close()


class Forked:
    """A process of `tests.fakes.job_worker`.

    It is forked from one that has imported the engine, which takes two seconds.
    """

    def __init__(self, target: Callable[..., None], *arguments: object) -> None:
        processes = _processes()
        self._ours, theirs = processes.Pipe()
        self._process = processes.Process(target=target, args=(*arguments, theirs), daemon=True)
        self._process.start()
        theirs.close()
        assert self._ours.poll(PATIENCE_S), "it does not start"
        self.said = self._ours.recv()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()
        self._close()

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def stop(self, *, grace_s: float) -> None:
        self._ours.send(grace_s)
        assert self.gone(within_s=grace_s + PATIENCE_S), "it does not stop"
        self._close()

    def gone(self, *, within_s: float) -> bool:
        self._process.join(within_s)
        return self.exit_code is not None

    def _close(self) -> None:
        assert self.gone(within_s=PATIENCE_S)
        self._ours.close()


@cache
def _processes() -> ForkServerContext:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["pytest", "tests.fakes.job_worker"])
    return processes


def sqlite_template(folder: Path) -> Path:
    """A prepared file, to copy for every test."""
    prepare(f"sqlite:///{folder}/template.db")
    return folder / "template.db"


def sqlite_copy(template: Path, folder: Path) -> str:
    shutil.copy(template, folder / "assay.db")
    return f"sqlite:///{folder}/assay.db"


def postgres_template(server_url: str) -> str:
    """A prepared database, to copy for every test."""
    url = _create(server_url, f"template_{uuid.uuid4().hex}", template="template0")
    prepare(url)
    return url


@contextmanager
def postgres_copy(template_url: str) -> Iterator[str]:
    template = make_url(template_url).database or ""
    url = _create(template_url, f"test_{uuid.uuid4().hex}", template=template)
    try:
        yield url
    finally:
        _run(template_url, f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')


def _create(beside_url: str, name: str, *, template: str) -> str:
    _run(beside_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return make_url(beside_url).set(database=name).render_as_string(hide_password=False)


def _run(beside_url: str, statement: str) -> None:
    address = make_url(beside_url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as server:
        server.execute(statement.encode())
