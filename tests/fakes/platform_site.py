"""An installation as operators run it: real programs that die and are started again.

`Site` starts `assay up`, or `assay serve` and workers, each with a data directory of its own;
what `systemd` would do, its keeper does: a program that ended is started again a moment later.
Everything that runs for a site, however far down, names the site's directory in its environment.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from tests.fakes.git_site import Clone
from tests.fakes.ports import free_port
from tests.fakes.processes import processes
from tests.fakes.quick_challenge import APP, DOCKERFILE, write_quick_challenge
from tests.fakes.waiting import wait_until

from assay.bootstrap.demo import Sitting, sit
from assay.bootstrap.installation import Installation, opened
from assay.bootstrap.inviting import Wish
from assay.bootstrap.settings import read_settings
from assay_sandbox import watchdog

ROOT = Path(__file__).parents[2]
UP_S = 120.0
STOP_S = 60.0
LOOK_S = 0.05
RUNS_LOOK_S = 0.4
"""A watchdog outlives what it watches by more than this, so that no run is overlooked."""
WEB = "web"
KILLED = -signal.SIGKILL
ENOUGH_PRACTICE = 500
T = TypeVar("T")


@dataclass
class Program:
    """One program of the installation.

    Attributes:
        exits: How its processes ended so far.
        due_s: When it is started again; None as long as it runs.
    """

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    exits: list[int] = field(default_factory=list)
    due_s: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "assay.cli", *self.words],
                cwd=ROOT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self.due_s = None

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """This process alone, as the kernel does when memory is short."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int | None:
        """As an operator does; None if it did not obey and was killed."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(STOP_S)
        self.kill()
        return None


@dataclass
class Candidate:
    """Somebody with a clone who pushes good answers; each push is a commit of its own.

    Attributes:
        accepted: Commits whose push the client reported as done.
        finished: Whether they have pressed Finish, so that they push no more.
    """

    sitting: Sitting
    clone: Clone
    accepted: set[str] = field(default_factory=set)
    finished: bool = False
    client: "subprocess.Popen[str] | None" = None
    pushing: str = ""
    pushes: int = 0

    def commit(self, pack_bytes: int = 100) -> str:
        self.pushes += 1
        noise = {"notes.bin": os.urandom(pack_bytes)}
        return self.clone.commit({"Dockerfile": DOCKERFILE, "app.py": APP, **noise})

    def push(self, *options: str, pack_bytes: int = 100) -> "subprocess.Popen[str]":
        """Begin to push something new."""
        self.pushing = self.commit(pack_bytes)
        self.client = self.clone.start("push", *options, "origin", "main")
        return self.client

    def idle(self) -> bool:
        """Whether no client runs; what the last one reported is taken down."""
        if self.client is None:
            return True
        if self.client.poll() is None:
            return False
        if self.client.returncode == 0:
            self.accepted.add(self.pushing)
        self.hang_up()
        return True

    def leave(self) -> None:
        """Kill the client, with the programs it has started."""
        if self.client is not None and self.client.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.client.pid, signal.SIGKILL)
        self.hang_up()

    def hang_up(self) -> None:
        """Forget the client; a killed one may leave a lock in the clone."""
        if self.client is not None:
            self.client.communicate()
        self.client = None
        for lock in self.clone.path.glob(".git/**/*.lock"):
            lock.unlink(missing_ok=True)

    def press_finish(self) -> None:
        """Open the page by the invitation's link and press the button; whatever comes of it."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        url = self.sitting.page_url.rpartition("/a/")[0]
        pressed = urllib.request.Request(
            f"{url}/candidate/finish", data=b"", headers={"Origin": url}, method="POST"
        )
        with contextlib.suppress(OSError):
            opener.open(self.sitting.page_url, timeout=10).close()
            opener.open(pressed, timeout=10).close()

    def push_until_accepted(self, seconds: float) -> None:
        """Wait out whatever is being restarted."""
        self.leave()
        end_s = time.monotonic() + seconds
        commit = self.commit()
        while (done := self.clone.push("-o", "nowait", "origin", "main")).returncode:
            assert time.monotonic() < end_s, done.stderr
            time.sleep(0.5)
        self.accepted.add(commit)


