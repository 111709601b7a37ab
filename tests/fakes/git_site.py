"""A git server that really listens, and the real git client of a candidate."""

import base64
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tests.fakes.git_gate import REPOSITORY, TOKEN

from assay.adapters.repositories import Repositories
from assay.web.git.gate import PushGate
from assay.web.git.limits import GitLimits
from assay.web.git.server import GitApp, WithGit

PAGE = "http://assay.test/candidate"
START_S = 20.0


def page(_: Request) -> PlainTextResponse:
    return PlainTextResponse("a page")


def make_app(home: Path, gate: PushGate, limits: GitLimits | None = None) -> WithGit:
    """The git server in front of a web application of one page."""
    web = Starlette(routes=[Route("/page", page)])
    return WithGit(web, GitApp(home, gate, page_url=PAGE, limits=limits))


@dataclass(frozen=True)
class Site:
    """A server that listens."""

    app: WithGit
    port: int

    @property
    def repositories(self) -> Repositories:
        return self.app.git.repositories

    def git_processes(self) -> list[str]:
        """Whatever of git is at work for this server, orphans included."""
        root = f"GIT_PROJECT_ROOT={self.repositories.root.resolve()}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                if root in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(entry.name)
        return found

    def authorization(self, token: str) -> str:
        """The header a client sends."""
        return "Basic " + base64.b64encode(f"candidate:{token}".encode()).decode()

    def url(self, repository: str = REPOSITORY, token: str = TOKEN) -> str:
        return f"http://candidate:{token}@127.0.0.1:{self.port}/git/{repository}.git"


@contextmanager
def serving(app: WithGit) -> Iterator[Site]:
    """Serve on a free port until the block ends."""
    config = uvicorn.Config(app, lifespan="on", log_level="warning", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_for(lambda: server.started, START_S)
            yield Site(app, listener.getsockname()[1])
        finally:
            app.git.wind_down()
            server.should_exit = True
            thread.join()


def wait_for(true: Callable[[], bool], seconds: float) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"did not come true within {seconds:.0f} s")
        time.sleep(0.02)


def make_starter(directory: Path, files: Mapping[str, str] | None = None) -> Path:
    """A tree as a challenge's starter is: plain files."""
    given = files or {
        "Dockerfile": "FROM python\n",
        ".gitignore": "data/\n",
        "data/rows.csv": "a,b\n1,2\n",
        "app/main.py": "print('hello')\n",
    }
    for name, content in given.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return directory


@dataclass
class Clone:
    """A candidate's work tree; commits and pushes by the real client.

    Attributes:
        before: Words before each command, such as `nice`.
    """

    path: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()

    @classmethod
    def of(cls, url: str, base: Path, name: str = "work", *words: str) -> "Clone":
        base.mkdir(parents=True, exist_ok=True)
        clone = cls(base / name, base)
        done = clone.git("clone", "--quiet", *words, url, str(clone.path), cwd=base)
        assert done.returncode == 0, done.stderr
        return clone

    def git(
        self, *words: str, cwd: Path | None = None, given: bytes | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.before, "git", *words],
            cwd=cwd or self.path,
            env=self.variables(),
            input=None if given is None else given.decode("latin1"),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def said(self, *words: str) -> str:
        """What git prints, when it works."""
        done = self.git(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | bytes], subject: str = "Work") -> str:
        """Write files and commit everything; gives the commit."""
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.said("add", "--all", "--force")
        self.said("commit", "--quiet", "--allow-empty", "-m", subject)
        return self.said("rev-parse", "HEAD")

    def push(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.git("push", *(words or ("origin", "main")))

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """A client that runs in the background."""
        return subprocess.Popen(
            [*self.before, "git", *words],
            cwd=self.path,
            env=self.variables(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def variables(self) -> dict[str, str]:
        who = {"NAME": "Dana", "EMAIL": "dana@example.org"}
        people = {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in who.items()}
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            **people,
            **self.environment,
        }


def remote_lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What the server said: the text after "remote: "."""
    rows = done.stderr.replace("\r", "\n").splitlines()
    said = (row.removeprefix("remote: ").rstrip() for row in rows if row.startswith("remote: "))
    return [row for row in said if row]


def raw_push(old: str, new: str, packed: bytes) -> bytes:
    """The body of a push of main, as a client of the smart protocol writes it."""
    move = f"{old} {new} refs/heads/main\0 report-status side-band-64k agent=test".encode()
    return b"%04x" % (len(move) + 4) + move + b"0000" + packed
