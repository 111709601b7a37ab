"""Runs git on repositories that strangers write to: no foreign settings, every call bounded."""

import os
import resource
import select
import subprocess
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from assay.domain.errors import PlatformFault
from assay.kit.deadline import Deadline

MEMORY_BYTES = 2 * 1024**3
CHUNK_BYTES = 65_536
MAX_RECORD_BYTES = 1_000_000
NICENESS = 10
"""Pages go before pushes: fifty of them start five hundred commands."""
NO = 1
"""Exit code of a git command that was asked a question and says no."""

_AUTHOR = ("Assay", "assay@invalid")
_ENVIRONMENT = {
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_AUTHOR_NAME": _AUTHOR[0],
    "GIT_AUTHOR_EMAIL": _AUTHOR[1],
    "GIT_COMMITTER_NAME": _AUTHOR[0],
    "GIT_COMMITTER_EMAIL": _AUTHOR[1],
}
_SETTINGS = (
    "safe.directory=*",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.bigFileThreshold=16m",
    "gc.auto=0",
    "pack.threads=1",
)


class GitFailed(PlatformFault):
    """Git could not do what it was told."""


class GitTooSlow(GitFailed):
    """The deadline passed while git worked."""


@dataclass(frozen=True, slots=True)
class Git:
    """Git's commands on one repository.

    Attributes:
        directory: The bare repository.
        variables: More of the environment, such as where objects in quarantine lie.
        work_tree: Directory that `add` reads, if there is one.
    """

    directory: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    work_tree: Path | None = None

    def output(self, *words: str, deadline: Deadline, given: bytes = b"") -> bytes:
        """What a command prints.

        Raises:
            GitFailed: it ended with an error.
            GitTooSlow: it did not end in time.
        """
        done = self._run(words, deadline, given)
        if done.returncode:
            raise GitFailed(f"git {words[0]} failed: {_last_line(done)}")
        return done.stdout

    def text(self, *words: str, deadline: Deadline) -> str:
        """What a command prints, as text without the last line's end; raises as `output` does."""
        return self.output(*words, deadline=deadline).decode("utf-8", "replace").strip()

    def agrees(self, *words: str, deadline: Deadline) -> bool:
        """Whether a command that answers by its exit code says yes; raises as `output` does."""
        done = self._run(words, deadline, b"")
        if done.returncode not in (0, NO):
            raise GitFailed(f"git {words[0]} failed: {_last_line(done)}")
        return done.returncode == 0

    def records(self, *words: str, deadline: Deadline) -> Generator[bytes, None, None]:
        """What a command prints, NUL after NUL, while it works; stop iterating to stop it.

        Raises:
            GitFailed: it ended with an error.
            GitTooSlow: it did not end in time.
        """
        rest = b""
        with self._started(words) as process:
            while chunk := _chunk(process, words[0], deadline):
                *records, rest = (rest + chunk).split(b"\0")
                yield from records
                if len(rest) > MAX_RECORD_BYTES:
                    raise GitFailed(f"git {words[0]}: a name is too long")
            if process.wait() != 0:
                raise GitFailed(f"git {words[0]} failed")

    def _run(
        self, words: tuple[str, ...], deadline: Deadline, given: bytes
    ) -> subprocess.CompletedProcess[bytes]:
        with self._start(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                said, complained = process.communicate(given, deadline.remaining_s())
            except subprocess.TimeoutExpired as error:
                raise GitTooSlow(f"git {words[0]} did not end in time") from error
            finally:
                process.kill()  # no harm to one that has ended and was waited for
        return subprocess.CompletedProcess(words, process.returncode, said, complained)

    def _start(
        self, words: tuple[str, ...], *, stdin: int, stderr: int
    ) -> "subprocess.Popen[bytes]":
        try:
            process = subprocess.Popen(
                self._command(words),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=self._environment(),
                cwd=self.work_tree,
            )
        except FileNotFoundError as error:
            raise GitFailed("git is not installed", remedy="install git 2.38+") from error
        with suppress(OSError):  # it has ended already
            niceness = max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0))
            os.setpriority(os.PRIO_PROCESS, process.pid, niceness)
        return process

    @contextmanager
    def _started(self, words: tuple[str, ...]) -> Iterator["subprocess.Popen[bytes]"]:
        process = self._start(words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with suppress(ProcessLookupError):
                resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            yield process
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def _command(self, words: tuple[str, ...]) -> list[str]:
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        tree = [f"--work-tree={self.work_tree}"] if self.work_tree else []
        return ["git", f"--git-dir={self.directory}", *tree, *settings, *words]

    def _environment(self) -> dict[str, str]:
        path = os.environ.get("PATH", os.defpath)
        return {"PATH": path, **_ENVIRONMENT, **self.variables}


def _chunk(process: "subprocess.Popen[bytes]", name: str, deadline: Deadline) -> bytes:
    if process.stdout is None:
        raise RuntimeError("git was started without a pipe")
    ready, _, _ = select.select([process.stdout], [], [], deadline.remaining_s())
    if not ready:
        raise GitTooSlow(f"git {name} did not end in time")
    return os.read(process.stdout.fileno(), CHUNK_BYTES)


def _last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else f"exit code {done.returncode}"
