"""The bare repositories of assessments: made from a tree, handed to workers as bundles, removed.

`<root>/<assessment id>.git`, one branch `main` that begins with one commit "Start". That
commit stays reachable under a name no client sees, so that changes can be told from it.
"""

import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from assay.adapters.git_command import Git
from assay.adapters.push_ledger import Move, PushLedger
from assay.kit.deadline import Deadline
from assay.kit.text import storable

BRANCH = "refs/heads/main"
START = "refs/internal/start"
GIT_S = 60.0
"""Limit of one git command on a repository whose size is limited: only a sick disk reaches it."""
REF_LOCK_S = 10.0
"""A branch is locked for milliseconds; an older lock belongs to a process that was killed."""
LEFTOVER_S = 3600.0
"""Objects of a push are in quarantine for minutes at most."""
SUBJECT_LENGTH = 200
DOOMED = ".deleted-"
"""How the name of a repository begins that is being removed."""
QUARANTINE = "tmp_objdir-incoming-"
"""How git names the directory of a push that is not taken yet."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Described:
    """What is told of a push: its tree, its message, and what it added to the repository."""

    tree_sha: str
    subject: str
    pack_bytes: int


class Repositories:
    """All of them, in one directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, assessment_id: str) -> Path:
        """Where a repository is or would be."""
        if not _NAME.fullmatch(assessment_id):
            raise ValueError(f"{assessment_id!r} cannot be the name of a repository")
        return self.root / f"{assessment_id}.git"

    def names(self, *, older_s: float = 0.0) -> list[str]:
        """The assessments that have one, made at least so long ago."""
        if not self.root.is_dir():
            return []
        old = (p for p in self.root.glob("*.git") if not older_s or _is_older(p, older_s))
        return sorted(path.stem for path in old if _NAME.fullmatch(path.stem))

    def create(self, assessment_id: str, tree: Path) -> str:
        """Make a repository of a directory of plain files; one that is there is kept.

        Returns:
            Its first commit.

        Raises:
            PlatformFault: git failed.
        """
        path = self.path(assessment_id)
        if not path.exists():
            self._make(path, lambda fresh: _fill(fresh, tree))
        return Git(path).text("rev-parse", START, deadline=Deadline.after(GIT_S))

    def restore(self, assessment_id: str, bundle: bytes) -> None:
        """Make a repository of a bundle, with every push in it recorded; one that is there is kept.

        Raises:
            PlatformFault: git failed.
        """
        path = self.path(assessment_id)
        if not path.exists():
            self._make(path, lambda fresh: _fill_from(fresh, bundle))

    def delete(self, assessment_id: str) -> None:
        """Remove a repository with everything in it. No error if there is none."""
        path = self.path(assessment_id)
        doomed = self.root / f"{DOOMED}{secrets.token_hex(8)}"
        with suppress(FileNotFoundError):
            path.rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)

    def finish_deleting(self) -> int:
        """Remove what is left of repositories whose removal was cut off; how many there were."""
        doomed = list(self.root.glob(f"{DOOMED}*"))
        for path in doomed:
            shutil.rmtree(path, ignore_errors=True)
        return len(doomed)

    def head(self, assessment_id: str) -> str:
        """The commit that the branch is at.

        Raises:
            PlatformFault: there is no such repository, or git failed.
        """
        git = Git(self.path(assessment_id))
        return git.text("rev-parse", "--verify", BRANCH, deadline=Deadline.after(GIT_S))

    def described(self, assessment_id: str, move: Move) -> Described:
        """What is told of a push; raises as `head` does."""
        git, deadline = Git(self.path(assessment_id)), Deadline.after(GIT_S)
        told = git.text("log", "-1", "--format=%T %s", move.new, "--", deadline=deadline)
        tree, _, subject = told.partition(" ")
        words = ("rev-list", "--objects", "--disk-usage", move.new, f"^{move.old}")
        size = int(git.text(*words, deadline=deadline))
        return Described(tree, storable(subject)[:SUBJECT_LENGTH], size)

    def bundle(self, assessment_id: str, commit: str) -> bytes:
        """One commit with its history, as the branch `main` of a `git bundle`.

        Raises:
            PlatformFault: there is no such commit, or git failed.
        """
        with _seen_from(self.path(assessment_id), commit) as view:
            words = ("bundle", "create", "--quiet", "-", "HEAD", "main")
            return Git(view).output(*words, deadline=Deadline.after(GIT_S))

    def ledger(self, assessment_id: str) -> PushLedger:
        """Which pushes were accepted, and which recorded."""
        return PushLedger(self.path(assessment_id))

    def unlock(self, assessment_id: str) -> None:
        """Take away the locks of a branch, and of HEAD with it, whose owner was killed."""
        for name in (BRANCH, "HEAD"):
            lock = self.path(assessment_id) / f"{name}.lock"
            if _is_older(lock, REF_LOCK_S):
                lock.unlink(missing_ok=True)

    def sweep(self, assessment_id: str) -> None:
        """Remove what pushes left behind that were killed."""
        self.unlock(assessment_id)
        for left in (self.path(assessment_id) / "objects").glob(f"{QUARANTINE}*"):
            if _is_older(left, LEFTOVER_S):
                shutil.rmtree(left, ignore_errors=True)

    def _make(self, path: Path, fill: Callable[[Path], None]) -> None:
        """Under another name first: no client ever meets half a repository."""
        fresh = self.root / f".new-{secrets.token_hex(8)}"
        fresh.mkdir(parents=True)
        try:
            fill(fresh)
            fresh.rename(path)
        except OSError:
            if not path.is_dir():  # else somebody made it meanwhile, of the same
                raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _fill(directory: Path, tree: Path) -> None:
    """A repository with one commit that holds all of a tree, whatever its .gitignore says."""
    git, deadline = _empty(directory), Deadline.after(GIT_S)
    adding = Git(directory, work_tree=tree.resolve())
    adding.output("add", "--all", "--force", ".", deadline=deadline)
    tree_sha = git.text("write-tree", deadline=deadline)
    commit = git.text("commit-tree", tree_sha, "-m", "Start", deadline=deadline)
    for name in (BRANCH, START):
        git.output("update-ref", name, commit, deadline=deadline)
    git.output("repack", "-a", "-d", "--quiet", deadline=deadline)
    (directory / "index").unlink()
    PushLedger(directory).mark(commit)


