"""Reads one commit of a repository nobody trusts, object by object.

Nothing is checked out: no hook, filter, attribute, submodule or link of the repository has
any effect. Only `ls-tree`, `cat-file`, `rev-parse` and `ls-files` run, none of which starts
a program the repository names.
"""

import os
import re
import resource
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MEMORY_BYTES = 2 * 1024**3
CHUNK_BYTES = 65_536
MAX_RECORD_BYTES = 1_000_000
BORROWING = ("commondir", "objects/info/alternates", "objects/info/http-alternates")
"""Files by which git reads objects of other repositories."""
_OBJECT_ID = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_ENVIRONMENT = {
    "PATH": os.defpath,
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # stronger than what the repository's own settings allow
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_SETTINGS = (
    "safe.directory=*",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.packedGitWindowSize=32m",
    "core.packedGitLimit=256m",
    "protocol.allow=never",
)


class GitTooSlow(Exception):
    """The deadline passed while git worked."""


class GitFailed(Exception):
    """Git could not read the repository."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree. `kind` is "blob", "tree" or "commit" (a submodule)."""

    mode: str
    kind: str
    object_id: str
    size: int
    path: bytes


def resolve_commit(git_dir: Path, name: str, end_s: float) -> str:
    """The object id of a commit given by id or name.

    Raises:
        GitFailed: there is no such commit.
    """
    words = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    found = b"".join(_output(git_dir, words, end_s)).strip()
    if not _OBJECT_ID.fullmatch(found):
        raise GitFailed(f"there is no commit {name[:60]!r}")
    return found.decode()


def repository_of(work_tree: Path, end_s: float) -> Path | None:
    """The git directory of a work tree whose top is `work_tree`, or None.

    Raises:
        GitFailed: the repository reaches for objects outside of `work_tree`.
    """
    git_dir = work_tree / ".git"
    if not os.path.lexists(git_dir):
        return None
    refuse_borrowed(git_dir)
    try:
        b"".join(_output(git_dir, ["rev-parse", "--absolute-git-dir"], end_s))
    except GitFailed:
        return None
    return git_dir.absolute()


def refuse_borrowed(git_dir: Path) -> None:
    """Let nobody submit what lies in another repository of this machine.

    Raises:
        GitFailed: the directory is a pointer to another, or takes objects from one.
    """
    if git_dir.is_symlink() or not git_dir.is_dir():
        raise GitFailed(f"{git_dir.name} points to another place; clone the repository instead")
    linked = [name for name in ("HEAD", "objects", "refs") if (git_dir / name).is_symlink()]
    borrowed = [name for name in BORROWING if os.path.lexists(git_dir / name)]
    if linked or borrowed:
        raise GitFailed(
            f"{git_dir.name}/{(linked + borrowed)[0]} takes objects from another repository; "
            "clone it with --no-local --dissociate"
        )


def untracked_files(git_dir: Path, work_tree: Path, end_s: float) -> Iterator[bytes]:
    """Files of the work tree that git neither knows nor ignores."""
    words = [f"--work-tree={work_tree}", "ls-files", "--others", "--exclude-standard", "-z"]
    yield from _records(_output(git_dir, words, end_s, directory=work_tree))


def tree_entries(git_dir: Path, commit: str, end_s: float) -> Iterator[Entry]:
    """Every directory and file of a commit, as git walks; stop iterating to stop git."""
    words = ["ls-tree", "-r", "-t", "-z", "-l", "--full-tree", commit]
    for record in _records(_output(git_dir, words, end_s)):
        described, _, path = record.partition(b"\t")
        mode, kind, object_id, size = described.decode("ascii").split()
        yield Entry(mode, kind, object_id, int(size) if size.isdigit() else 0, path)


@contextmanager
def blob_reader(git_dir: Path, end_s: float) -> Iterator["BlobReader"]:
    """Reads contents of blobs, one git process for all."""
    with _git(git_dir, ["cat-file", "--batch"]) as process:
        yield BlobReader(process, end_s)


class BlobReader:
    """Gives the content of one blob after the other."""

    def __init__(self, process: "subprocess.Popen[bytes]", end_s: float) -> None:
        self._process = process
        self._end_s = end_s
        self._pending = b""

    def read(self, entry: Entry) -> bytes:
        """The content of a blob whose size is known.

        Raises:
            GitFailed: the repository is damaged.
            GitTooSlow: the deadline passed.
        """
        request, answer = _pipes(self._process)
        try:
            request.write(entry.object_id.encode() + b"\n")
            request.flush()
        except BrokenPipeError as error:
            raise GitFailed("git ended early") from error
        expected = f"{entry.object_id} blob {entry.size}\n".encode()
        if self._take(answer, len(expected)) != expected:
            raise GitFailed(f"the object {entry.object_id} is missing or damaged")
        return self._take(answer, entry.size + 1)[:-1]

    def _take(self, answer: IO[bytes], size: int) -> bytes:
        parts, have = [self._pending], len(self._pending)
        while have < size:
            chunk = _chunk(answer, self._end_s)
            if not chunk:
                raise GitFailed("git ended early")
            parts.append(chunk)
            have += len(chunk)
        whole = b"".join(parts)
        self._pending = whole[size:]
        return whole[:size]


def _output(
    git_dir: Path, words: list[str], end_s: float, *, directory: Path | None = None
) -> Iterator[bytes]:
    with _git(git_dir, words, directory) as process:
        _, answer = _pipes(process)
        while chunk := _chunk(answer, end_s):
            yield chunk
        if process.wait() != 0:
            raise GitFailed(f"git {words[0]} failed")


@contextmanager
def _git(
    git_dir: Path, words: list[str], directory: Path | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    process = subprocess.Popen(
        ["git", f"--git-dir={git_dir}", *settings, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        cwd=directory,
    )
    try:
        resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in _pipes(process):
            with suppress(BrokenPipeError):
                pipe.close()


def _pipes(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("git was started without pipes")
    return process.stdin, process.stdout


def _chunk(answer: IO[bytes], end_s: float) -> bytes:
    left_s = end_s - time.monotonic()
    ready, _, _ = select.select([answer], [], [], max(left_s, 0))
    if not ready or left_s <= 0:
        raise GitTooSlow
    return os.read(answer.fileno(), CHUNK_BYTES)


def _records(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *records, rest = (rest + chunk).split(b"\0")
        yield from records
        if len(rest) > MAX_RECORD_BYTES:
            raise GitFailed("a name is too long")
