"""What a candidate changed: files against the starter, line by line, and the commits on the way.

Read once from the bundle of a submission and kept beside it as `changes.json`, so that a page
asks git for nothing. Bounded: what is left out is named.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pydantic import TypeAdapter, ValidationError

CHANGES_FILE = "changes.json"
VERSION, UNREADABLE = 1, 0
"""Of the form; and what stands for a submission that could not be read."""

FILES_MAX, COMMITS_MAX = 400, 500
FILE_BYTES_MAX = 200_000
"""A larger file is named, not shown."""
PATCH_CHARS_MAX, PATCHES_CHARS_MAX = 60_000, 600_000
PATCH_LINES_MAX, PATCHES_LINES_MAX = 2_000, 10_000
"""Of one file, and of all together: a page that nobody could load helps nobody."""
LINE_CHARS_MAX = 400

Status = Literal["added", "changed", "deleted"]


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file.

    Attributes:
        added, removed: Lines; None of a binary file.
        patch: Hunks as git writes them, "" if it is not shown.
        left_out: Why not all of it is shown, in words; "" if it is.
    """

    path: str
    status: Status
    added: int | None
    removed: int | None
    patch: str
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; when it was made is what the candidate's clock said. Authors are never kept."""

    sha: str
    at: datetime
    subject: str
    files: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Changes:
    """All of it.

    Attributes:
        files: In the order of their paths.
        files_left_out: How many more there are.
        commits: The oldest first, of the latest; `commits_left_out` were before them.
    """

    version: int
    files: Sequence[ChangedFile]
    files_left_out: int
    commits: Sequence[Commit]
    commits_left_out: int

    @property
    def added(self) -> int:
        """Lines in all files."""
        return sum(one.added or 0 for one in self.files)

    @property
    def removed(self) -> int:
        """Lines in all files."""
        return sum(one.removed or 0 for one in self.files)


@dataclass(frozen=True, slots=True)
class Work:
    """What was read of a submission: for showing, and for comparing with others.

    Attributes:
        own: Path -> text of the files that the candidate added or changed.
        starter: Path -> text of the files that were handed out.
    """

    changes: Changes
    own: Mapping[str, str]
    starter: Mapping[str, str]


class WorkReader(Protocol):
    """Reads what a candidate did. Text files only, within the limits above."""

    def read(self, bundle: bytes, commit: str) -> Work:
        """The work up to a commit.

        Args:
            bundle: A `git bundle` with all of the commit's history.
            commit: Its full object id.

        Raises:
            PlatformFault: the bundle does not hold it, or git failed.
        """


_FORM: TypeAdapter[Changes] = TypeAdapter(Changes)


def changes_json(changes: Changes) -> bytes:
    """As a file."""
    return _FORM.dump_json(changes)


def read_changes(stored: bytes) -> Changes | None:
    """What was kept; None if it is of another version."""
    try:
        found = _FORM.validate_json(stored)
    except ValidationError:
        return None
    return found if found.version in (VERSION, UNREADABLE) else None


@dataclass(frozen=True, slots=True)
class PatchLine:
    """A line of a diff. `old` and `new`: its numbers, None where it has none."""

    kind: Literal["same", "added", "removed", "hunk", "note"]
    old: int | None
    new: int | None
    text: str


_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)")


def lines_of(patch: str) -> Iterator[PatchLine]:
    """The lines of a patch with their numbers; nothing in them can be more than text."""
    old = new = 0
    for line in patch.split("\n"):
        sign, text = line[:1], _cut(line[1:])
        if found := _HUNK.match(line):
            old, new = int(found[1]), int(found[2])
            yield PatchLine("hunk", None, None, _cut(line))
        elif sign == "+":
            yield PatchLine("added", None, new, text)
            new += 1
        elif sign == "-":
            yield PatchLine("removed", old, None, text)
            old += 1
        elif sign == " ":
            yield PatchLine("same", old, new, text)
            old, new = old + 1, new + 1
        elif line:
            yield PatchLine("note", None, None, _cut(line.lstrip("\\ ")))


def _cut(text: str) -> str:
    return text if len(text) <= LINE_CHARS_MAX else f"{text[:LINE_CHARS_MAX]}…"


def bounded(files: Sequence[ChangedFile]) -> list[ChangedFile]:
    """The files with patches no longer than a page can hold."""
    found, characters, lines = [], PATCHES_CHARS_MAX, PATCHES_LINES_MAX
    for one in files:
        shown = _shortened(one, min(PATCH_CHARS_MAX, characters), min(PATCH_LINES_MAX, lines))
        characters -= len(shown.patch)
        lines -= len(shown.patch.split("\n")) if shown.patch else 0
        found.append(shown)
    return found


def _shortened(one: ChangedFile, characters_max: int, lines_max: int) -> ChangedFile:
    head = "\n".join(one.patch.split("\n")[:lines_max])
    if len(head) > characters_max:
        head = head[:characters_max].rpartition("\n")[0]
    if head == one.patch:
        return one
    told = "only its beginning is shown: it is long" if head else (
        "not shown: what comes before it is long enough for one page")  # fmt: skip
    return ChangedFile(one.path, one.status, one.added, one.removed, head, told)
