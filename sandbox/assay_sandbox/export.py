"""The submitted tree as plain files, or the reasons why not, in words for the candidate.

Everything that could be refused is found before the first byte is written, and all of it is
reported at once. Sizes are read from the objects' headers: a small repository that unpacks
to a large tree is refused without unpacking it.
"""

import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from assay_sandbox.git_objects import (
    Entry,
    GitFailed,
    GitTooSlow,
    blob_reader,
    refuse_borrowed,
    repository_of,
    resolve_commit,
    tree_entries,
    untracked_files,
)
from assay_sandbox.tree_names import MAX_DEPTH, Namespace, name_problem, shown
from assay_sandbox.tree_writer import ExportReport, TreeWriter, tree_digest

__all__ = [
    "ExportLimits",
    "ExportRefused",
    "ExportReport",
    "export_commit",
    "export_directory",
    "tree_digest",
]

MIB = 1024 * 1024
MAX_PROBLEMS = 20
_LINK = "120000"
_EXECUTABLE = "100755"


@dataclass(frozen=True, slots=True)
class ExportLimits:
    """What a tree may hold.

    Attributes:
        files: Number of files; twice as many entries, directories included.
        total_bytes: Sizes of all files together.
        file_bytes: Size of any one file.
    """

    files: int = 2000
    total_bytes: int = 50 * MIB
    file_bytes: int = 20 * MIB


