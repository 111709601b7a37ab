"""Fifty candidates at once: parallel clones, parallel pushes, all of them watching, and the pages.

The platform is the real one: `assay serve` on SQLite with fifty sittings of a real challenge, and
no worker, so that every push waits in the queue. The pages are those of a candidate and of the
hiring team.
"""

import itertools
import os
import secrets
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE

from sqlmodel import func
from sqlmodel import select as choose
from tests.benchmarks.table import publish, seconds
from tests.fakes.git_site import Clone, wait_for

from assay.auth.sessions import admit, sign_in
from assay.bootstrap.demo import Sitting, sit
from assay.bootstrap.installation import Installation, opened
from assay.bootstrap.inviting import Wish
from assay.bootstrap.settings import read_settings
from assay.db.tables import Evaluation, Submission, User
from assay.kit.clock import utc_now

CANDIDATES = int(os.environ.get("CANDIDATES", "50"))
CHALLENGE = os.environ.get("CHALLENGE", "credit-scoring")
LATER = '{ echo 19 > /proc/self/autogroup; } 2> /dev/null; exec nice -n 19 "$@"'
ELSEWHERE = ("/bin/sh", "-c", LATER, "later")
"""The work of the clients is done on other machines: here it waits for the server's. Niceness is
between processes of one session, and autogroups are between sessions (`sched(7)`)."""
ROOT = Path(__file__).parents[2]
PAUSE_S = 0.02
WATCH_S = seconds(10.0)
PAGE_P95_MAX_MS = 200.0
FIRST_LINE_MAX_S = 1.0
QUEUED = "[queue]"


# --------------------------------------------------------------------------------------- pages


def watch(visits: list[str]) -> None:
    """Ask for pages in turn until the input ends; print how many milliseconds each took.

    The first look at each does not count: it connects to the database. In a process of its own:
    one that has fifty clients to look after is late itself.

    Args:
        visits: Address and cookie of each, with a space between.
    """
    asked = [urllib.request.Request(url, headers={"Cookie": c}) for url, c in map(split, visits)]
    for one in asked:
        look(one)
    print("ready", flush=True)
    for one in itertools.cycle(asked):
        if select.select([sys.stdin], [], [], PAUSE_S)[0]:
            return
        print(look(one))


def look(page: urllib.request.Request) -> float:
    """Milliseconds it took."""
    began = time.perf_counter()
    with urllib.request.urlopen(page, timeout=30) as answer:
        answer.read()
    return (time.perf_counter() - began) * 1000


def split(visit: str) -> tuple[str, str]:
    url, _, cookie = visit.partition(" ")
    return url, cookie


@contextmanager
def watched(visits: list[str], took_ms: list[float]) -> Iterator[None]:
    """Look at pages during the block; afterwards `took_ms` holds how long each took."""
    words = [sys.executable, "-m", "tests.benchmarks.git_storm", "watch", *visits]
    watcher = subprocess.Popen(
        words, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True, start_new_session=True
    )
    assert watcher.stdout is not None
    assert watcher.stdout.readline() == "ready\n"
    try:
        yield
    finally:
        printed, _ = watcher.communicate()
        took_ms += [float(line) for line in printed.splitlines()]


def visits_of(installation: Installation, sitting: Sitting) -> list[str]:
    """The page of a candidate and the list of the team, with what lets a browser in."""
    url, now = installation.settings.public_url, utc_now()
    with installation.database.write() as session:
        candidate = admit(session, sitting.assessment_id, now)
        owner = sign_in(session, session.exec(choose(User.id)).first() or "", now)
    return [
        f"{url}/candidate assay_candidate={candidate}",
        f"{url}/hiring assay_team={owner}",
    ]


# -------------------------------------------------------------------------------------- storms


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
            f"{statistics.median(self.page_ms):.0f}",
            f"{p95(self.page_ms):.0f}",
        ]


def p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def storm(name: str, visits: list[str], act: Callable[[int], bool]) -> Storm:
    """Everybody at once."""

    def timed(number: int) -> tuple[float, bool]:
        began = time.perf_counter()
        worked = act(number)
        return time.perf_counter() - began, worked

    page_ms: list[float] = []
    with watched(visits, page_ms), ThreadPoolExecutor(CANDIDATES) as pool:
        began = time.perf_counter()
        done = list(pool.map(timed, range(CANDIDATES)))
        wall_s = time.perf_counter() - began
    failures = sum(not worked for _, worked in done)
    return Storm(name, [s for s, _ in done], failures, wall_s, page_ms)


