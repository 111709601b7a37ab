"""Writes untrusted files into a fresh directory, one directory handle at a time.

No path is ever opened by name below the destination: every step is relative to an open
directory and refuses links, so nothing already written can lead a later write astray.
"""

import hashlib
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_POINTER = b"version https://git-lfs"
_POINTER_BYTES = 1024


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was exported.

    Attributes:
        files: Number of files.
        bytes: Their sizes together.
        tree_sha256: Digest over (path, executable or not, digest of content), sorted.
        large_file_pointers: Files that only point to a large-file store; their contents
            were not submitted.
        commit: The exported commit, or None for a plain directory.
        uncommitted: Files of the work tree that differ from the commit or are not in it;
            they were NOT exported.
    """

    files: int
    bytes: int
    tree_sha256: str
    large_file_pointers: tuple[str, ...] = ()
    commit: str | None = None
    uncommitted: tuple[str, ...] = ()


def tree_digest(tree: Path) -> str:
    """What `ExportReport.tree_sha256` would be for a tree of our own plain files."""
    found = (path for path in tree.rglob("*") if path.is_file())
    return _digest(_entry(p.relative_to(tree).as_posix(), p.read_bytes(), _runs(p)) for p in found)


def _runs(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXUSR)


def _entry(path: str, content: bytes, executable: bool) -> tuple[str, bool, str]:
    return path, executable, hashlib.sha256(content).hexdigest()


def _digest(entries: Iterable[tuple[str, bool, str]]) -> str:
    digest = hashlib.sha256()
    for path, executable, content in sorted(entries):
        digest.update(f"{path}\0{'755' if executable else '644'}\0{content}\n".encode())
    return digest.hexdigest()


@dataclass(slots=True)
class TreeWriter:
    """Writes files below a directory that exists and is empty."""

    destination: Path
    _root: int = -1
    _bytes: int = 0
    _entries: list[tuple[str, bool, str]] = field(default_factory=list)
    _pointers: list[str] = field(default_factory=list)

    def __enter__(self) -> "TreeWriter":
        """Open the destination, made if missing.

        Raises:
            FileExistsError: it is not empty.
        """
        self.destination.mkdir(parents=True, exist_ok=True)
        if any(self.destination.iterdir()):
            raise FileExistsError(f"{self.destination} is not empty")
        self._root = os.open(self.destination, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the destination."""
        os.close(self._root)

    def write(self, path: str, content: bytes, *, executable: bool) -> None:
        """Write one file; its name has been judged by `tree_names`."""
        *folders, name = path.split("/")
        folder = self._open_folder(folders)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            handle = os.open(name, flags, 0o755 if executable else 0o644, dir_fd=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
        finally:
            if folder != self._root:
                os.close(folder)
        self._count(path, content, executable)

    def report(
        self, *, commit: str | None = None, uncommitted: tuple[str, ...] = ()
    ) -> ExportReport:
        """What was written so far."""
        return ExportReport(
            files=len(self._entries),
            bytes=self._bytes,
            tree_sha256=_digest(self._entries),
            large_file_pointers=tuple(self._pointers),
            commit=commit,
            uncommitted=uncommitted,
        )

    def _count(self, path: str, content: bytes, executable: bool) -> None:
        self._entries.append(_entry(path, content, executable))
        self._bytes += len(content)
        if len(content) < _POINTER_BYTES and content.startswith(_POINTER):
            self._pointers.append(path)

    def _open_folder(self, folders: list[str]) -> int:
        current = self._root
        for name in folders:
            with suppress(FileExistsError):
                os.mkdir(name, 0o755, dir_fd=current)
            deeper = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=current)
            if current != self._root:
                os.close(current)
            current = deeper
        return current