def _fill_from(directory: Path, bundle: bytes) -> None:
    """A repository with the branch of a bundle."""
    git, deadline, file = _empty(directory), Deadline.after(GIT_S), directory / "bundle"
    file.write_bytes(bundle)
    words = ("fetch", "--quiet", "--no-write-fetch-head", str(file), f"{BRANCH}:{BRANCH}")
    git.output(*words, deadline=deadline)
    file.unlink()
    first = git.text("rev-list", "--max-parents=0", BRANCH, deadline=deadline).split()[-1]
    git.output("update-ref", START, first, deadline=deadline)
    PushLedger(directory).mark(git.text("rev-parse", BRANCH, deadline=deadline))


def _empty(directory: Path) -> Git:
    git = Git(directory)
    words = ("init", "--quiet", "--bare", "--initial-branch=main", "--template=")
    git.output(*words, deadline=Deadline.after(GIT_S))
    return git


@contextmanager
def _seen_from(repository: Path, commit: str) -> Iterator[Path]:
    """A repository that has the same objects and whose branch is at the given commit."""
    with tempfile.TemporaryDirectory(prefix="assay-bundle-") as name:
        view = Path(name)
        (view / "objects" / "info").mkdir(parents=True)
        (view / "refs" / "heads").mkdir(parents=True)
        borrowed = repository.resolve() / "objects"
        (view / "objects" / "info" / "alternates").write_text(f"{borrowed}\n")
        (view / "HEAD").write_text(f"ref: {BRANCH}\n")
        (view / BRANCH).write_text(f"{commit}\n")
        yield view


def _is_older(path: Path, seconds: float) -> bool:
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime > seconds
    return False