@dataclass
class Pusher:
    """A candidate's clone, and the client that pushes from it."""

    clone: Clone
    url: str
    client: "subprocess.Popen[str] | None" = None
    said: list[str] = field(default_factory=list)

    def cloned(self) -> bool:
        done = self.clone.git("clone", "--quiet", self.url, str(self.clone.path), cwd=ROOT)
        return done.returncode == 0

    def pushed(self) -> bool:
        """Push until the place in the queue is told; the client goes on watching."""
        self.client = self.clone.start("push", "origin", "main")
        assert self.client.stderr is not None
        while line := self.client.stderr.readline():
            self.said.append(line)
            if QUEUED in line:
                return True
        return False

    def left(self) -> None:
        """The client is killed, with the programs it has started."""
        if self.client is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.client.pid, signal.SIGKILL)
            self.client.communicate()


def first_line_s(clone: Clone) -> float:
    """From the start of a push to the first word of the server, on an idle machine."""
    began = time.perf_counter()
    client = clone.start("push", "-o", "nowait", "origin", "main")
    assert client.stderr is not None
    while line := client.stderr.readline():
        if line.startswith("remote:"):
            break
    took = time.perf_counter() - began
    client.communicate()
    return took


# ---------------------------------------------------------------------------------- the platform


@contextmanager
def server(environment: dict[str, str], port: int, command: str = "serve") -> Iterator[None]:
    """The process that is measured."""
    words = [sys.executable, "-m", "assay.cli", command, "--port", str(port)]
    with Path(environment["ASSAY_HOME"], "said.log").open("wb") as said:
        process = subprocess.Popen(
            words,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        wait_for(lambda: listens(port), 60)
        yield
    finally:
        process.terminate()
        process.wait()


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def environment_of(base: Path, port: int, challenge: str) -> dict[str, str]:
    """Of an installation in a directory, with a challenge that nobody changes meanwhile."""
    shutil.copytree(ROOT / "challenges" / challenge, base / "challenges" / challenge)
    return {
        "ASSAY_HOME": str(base / "home"),
        "ASSAY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ASSAY_CHALLENGES": str(base / "challenges"),
        "ASSAY_SECRET_KEY": secrets.token_hex(32),
        "ASSAY_ALLOW_UNPROVEN": "yes",
    }


def main() -> int:
    base, port = Path(tempfile.mkdtemp(prefix="assay-storm-")), free_port()
    environment = environment_of(base, port, CHALLENGE)
    try:
        with opened(read_settings(environment)) as installation:
            return measured(installation, environment, base, port)
    finally:
        shutil.rmtree(base)


def measured(installation: Installation, environment: dict[str, str], base: Path, port: int) -> int:
    sittings = [
        sit(installation, Wish(f"dana{n}@example.org", CHALLENGE, f"Dana {n}"))
        for n in range(CANDIDATES)
    ]
    people = [
        Pusher(Clone(base / f"w{n}", base, before=ELSEWHERE), with_token(sitting))
        for n, sitting in enumerate(sittings)
    ]
    with server(environment, port):
        visits = visits_of(installation, sittings[0])
        storms = [storm(f"{CANDIDATES} clones", visits, lambda n: people[n].cloned())]
        for one in people:
            one.clone.commit({"more.py": "print(1)\n"})
        storms.append(storm(f"{CANDIDATES} pushes", visits, lambda n: people[n].pushed()))
        storms.append(storm(f"{CANDIDATES} watch", visits, lambda n: stayed(people[n])))
        for one in people:
            one.left()
        people[0].clone.commit({"more.py": "print(2)\n"})
        time.sleep(2)
        first_s = first_line_s(people[0].clone)
    return judged(installation, storms, first_s)


def stayed(one: Pusher) -> bool:
    time.sleep(WATCH_S)
    return one.client is not None and one.client.poll() is None


def with_token(sitting: Sitting) -> str:
    return sitting.clone_url.replace("candidate@", f"candidate:{sitting.token}@", 1)


def judged(installation: Installation, storms: list[Storm], first_s: float) -> int:
    with installation.database.read() as session:
        pushes = session.exec(choose(func.count()).select_from(Submission)).one()
        queued = session.exec(choose(func.count()).select_from(Evaluation)).one()
    header = [
        "storm", "clients", "failed", "wall s", "median s", "slowest s", "page p50 ms",
        "page p95 ms",
    ]  # fmt: skip
    notes = [
        f"{pushes} of {CANDIDATES + 1} pushes recorded, {queued} with an evaluation; first line of "
        f"a single push after {first_s:.2f} s. The clients run on the same machine, below the "
        "server's priority."
    ]
    publish("git_storm", header, [each.row() for each in storms], notes)
    good = pushes == queued == CANDIDATES + 1 and not any(each.failures for each in storms)
    slow = max(p95(each.page_ms) for each in storms) > PAGE_P95_MAX_MS
    return 0 if good and not slow and first_s <= FIRST_LINE_MAX_S else 1


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["watch", *visits_]:
            watch(visits_)
        case _:
            sys.exit(main())
