"""The server may die at any moment: what git has accepted is recorded once it is back."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.git_gate import REPOSITORY, TOKEN, received_shas
from tests.fakes.git_site import Clone, make_starter, wait_for

from assay.adapters.push_ledger import LOG
from assay.adapters.repositories import Repositories

ROOT = Path(__file__).parents[2]
START_S = 30.0
KILLS = 10


class Server:
    """The git server as a process that can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://candidate:{TOKEN}@127.0.0.1:{self.port}/git/{REPOSITORY}.git"

    @property
    def received(self) -> list[str]:
        return received_shas(self.home / "received.jsonl")

    def start(self) -> None:
        words = ["-m", "tests.fakes.git_process", str(self.home), str(self.port)]
        self.process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL
        )
        wait_for(self.listens, START_S)

    def listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """The process alone: git's programs lose their server, as in an accident."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "home")
    repositories = Repositories(server.home / "repositories")
    repositories.create(REPOSITORY, make_starter(tmp_path / "starter"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def work(server: Server, tmp_path: Path) -> Clone:
    return Clone.of(server.url, tmp_path / "clones")


def test_a_server_that_died_before_it_recorded_a_push_does_so_when_it_is_back(
    server: Server, work: Clone
) -> None:
    (server.home / "trap").touch()
    commit = work.commit({"a.py": "1"})
    work.push()
    wait_for(lambda: server.process is not None and server.process.poll() is not None, START_S)
    assert server.received == []

    server.start()

    wait_for(lambda: server.received == [commit], START_S)


@pytest.mark.minutes
def test_a_server_killed_again_and_again_loses_nothing_and_records_nothing_twice(
    server: Server, work: Clone
) -> None:
    chance = random.Random(5)  # noqa: S311 - when to kill, not a secret
    head = Repositories(server.home / "repositories")
    for number in range(KILLS):
        work.commit({f"f{number}.bin": os.urandom(300_000)})
        client = work.start("push", "origin", "main")
        time.sleep(chance.uniform(0.02, 0.35))
        server.kill()
        client.communicate(timeout=60)
        server.start()
        wait_for(lambda: settled(server, head), START_S)
    wait_for(lambda: work.push().returncode == 0, START_S)

    wait_for(lambda: settled(server, head), START_S)
    first_parents = work.said("rev-list", "--reverse", "HEAD").splitlines()[1:]
    assert server.received[-1] == work.said("rev-parse", "HEAD")
    assert len(server.received) == len(set(server.received))
    assert [sha for sha in first_parents if sha in server.received] == server.received


def settled(server: Server, repositories: Repositories) -> bool:
    """Whether everything that git has accepted is recorded."""
    log = repositories.path(REPOSITORY) / LOG
    moves = log.read_text().splitlines() if log.exists() else []
    return {move.split()[1] for move in moves} <= set(server.received)
