"""Apply patches to a tree and merge them three ways, in a repository that is thrown away.

Each patch becomes a commit on top of the same base, so that patches made apart from each
other merge as branches do. Nothing is checked out until the end, and no history is left.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assay.domain.errors import BadInput, PlatformFault, Problem
from assay.toolkit.files import LEFTOVERS

GIT_S = 60.0
"""Limit of one git command; trees are small, so this is only ever reached by a sick disk."""

_NOBODY = "nobody"
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": _NOBODY,
    "GIT_AUTHOR_EMAIL": _NOBODY,
    "GIT_COMMITTER_NAME": _NOBODY,
    "GIT_COMMITTER_EMAIL": _NOBODY,
    "LC_ALL": "C",
}


class ThrowawayRepository:
    """A bare repository with one base commit and whatever is merged onto it."""

    def __init__(self, directory: Path, base: Path) -> None:
        """Make a repository of a tree; what the tree's .gitignore names is left out."""
        self._directory = directory
        self._git("init", "--quiet", "--bare", ".")
        (directory / "info").mkdir(exist_ok=True)
        (directory / "info" / "exclude").write_text("\n".join([*sorted(LEFTOVERS), "*.pyc\n"]))
        self._git("add", "--all", ".", work_tree=base)
        self.base = self._commit(self._git("write-tree"), parents=())

    def patched(self, patch: Path) -> str:
        """The base with one patch on it, as a commit.

        Raises:
            BadInput: the patch does not apply to the base.
        """
        self._git("read-tree", self.base)
        done = self._run("apply", "--cached", "--whitespace=nowarn", str(patch.resolve()))
        if done.returncode:
            told = f"does not apply to the reference: {_last(done)}; {_remedy(patch)}"
            raise BadInput(Problem(told, str(patch)))
        return self._commit(self._git("write-tree"), parents=(self.base,))

    def merged(self, ours: str, theirs: str) -> str | None:
        """Both commits merged, as a commit; None if they conflict."""
        done = self._run("merge-tree", "--write-tree", "--no-messages", ours, theirs)
        if done.returncode == 1:
            return None
        tree = self._checked(done)
        return self._commit(tree, parents=(ours, theirs))

    def conflicting_files(self, ours: str, theirs: str) -> list[str]:
        """Files in which two commits conflict."""
        done = self._run("merge-tree", "--write-tree", "--no-messages", "--name-only", ours, theirs)
        return done.stdout.split("\n")[1:-1]

    def names(self, commit: str) -> list[str]:
        """Paths of all files of a commit."""
        listing = self._git("ls-tree", "-r", "-z", "--name-only", commit)
        return [name for name in listing.split("\0") if name]

    def write(self, commit: str, destination: Path) -> None:
        """Write a commit's tree into a directory; files that are in the way are replaced."""
        self._git("read-tree", commit)
        self._git("checkout-index", "--all", "--force", work_tree=destination)

    def difference(self, tree: Path) -> str:
        """What a directory changes against the base, as a patch; "" if nothing."""
        self._git("read-tree", self.base)
        self._git("add", "--all", ".", work_tree=tree)
        done = self._run("diff", "--cached", "--binary", "--no-renames", "--no-color", self.base)
        self._checked(done)
        return done.stdout

    def _commit(self, tree: str, *, parents: Sequence[str]) -> str:
        words = [word for parent in parents for word in ("-p", parent)]
        return self._git("commit-tree", tree, *words, "-m", "tree")

    def _git(self, *words: str, work_tree: Path | None = None) -> str:
        return self._checked(self._run(*words, work_tree=work_tree))

    def _checked(self, done: subprocess.CompletedProcess[str]) -> str:
        if done.returncode:
            raise PlatformFault(f"{' '.join(map(str, done.args[:2]))} failed: {_last(done)}")
        return done.stdout.strip()

    def _run(self, *words: str, work_tree: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run git; in the work tree if one is given, otherwise in the repository itself.

        What it says is decoded here: `subprocess` would make every line end as on Unix.
        """
        environment = {**os.environ, **_ENVIRONMENT, "GIT_DIR": str(self._directory)}
        if work_tree is not None:
            environment["GIT_WORK_TREE"] = str(work_tree.resolve())
        try:
            done = subprocess.run(
                ["git", *words],
                cwd=work_tree or self._directory,
                env=environment,
                capture_output=True,
                timeout=GIT_S,
                check=False,
            )
        except FileNotFoundError as error:
            raise PlatformFault("git is not installed", remedy="install git 2.38+") from error
        except subprocess.TimeoutExpired as error:
            raise PlatformFault(f"git {words[0]} took more than {GIT_S:.0f} s") from error
        out, err = (said.decode(errors="surrogateescape") for said in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)


@contextmanager
def throwaway_repository(base: Path, scratch: Path | None = None) -> Iterator[ThrowawayRepository]:
    """A repository of a tree, removed with everything in it at the end.

    Args:
        base: The tree.
        scratch: Directory to make it in; that for temporary files if not given.
    """
    directory = Path(tempfile.mkdtemp(prefix="assay-patching-", dir=scratch)).resolve()
    try:
        yield ThrowawayRepository(directory, base)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def merge_patches(repository: ThrowawayRepository, patches: Sequence[Path]) -> str:
    """All patches on the base at once, as a commit.

    Raises:
        BadInput: a patch does not apply, or two conflict; names every such pair.
    """
    commits = [repository.patched(patch) for patch in patches]
    head = repository.base
    for index, commit in enumerate(commits):
        merged = repository.merged(head, commit)
        if merged is None:
            raise BadInput(*_conflicts(repository, patches, commits, head=head, index=index))
        head = merged
    return head


def _conflicts(
    repository: ThrowawayRepository,
    patches: Sequence[Path],
    commits: Sequence[str],
    *,
    head: str,
    index: int,
) -> Iterator[Problem]:
    """The earlier patches that the one at `index` conflicts with."""
    pairs = [e for e in range(index) if repository.merged(commits[e], commits[index]) is None]
    for earlier in pairs:
        files = repository.conflicting_files(commits[earlier], commits[index])
        yield _conflict(patches[index], str(patches[earlier]), files)
    if not pairs:
        files = repository.conflicting_files(head, commits[index])
        others = ", ".join(str(patch) for patch in patches[:index])
        yield _conflict(patches[index], f"the sum of {others}", files)


def _conflict(patch: Path, other: str, files: Sequence[str]) -> Problem:
    return Problem(
        f"conflicts with {other} in {', '.join(files)}; keep their changes some lines apart",
        str(patch),
    )


def _remedy(patch: Path) -> str:
    """How to make a patch again: by the command that knows its place in a challenge, or by git."""
    match patch.parts:
        case [*root, "faults", slot, _]:
            words = f"fault {Path(*root)} {slot}/{patch.stem}"
        case [*root, "answers", kind, answer, _] if patch.stem == answer:
            words = f"answer {Path(*root)} {kind}/{answer}"
        case _:
            return "make it again with `git diff` against reference/"
    return f"make it again: assay challenge {words} --edit DIR, then --save DIR"


def _last(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr or done.stdout).strip().splitlines()
    return "; ".join(lines[-2:]) or f"exit code {done.returncode}"