class ExportRefused(Exception):
    """The tree cannot be accepted. `problems` are sentences for the candidate."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(self.problems))


@dataclass(slots=True)
class _Judge:
    """Judges entries one by one; stops the walk when one more would be pointless."""

    limits: ExportLimits
    problems: list[str] = field(default_factory=list)
    names: Namespace = field(default_factory=Namespace)
    entries: int = 0
    files: int = 0
    total_bytes: int = 0

    def count_entry(self) -> None:
        self.entries += 1
        if self.entries > 2 * self.limits.files:
            self._stop(f"there are more than {2 * self.limits.files} files and directories")

    def file(self, path: bytes, size: int) -> None:
        problem = name_problem(path)
        if problem is None:
            problem = self.names.collision(path.decode())
        if problem is not None:
            self.add(problem)
        self.files += 1
        self.total_bytes += size
        if size > self.limits.file_bytes:
            self.add(
                f"{shown(path)} has {_mib(size)}; a file may have {_mib(self.limits.file_bytes)}"
            )
        if self.files > self.limits.files:
            self._stop(f"there are more than {self.limits.files} files")
        if self.total_bytes > self.limits.total_bytes:
            self._stop(f"the files have more than {_mib(self.limits.total_bytes)} together")

    def add(self, problem: str) -> None:
        self.problems.append(problem)
        if len(self.problems) >= MAX_PROBLEMS:
            self._stop("and more: only the first problems are listed")

    def _stop(self, problem: str) -> None:
        raise ExportRefused([*self.problems, problem])

    def verdict(self) -> None:
        if self.problems:
            raise ExportRefused(self.problems)


def export_commit(
    git_dir: Path,
    commit: str,
    destination: Path,
    limits: ExportLimits | None = None,
    deadline_s: float = 30.0,
) -> ExportReport:
    """Write the files of one commit into an empty directory.

    Args:
        git_dir: The repository (`.git`, or a bare one).
        commit: Object id, or a name such as "HEAD".
        destination: Directory to fill; made if missing.
        limits: What the tree may hold.
        deadline_s: Seconds for everything.

    Raises:
        ExportRefused: the tree cannot be accepted.
    """
    end_s = time.monotonic() + deadline_s
    with _refusals(deadline_s):
        refuse_borrowed(git_dir)
        commit_id = resolve_commit(git_dir, commit, end_s)
        entries = _judged(git_dir, commit_id, limits or ExportLimits(), end_s)
        return _written(git_dir, commit_id, entries, destination, end_s)


def export_directory(
    path: Path,
    destination: Path,
    limits: ExportLimits | None = None,
    deadline_s: float = 30.0,
) -> ExportReport:
    """Write the files of a directory into an empty one: HEAD's if it is a git work tree.

    The report's `uncommitted` names what a work tree holds beyond HEAD, and was left out.

    Raises:
        ExportRefused: the tree cannot be accepted.
    """
    end_s = time.monotonic() + deadline_s
    limits = limits or ExportLimits()
    with _refusals(deadline_s):
        git_dir = repository_of(path, end_s)
        if git_dir is None:
            return _copied(path, destination, limits, end_s)
        commit_id = resolve_commit(git_dir, "HEAD", end_s)
        entries = _judged(git_dir, commit_id, limits, end_s)
        uncommitted = tuple(_uncommitted(git_dir, path, entries, end_s))
        return _written(git_dir, commit_id, entries, destination, end_s, uncommitted)


@contextmanager
def _refusals(deadline_s: float) -> Iterator[None]:
    try:
        yield
    except GitTooSlow:
        raise ExportRefused(
            [f"the tree could not be read within {deadline_s:.0f} s; it is far too large"]
        ) from None
    except GitFailed as error:
        raise ExportRefused([f"the repository cannot be read: {error}"]) from error


def _judged(git_dir: Path, commit: str, limits: ExportLimits, end_s: float) -> list[Entry]:
    """The blobs of a commit, all found acceptable."""
    judge, blobs = _Judge(limits), []
    for entry in tree_entries(git_dir, commit, end_s):
        judge.count_entry()
        if entry.kind == "tree":
            _check_depth(judge, entry.path)
            continue
        judge.file(entry.path, entry.size)
        if entry.kind == "commit":
            judge.add(f"{shown(entry.path)} is a submodule; commit its files instead")
        elif entry.mode == _LINK:
            judge.add(f"{shown(entry.path)} is a symbolic link; commit the file itself")
        blobs.append(entry)
    judge.verdict()
    return blobs


def _check_depth(judge: _Judge, path: bytes) -> None:
    """Directories alone can be nested without end; their files would never be reached."""
    if path.count(b"/") >= MAX_DEPTH:
        judge.add(f"{shown(path)} is more than {MAX_DEPTH} directories deep")


def _written(
    git_dir: Path,
    commit: str,
    entries: list[Entry],
    destination: Path,
    end_s: float,
    uncommitted: tuple[str, ...] = (),
) -> ExportReport:
    with TreeWriter(destination) as writer, blob_reader(git_dir, end_s) as reader:
        for entry in entries:
            content = reader.read(entry)
            writer.write(entry.path.decode(), content, executable=entry.mode == _EXECUTABLE)
        return writer.report(commit=commit, uncommitted=uncommitted)


def _uncommitted(
    git_dir: Path, work_tree: Path, entries: list[Entry], end_s: float
) -> Iterator[str]:
    """Names of what the commit lacks. `git status` would run filters the tree names."""
    for entry in entries:
        if time.monotonic() > end_s:
            raise GitTooSlow
        if not _is_as_committed(work_tree / os.fsdecode(entry.path), entry):
            yield entry.path.decode()
    for path in untracked_files(git_dir, work_tree, end_s):
        yield path.decode("utf-8", "backslashreplace")


def _is_as_committed(path: Path, entry: Entry) -> bool:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size != entry.size:
            return False
        content = path.read_bytes()
    except OSError:
        return False
    kind = hashlib.sha256 if len(entry.object_id) > 40 else hashlib.sha1
    return kind(f"blob {len(content)}\0".encode() + content).hexdigest() == entry.object_id


# ---------------------------------------------------------------------- plain directories


@dataclass(frozen=True, slots=True)
class _Plain:
    """One file of a plain directory: its path, and what was seen of it when it was judged."""

    path: str
    status: os.stat_result


def _copied(path: Path, destination: Path, limits: ExportLimits, end_s: float) -> ExportReport:
    if not path.is_dir():
        raise ExportRefused([f"{path} is not a directory"])
    files = _judged_files(path, limits, end_s)
    with TreeWriter(destination) as writer:
        for file in files:
            if time.monotonic() > end_s:
                raise GitTooSlow
            executable = bool(file.status.st_mode & stat.S_IXUSR)
            writer.write(file.path, _content(path / file.path, file), executable=executable)
        return writer.report()


def _judged_files(top: Path, limits: ExportLimits, end_s: float) -> list[_Plain]:
    judge, files = _Judge(limits), []
    for path, status in _walk(top):
        if time.monotonic() > end_s:
            raise GitTooSlow
        judge.count_entry()
        if stat.S_ISDIR(status.st_mode):
            _check_depth(judge, os.fsencode(path))
            continue
        judge.file(os.fsencode(path), status.st_size)
        if stat.S_ISLNK(status.st_mode):
            judge.add(f"{shown(path)} is a symbolic link; put the file itself there")
        elif not stat.S_ISREG(status.st_mode):
            judge.add(f"{shown(path)} is not a plain file")
        files.append(_Plain(path, status))
    judge.verdict()
    return files


def _walk(top: Path, below: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """Every entry in order of names, links not followed."""
    with os.scandir(top / below) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        path = f"{below}/{entry.name}" if below else entry.name
        yield path, entry.stat(follow_symlinks=False)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(top, path)


def _content(path: Path, file: _Plain) -> bytes:
    """The file that was judged, not one put in its place meanwhile."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as opened:
        status = os.fstat(handle)
        if not os.path.samestat(status, file.status) or status.st_size != file.status.st_size:
            raise ExportRefused([f"{shown(file.path)} changed while it was read"])
        return opened.read(file.status.st_size)


def _mib(size: int) -> str:
    return f"{size / MIB:.1f} MiB"
