"""Fifty candidates at once: parallel clones, parallel pushes, and the pages meanwhile.

The platform behind the git server is a stand-in that writes each push to SQLite; what is
measured is git, the hooks, and how long a page waits beside them.
"""

import os
import select
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

import uvicorn
from tests.benchmarks.table import publish
from tests.fakes.git_gate import make_access
from tests.fakes.git_site import Clone, make_app, wait_for

from assay.adapters.repositories import Repositories
from assay.web.git.gate import Access, Line, Push

CANDIDATES = int(os.environ.get("CANDIDATES", "50"))
STARTER = Path(os.environ.get("STARTER", "challenges/credit-scoring/reference"))
TOKEN = "asg_storm"
ELSEWHERE = ("nice", "-n", "19")
"""The work of the clients is done on other machines: here it waits for the server's."""
ROOT = Path(__file__).parents[2]
PAUSE_S = 0.02
PAGE_P95_MAX_MS = 200.0
FIRST_LINE_MAX_S = 1.0


@dataclass
class SqliteGate:
    """A platform that keeps pushes in a file, and whose evaluations end at once."""

    file: Path

    def __post_init__(self) -> None:
        with closing(self._connected()) as database, database:
            database.execute("create table if not exists push (id text primary key, bundle blob)")

    def access(self, repository: str, token: str) -> Access | None:
        return make_access(assessment_id=repository) if token == TOKEN else None

    def received(self, push: Push) -> str | None:
        with closing(self._connected()) as database, database:
            values = (f"{push.assessment_id} {push.new_sha}", push.bundle)
            database.execute("insert or ignore into push values (?, ?)", values)
        return f"evl_{push.new_sha[:8]}"

    def follow(self, repository: str, evaluation_id: str | None) -> Iterator[Line | None]:
        yield Line(f"queued as {evaluation_id}")

    def _connected(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.file, timeout=30)
        database.execute("pragma journal_mode=wal")
        return database


def watch(url: str) -> None:
    """Ask for a page until the input ends; print how many milliseconds each took.

    In a process of its own: one that has fifty clients to look after is late itself.
    """
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], PAUSE_S)[0]:
        began = time.perf_counter()
        with urllib.request.urlopen(url, timeout=30) as answer:
            answer.read()
        print((time.perf_counter() - began) * 1000)


@contextmanager
def watched(url: str, took_ms: list[float]) -> Iterator[None]:
    """Watch a page during the block; afterwards `took_ms` holds how long it took each time."""
    words = [sys.executable, "-m", "tests.benchmarks.git_storm", "watch", url]
    watcher = subprocess.Popen(words, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True)
    assert watcher.stdout is not None
    assert watcher.stdout.readline() == "ready\n"
    try:
        yield
    finally:
        printed, _ = watcher.communicate()
        took_ms += [float(line) for line in printed.splitlines()]


@dataclass(frozen=True)
class Storm:
    """What one storm did."""

    name: str
    seconds: list[float]
    failures: int
    wall_s: float
    page_ms: list[float]

    def row(self) -> list[str]:
        return [
            self.name,
            str(len(self.seconds)),
            str(self.failures),
            f"{self.wall_s:.1f}",
            f"{statistics.median(self.seconds):.2f}",
            f"{max(self.seconds):.2f}",
            f"{p95(self.page_ms):.0f}",
        ]


def p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def storm(name: str, page: str, act: Callable[[int], bool]) -> Storm:
    """Everybody at once."""

    def timed(number: int) -> tuple[float, bool]:
        began = time.perf_counter()
        worked = act(number)
        return time.perf_counter() - began, worked

    page_ms: list[float] = []
    with watched(page, page_ms), ThreadPoolExecutor(CANDIDATES) as pool:
        began = time.perf_counter()
        done = list(pool.map(timed, range(CANDIDATES)))
        wall_s = time.perf_counter() - began
    failures = sum(not worked for _, worked in done)
    return Storm(name, [s for s, _ in done], failures, wall_s, page_ms)


def first_line_s(work: Clone) -> float:
    """From the start of a push to the first word of the server, on an idle machine."""
    began = time.perf_counter()
    client = work.start("push", "origin", "main")
    assert client.stderr is not None
    while line := client.stderr.readline():
        if line.startswith("remote:"):
            break
    took = time.perf_counter() - began
    client.communicate()
    return took


def serve(home: Path, port: int) -> None:
    """The process that is measured."""
    app = make_app(home, SqliteGate(home / "pushes.db"))
    uvicorn.run(app, port=port, lifespan="on", log_level="warning", backlog=512)


@contextmanager
def server(home: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    words = ["-m", "tests.benchmarks.git_storm", "serve", str(home), str(port)]
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT)
    try:
        wait_for(lambda: listens(port), 30)
        yield port
    finally:
        process.terminate()
        process.wait()


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def main() -> int:
    base = Path(tempfile.mkdtemp(prefix="assay-storm-"))
    try:
        return measured(base)
    finally:
        shutil.rmtree(base)


def measured(base: Path) -> int:
    home = base / "home"
    repositories = Repositories(home / "repositories")
    names = [f"asm_{number:016d}" for number in range(CANDIDATES)]
    for name in names:
        repositories.create(name, ROOT / STARTER)
    with server(home) as port:
        page = f"http://127.0.0.1:{port}/page"
        urls = [f"http://candidate:{TOKEN}@127.0.0.1:{port}/git/{n}.git" for n in names]
        works = [Clone(base / f"w{n}", base, before=ELSEWHERE) for n in range(CANDIDATES)]
        clones = storm(f"{CANDIDATES} clones", page, lambda n: cloned(works[n], urls[n]))
        for work in works:
            work.commit({"more.py": "print(1)\n"})
        pushes = storm(f"{CANDIDATES} pushes", page, lambda n: works[n].push().returncode == 0)
        works[0].commit({"more.py": "print(2)\n"})
        first_s = first_line_s(works[0])
    with closing(sqlite3.connect(home / "pushes.db")) as database:
        ((recorded,),) = database.execute("select count(*) from push")
    header = ["storm", "clients", "failed", "wall s", "median s", "slowest s", "page p95 ms"]
    notes = [
        f"{recorded} of {CANDIDATES + 1} pushes recorded; first line of a single push after "
        f"{first_s:.2f} s; the clients run on the same machine, below the server's priority"
    ]
    publish("git_storm", header, [clones.row(), pushes.row()], notes)
    good = recorded == CANDIDATES + 1 and not clones.failures and not pushes.failures
    slow = max(p95(clones.page_ms), p95(pushes.page_ms)) > PAGE_P95_MAX_MS
    return 0 if good and not slow and first_s <= FIRST_LINE_MAX_S else 1


def cloned(work: Clone, url: str) -> bool:
    done = work.git("clone", "--quiet", url, str(work.path), cwd=work.home)
    return done.returncode == 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", home_, port_]:
            serve(Path(home_), int(port_))
        case ["watch", url_]:
            watch(url_)
        case _:
            sys.exit(main())