class Site:
    """Programs, their keeper, and the database as seen from outside.

    Attributes:
        engines: Name of a program -> address of the engine it evaluates on, where that is not
            the machine's.
    """

    def __init__(self, root: Path, chance: random.Random, database_url: str = "") -> None:
        """Write the challenge; nothing is started. Without an address SQLite is used."""
        self.root, self.chance = root, chance
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database_url = database_url or f"sqlite:///{self.home(WEB)}/assay.db"
        self.programs: dict[str, Program] = {}
        self.runs: set[str] = set()
        self.engines: dict[str, str] = {}
        spec = write_quick_challenge(root / "challenges") / "challenge.toml"
        runs = f"practice_runs = {ENOUGH_PRACTICE}"
        spec.write_text(spec.read_text().replace("practice_runs = 5", runs))
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def home(self, name: str) -> Path:
        return self.root / "homes" / name

    def environment(self, name: str) -> dict[str, str]:
        own = {
            "ASSAY_HOME": str(self.home(name)),
            "ASSAY_DATABASE_URL": self.database_url,
            "ASSAY_PUBLIC_URL": self.url,
            "ASSAY_CHALLENGES": str(self.root / "challenges"),
            "ASSAY_WORKER_NAME": name,
            "ASSAY_SANDBOX": "docker",
            "ASSAY_ALLOW_UNPROVEN": "yes",
        }
        if name in self.engines:
            own["DOCKER_HOST"] = self.engines[name]
        theirs = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        return {**theirs, **own}

    def start(self, name: str, command: str) -> Program:
        """Start a program, and keep it."""
        words = [command] if command == "worker" else [command, "--port", str(self.port)]
        log = self.home(name) / "said.log"
        program = Program(name, words, self.environment(name), log)
        program.start()
        self.programs[name] = program
        if not self._keeper.is_alive():
            self._keeper.start()
        return program

    def abandon(self, name: str) -> Program:
        """Keep it no longer: once killed it stays dead."""
        return self.programs.pop(name)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def wait_until_it_answers(self) -> None:
        wait_until(self.answers, UP_S, "the pages do not answer")

    def processes(self) -> dict[int, str]:
        """Number -> words of whatever runs for this site."""
        return {pid: words for pid, words in processes() if is_of(self.root, pid)}

    def candidate(self, installation: Installation, number: int) -> Candidate:
        """Invite somebody, who starts and clones."""
        wish = Wish(f"dana{number}@example.org", "doubling", f"Dana {number}")
        sitting = sit(installation, wish)
        password = f"candidate:{sitting.token}@"
        url = sitting.clone_url.replace("candidate@", password, 1)
        return Candidate(sitting, Clone.of(url, self.root / "clones" / str(number)))

    def close(self) -> dict[str, int | None]:
        """Stop everything; name -> exit status."""
        self._over.set()
        if self._keeper.is_alive():
            self._keeper.join()
        return {name: program.stop() for name, program in self.programs.items()}

    def said(self) -> str:
        """The ends of all logs, for whoever looks into a failure."""
        logs = sorted(self.root.glob("homes/*/said.log"))
        return "\n".join(f"--- {p.parent.name}\n{p.read_text()[-3000:]}" for p in logs)

    def _keep(self) -> None:
        looked_s = 0.0
        while not self._over.wait(LOOK_S):
            for program in list(self.programs.values()):
                self._look_after(program)
            if time.monotonic() - looked_s > RUNS_LOOK_S:
                self._note_runs()
                looked_s = time.monotonic()

    def _look_after(self, program: Program) -> None:
        if program.alive or program.process is None:
            return
        if program.due_s is None:
            program.exits.append(program.process.returncode)
            program.due_s = time.monotonic() + self.chance.uniform(0.2, 2.0)
        elif time.monotonic() > program.due_s:
            program.start()

    def _note_runs(self) -> None:
        watchdogs = [(p, words) for p, words in processes() if watchdog.__name__ in words]
        self.runs |= {words.split()[-1] for pid, words in watchdogs if is_of(self.root, pid)}


@contextlib.contextmanager
def site_at(root: Path, seed: int, database_url: str = "") -> Iterator[tuple[Site, Installation]]:
    """A site and what is seen of it from outside; at the end it is stopped, whatever happened."""
    site = Site(root, random.Random(seed), database_url)  # noqa: S311 - when to harm, no secret
    try:
        with opened(read_settings(site.environment(WEB))) as installation:
            yield site, installation
    except BaseException:
        print(site.said())
        raise
    finally:
        site.close()


def seen(installation: Installation, look: Callable[[Session], T]) -> T:
    """What is in the database, waiting while it is away."""
    end_s = time.monotonic() + UP_S
    while True:
        try:
            with installation.database.read() as session:
                return look(session)
        except DBAPIError:
            assert time.monotonic() < end_s, "the database does not come back"
            time.sleep(0.1)


def is_of(root: Path, pid: int) -> bool:
    """Whether a process lives and was started for the site in that directory."""
    with contextlib.suppress(OSError):
        return f"{root}/".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    return False
