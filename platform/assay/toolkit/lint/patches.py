"""A unified diff as data: which files it touches, what it adds, on which line it says so."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ABSENT = "/dev/null"
SYMLINK, SUBMODULE = "120000", "160000"

_HEADER = re.compile(r"^diff --git a/(?P<old>.+) b/(?P<new>.+)$")
_OLD = re.compile(r"^--- (?:a/)?(?P<name>[^\t\n]+)")
_NEW = re.compile(r"^\+\+\+ (?:b/)?(?P<name>[^\t\n]+)")
_MODE = re.compile(r"^(?:new file mode|new mode|deleted file mode|old mode) (?P<mode>\d{6})$")
_HUNK = re.compile(r"^@@ -\d+(?:,(?P<old>\d+))? \+\d+(?:,(?P<new>\d+))? @@")


@dataclass(slots=True)
class PatchedFile:
    """One file of a patch. Line numbers are those of the patch.

    Attributes:
        name: Path within the tree.
        line: Where the patch begins to speak of it.
        modes: File modes it names.
        added: Added lines, by their number.
        removed: How many lines it takes away.
        creates, deletes: Whether the file is only there after it, or before.
        binary: Whether the content is not told.
    """

    name: str
    line: int
    modes: list[str]
    added: list[tuple[int, str]]
    removed: int = 0
    creates: bool = False
    deletes: bool = False
    binary: bool = False


def read_patch(path: Path) -> tuple[PatchedFile, ...]:
    """The files of a patch; () for one that is none. Whether it applies is git's to say."""
    return tuple(_Reader(patch_lines(path)).files())


def patch_lines(path: Path) -> list[str]:
    """As git counts them: a form feed, or whatever else Unicode takes for an end, is within one."""
    text = path.read_bytes().decode(errors="replace")
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


class _Reader:
    """Walks the lines of a patch; inside a hunk nothing is a header."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0
        self._file: PatchedFile | None = None

    def files(self) -> Iterator[PatchedFile]:
        while self._at < len(self._lines):
            before = self._file
            self._header(self._lines[self._at])
            if before is not None and before is not self._file:
                yield before
            self._at += 1
        if self._file is not None:
            yield self._file

    def _header(self, line: str) -> None:
        if found := _HEADER.match(line):
            self._file = self._begun(found["new"])
        elif found := _OLD.match(line):
            self._old(found["name"])
        elif self._file is None:
            return
        elif found := _NEW.match(line):
            self._new(self._file, found["name"])
        elif found := _MODE.match(line):
            self._file.modes.append(found["mode"])
        elif found := _HUNK.match(line):
            self._hunk(self._file, int(found["old"] or 1), int(found["new"] or 1))
        elif line.startswith(("Binary files", "GIT binary patch")):
            self._file.binary = True

    def _begun(self, name: str) -> PatchedFile:
        return PatchedFile(name, self._at + 1, [], [])

    def _old(self, name: str) -> None:
        """`---` begins a file unless `diff --git` did; a patch may have no such line."""
        fresh = self._file is None or self._file.added or self._file.removed
        if fresh or self._file is None:
            self._file = self._begun(name)
        self._file.creates = name == ABSENT

    def _new(self, file: PatchedFile, name: str) -> None:
        file.deletes = name == ABSENT
        if not file.deletes:
            file.name = name

    def _hunk(self, file: PatchedFile, old: int, new: int) -> None:
        while (old > 0 or new > 0) and self._at + 1 < len(self._lines):
            self._at += 1
            sign, text = self._lines[self._at][:1], self._lines[self._at][1:]
            if sign == "+":
                file.added.append((self._at + 1, text))
            file.removed += sign == "-"
            old -= sign in ("-", " ", "")
            new -= sign in ("+", " ", "")
