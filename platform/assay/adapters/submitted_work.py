"""What a candidate did, out of the git bundle of a push: the `WorkReader` of `scorecards`.

The history begins with the commit "Start" that we made; against its tree everything is compared.
Renames are shown as a file that went and one that came: what was moved is then seen whole.
"""

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from assay.adapters.bundle import unpack
from assay.adapters.git_command import Git
from assay.domain.errors import PlatformFault
from assay.features.scorecards.changes import (
    COMMITS_MAX,
    FILE_BYTES_MAX,
    FILES_MAX,
    VERSION,
    ChangedFile,
    Changes,
    Commit,
    Status,
    Work,
    bounded,
)
from assay.kit.deadline import Deadline
from assay.kit.text import storable

SCRATCH = "assay-work-"
"""How the temporary directory begins in which a submission is unpacked."""
READ_S = 60.0
ALL_BYTES_MAX = 4_000_000
"""Of all files that are read: more is no work of a few hours."""
SUBJECT_LENGTH = 200
LATEST_S = 253_402_300_799
"""The end of the year 9999: clocks of candidates may say anything."""
STATUS: dict[str, Status] = {"A": "added", "D": "deleted"}
REGULAR = ("100644", "100755")
"""Modes of files; a link or a submodule is named, not shown."""

_SHORTSTAT = re.compile(r"(\d+) (files?|insertions?|deletions?)")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A changed file as git lists it; an id of zeros is no file."""

    path: str
    status: Status
    old: str
    new: str
    regular: bool


class BundledWork:
    """See `WorkReader`."""

    def read(self, bundle: bytes, commit: str) -> Work:
        """See `WorkReader.read`."""
        deadline = Deadline.after(READ_S)
        with tempfile.TemporaryDirectory(prefix=SCRATCH) as scratch:
            packed, repository = Path(scratch, "bundle"), Path(scratch, "repository.git")
            packed.write_bytes(bundle)
            unpack(packed, commit, repository, deadline)
            return _Reading(Git(repository), commit, deadline).work()


def forget_scratch(older_s: float) -> int:
    """Remove what readers left who were killed; how many submissions it was."""
    found = Path(tempfile.gettempdir()).glob(f"{SCRATCH}*")
    left = [path for path in found if _is_left(path, time.time() - older_s)]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def _is_left(path: Path, before_s: float) -> bool:
    """Whether it is an old directory of our own: others make what they like beside it."""
    with suppress(FileNotFoundError):
        about = path.lstat()
        ours = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()
        return ours and about.st_mtime < before_s
    return False


class _Reading:
    """One submission, unpacked."""

    def __init__(self, git: Git, commit: str, deadline: Deadline) -> None:
        self._git, self._commit, self._deadline = git, commit, deadline
        self._start = self._first()

    def work(self) -> Work:
        entries = self._entries()
        sizes = self._sizes([one.old for one in entries] + [one.new for one in entries])
        shown = _within(entries, sizes)
        counts, patches = self._counts(), self._patches(shown)
        files = [_file(one, counts, patches, sizes) for one in entries[:FILES_MAX]]
        commits, earlier = self._commits()
        changes = Changes(
            VERSION, bounded(files), max(0, len(entries) - FILES_MAX), commits, earlier
        )
        return Work(changes, self._texts(_new(shown)), self._texts(self._handed_out()))

    def _first(self) -> str:
        """The commit that we made: of several roots the one that the main line comes from."""
        line = self._text("rev-list", "--first-parent", self._commit, "--").split()
        roots = set(self._text("rev-list", "--max-parents=0", self._commit, "--").split())
        return next((sha for sha in reversed(line) if sha in roots), line[-1])

    def _entries(self) -> list[_Entry]:
        words = ("diff", "--raw", "-z", "--no-abbrev", "--no-renames", self._start, self._commit)
        told = _named(self._output(*words, "--"))
        return [_entry(head, path) for head, path in zip(told[::2], told[1::2], strict=False)]

    def _counts(self) -> dict[str, tuple[int | None, int | None]]:
        """Path -> lines added and removed; None of binary files."""
        words = ("diff", "--numstat", "-z", "--no-renames", self._start, self._commit, "--")
        lines = _named(self._output(*words))
        found = (line.split("\t", 2) for line in lines if line.count("\t") >= 2)
        return {path: (_number(added), _number(removed)) for added, removed, path in found}

    def _patches(self, shown: Sequence[_Entry]) -> dict[str, str]:
        """Path -> hunks, in the order in which git tells them: that of the paths."""
        if not shown:
            return {}
        words = ("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "-U3",
                 "--src-prefix=a/", "--dst-prefix=b/", self._start, self._commit, "--")  # fmt: skip
        told = self._output(*words, *(one.path for one in shown)).decode("utf-8", "replace")
        parts = re.split(r"^diff --git .*\n", told, flags=re.MULTILINE)[1:]
        return {one.path: _hunks(part) for one, part in zip(shown, parts, strict=False)}

    def _sizes(self, ids: Iterable[str]) -> dict[str, int]:
        """Blob -> bytes; without those that are none."""
        wanted = sorted({sha for sha in ids if sha.strip("0")})
        told = self._given("cat-file", ["--batch-check=%(objectname) %(objecttype) %(objectsize)"],
                           wanted).decode().splitlines()  # fmt: skip
        rows = (line.split() for line in told)
        return {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[1] == "blob"}

    def _handed_out(self) -> dict[str, str]:
        """Path -> blob of every file of the starter that is small enough."""
        told = _named(self._output("ls-tree", "-r", "-z", "-l", self._start, "--"))
        found, left = {}, ALL_BYTES_MAX
        for head, _, path in (line.partition("\t") for line in told if line):
            mode, _, sha, size = head.split()
            if mode in REGULAR and int(size) <= min(FILE_BYTES_MAX, left):
                found[path], left = sha, left - int(size)
        return found

    def _texts(self, blobs: dict[str, str]) -> dict[str, str]:
        """Path -> text, of the blobs that are text."""
        wanted = sorted(set(blobs.values()))
        contents = _contents(self._given("cat-file", ["--batch"], wanted))
        found = {path: contents.get(sha, b"") for path, sha in blobs.items()}
        return {
            storable(path): content.decode("utf-8", "replace")
            for path, content in found.items()
            if b"\0" not in content
        }

    def _commits(self) -> tuple[list[Commit], int]:
        """The latest, the oldest first; and how many were before them."""
        span = f"{self._start}..{self._commit}"
        every = int(self._text("rev-list", "--count", span, "--"))
        words = ("log", f"--max-count={COMMITS_MAX}", span)
        told = self._output(*words, "-z", "--format=%H%x1f%ct%x1f%s", "--").decode(
            "utf-8", "replace"
        )
        sizes = _shortstats(self._text(*words, "--format=commit %H", "--shortstat", "--"))
        found = [_commit(line, sizes) for line in told.split("\0") if line.strip()]
        return list(reversed(found)), max(0, every - len(found))

    def _output(self, *words: str) -> bytes:
        return self._git.output(*words, deadline=self._deadline)

    def _text(self, *words: str) -> str:
        return self._git.text(*words, deadline=self._deadline)

    def _given(self, word: str, options: Sequence[str], lines: Sequence[str]) -> bytes:
        if not lines:
            return b""
        given = "".join(f"{line}\n" for line in lines).encode()
        return self._git.output(word, *options, deadline=self._deadline, given=given)


def _named(told: bytes) -> list[str]:
    """What stands between NULs; a path that is no UTF-8 stays one that git knows."""
    return told.decode("utf-8", "surrogateescape").split("\0")


def _entry(head: str, path: str) -> _Entry:
    old_mode, new_mode, old, new, status = head.lstrip(":").split()
    modes = {mode for mode in (old_mode, new_mode) if mode.strip("0")}
    return _Entry(path, STATUS.get(status[:1], "changed"), old, new, modes <= set(REGULAR))


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _within(entries: Sequence[_Entry], sizes: dict[str, int]) -> list[_Entry]:
    """Those that are small enough to be shown, until there is enough."""
    found, left = [], ALL_BYTES_MAX
    for one in entries[:FILES_MAX]:
        both = [sizes.get(one.old, 0), sizes.get(one.new, 0)]
        if one.regular and max(both) <= FILE_BYTES_MAX and sum(both) <= left:
            found.append(one)
            left -= sum(both)
    return found


def _new(entries: Iterable[_Entry]) -> dict[str, str]:
    return {one.path: one.new for one in entries if one.status != "deleted"}


def _file(
    one: _Entry,
    counts: dict[str, tuple[int | None, int | None]],
    patches: dict[str, str],
    sizes: dict[str, int],
) -> ChangedFile:
    added, removed = counts.get(one.path, (None, None))
    patch = patches.get(one.path, "")
    found = ChangedFile(storable(one.path), one.status, added, removed, storable(patch))
    return replace(found, left_out=_why_left_out(one, found, sizes))


def _why_left_out(one: _Entry, found: ChangedFile, sizes: dict[str, int]) -> str:
    largest = max(sizes.get(one.old, 0), sizes.get(one.new, 0))
    if not one.regular:
        return "not shown: it is a link or a submodule"
    if found.added is None:
        return f"not shown: it is binary, {largest:,} bytes"
    if largest > FILE_BYTES_MAX:
        return f"not shown: it has {largest:,} bytes"
    return "" if found.patch or not (found.added or found.removed) else "not shown: there is a lot"


def _hunks(part: str) -> str:
    """From the first hunk on; what git says of names and modes before it is told elsewhere."""
    at = re.search(r"^@@ ", part, flags=re.MULTILINE)
    return part[at.start() :].rstrip("\n") if at else ""


def _contents(told: bytes) -> dict[str, bytes]:
    """Blob -> bytes, as `cat-file --batch` prints them."""
    found, at = {}, 0
    while at < len(told):
        end = told.index(b"\n", at)
        words = told[at:end].split()
        if len(words) != 3:
            raise PlatformFault("git does not know an object that it named itself")
        size = int(words[2])
        found[words[0].decode()] = told[end + 1 : end + 1 + size]
        at = end + size + 2
    return found


def _commit(line: str, sizes: dict[str, dict[str, int]]) -> Commit:
    sha, seconds, subject = line.strip("\n").split("\x1f", 2)
    size = sizes.get(sha, {})
    return Commit(
        sha=sha,
        at=datetime.fromtimestamp(min(int(seconds), LATEST_S), UTC),
        subject=storable(subject)[:SUBJECT_LENGTH],
        files=size.get("file", 0),
        added=size.get("insertion", 0),
        removed=size.get("deletion", 0),
    )


def _shortstats(told: str) -> dict[str, dict[str, int]]:
    """Commit -> word -> count, from lines of ours and of git alone."""
    found: dict[str, dict[str, int]] = {}
    sha = ""
    for line in told.splitlines():
        if line.startswith("commit "):
            sha = line.removeprefix("commit ")
        elif line.strip():
            found[sha] = {word.rstrip("s"): int(n) for n, word in _SHORTSTAT.findall(line)}
    return found
