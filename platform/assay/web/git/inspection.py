"""Looks through a push that git holds in quarantine. Everything is bounded: it may be a bomb."""

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from assay.adapters.git_command import Git, GitTooSlow
from assay.adapters.repositories import QUARANTINE, START
from assay.kit.deadline import Deadline
from assay.web.git.gate import Access
from assay.web.git.rules import (
    FORCED,
    TOO_SLOW,
    TreeEntry,
    Update,
    could_be_pointer,
    entry_of,
    history_problem,
    most_entries,
    pointer_problem,
    protected_problem,
    tree_problems,
    update_problems,
)


def push_problems(
    git: Git, updates: Sequence[Update], access: Access, *, history_bytes: int, deadline: Deadline
) -> list[str]:
    """Everything for which a push is refused; empty if it is taken.

    Args:
        git: The repository, with the objects in quarantine.
        updates: What the push would move.
        access: The limits.
        history_bytes: Largest size of the repository with all it ever held.
        deadline: For all of it.

    Raises:
        PlatformFault: git failed.
    """
    problems = update_problems(updates)
    if problems or not updates:
        return problems
    try:
        return _commit_problems(git, updates[0], access, history_bytes, deadline)
    except GitTooSlow:
        return [TOO_SLOW]


def _commit_problems(
    git: Git, update: Update, access: Access, history_bytes: int, deadline: Deadline
) -> list[str]:
    if not git.agrees("merge-base", "--is-ancestor", update.old, update.new, deadline=deadline):
        return [FORCED]
    stored = stored_bytes(git.directory / "objects", git.variables["GIT_OBJECT_DIRECTORY"])
    if stored > history_bytes:
        return [history_problem(stored, history_bytes)]
    entries = _entries(git, update.new, most_entries(access), deadline)
    problems = tree_problems(entries, access)
    if len(entries) >= most_entries(access):
        return problems
    return [
        *problems,
        *_pointers(git, entries, deadline),
        *_protected(git, update.new, access.protected, deadline),
    ]


def _entries(git: Git, commit: str, most: int, deadline: Deadline) -> list[TreeEntry]:
    """The first entries of a tree; git is stopped at the limit, it might go on for years."""
    words = ("ls-tree", "-r", "-t", "-l", "-z", "--full-tree", commit)
    with closing(git.records(*words, deadline=deadline)) as records:
        return [entry_of(record) for record in itertools.islice(records, most)]


def _pointers(git: Git, entries: Sequence[TreeEntry], deadline: Deadline) -> Iterator[str]:
    small = [entry for entry in entries if could_be_pointer(entry)]
    asked = "".join(f"{entry.object_id}\n" for entry in small).encode()
    answer = git.output("cat-file", "--batch", deadline=deadline, given=asked)
    at = 0
    for entry in small:
        begin = answer.index(b"\n", at) + 1
        at = begin + entry.size + 1
        yield from pointer_problem(entry, answer[begin:at])


def _protected(git: Git, commit: str, paths: Sequence[str], deadline: Deadline) -> Iterator[str]:
    if not paths:
        return
    start = git.text("rev-parse", START, deadline=deadline)
    words = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", start, commit, "--")
    folders = (path.rstrip("/") for path in paths)
    changed = git.output(*words, *folders, deadline=deadline)
    for path in filter(None, changed.split(b"\0")):
        yield protected_problem(path, start)


def stored_bytes(objects: Path, quarantine: str) -> int:
    """Size of all objects, those of this push included and those of other, unfinished ones not."""
    total = 0
    for folder, folders, names in os.walk(objects):
        folders[:] = [
            inner
            for inner in folders
            if not inner.startswith(QUARANTINE) or str(Path(folder, inner)) == quarantine
        ]
        for name in names:
            with suppress(FileNotFoundError):  # another push may just have ended
                total += Path(folder, name).lstat().st_size
    return total
