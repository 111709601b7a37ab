"""What a push may hold, and the words in which it is refused. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from assay.web.git.gate import Access
from assay_sandbox.tree_names import MAX_DEPTH, Namespace, name_problem, shown

BRANCH = "refs/heads/main"
SHOWN_PROBLEMS = 10
POINTER = b"version https://git-lfs"
POINTER_BYTES = 1024
"""A pointer file is never larger: the format says so."""
MIB = 2**20

FORCED = (
    "this push would take back commits that were pushed before (a force-push); every push is "
    "kept: say `git pull --rebase`, then `git push` without force"
)
TOO_SLOW = (
    "the files could not be looked through in time; there are far too many or they are nested "
    "without end: push a smaller tree"
)


@dataclass(frozen=True, slots=True)
class Update:
    """One branch that a push would move."""

    old: str
    new: str
    ref: str

    @property
    def deletes(self) -> bool:
        """Whether the branch would be gone."""
        return not self.new.strip("0")

    @property
    def is_tag(self) -> bool:
        """Whether it is no branch but a tag."""
        return self.ref.startswith("refs/tags/")


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One directory, file, link ("120000") or submodule ("commit") of a tree."""

    mode: str
    kind: str
    object_id: str
    size: int
    path: bytes


def entry_of(record: bytes) -> TreeEntry:
    """One record of `git ls-tree -r -t -l -z`."""
    described, _, path = record.partition(b"\t")
    mode, kind, object_id, size = described.decode("ascii").split()
    return TreeEntry(mode, kind, object_id, int(size) if size.isdigit() else 0, path)


def most_entries(access: Access) -> int:
    """Files and directories that are looked at before the tree is too large anyhow."""
    return 2 * access.max_files + 1


def update_problems(updates: Sequence[Update]) -> list[str]:
    """What is wrong with the branches that a push would move."""
    if len(updates) > 1 and any(update.is_tag for update in updates):
        return ["it brings tags; push main alone: `git push --no-follow-tags origin main`"]
    if len(updates) > 1:
        return [f"it moves {len(updates)} branches; push main alone: `git push origin main`"]
    return [problem for update in updates for problem in _update_problem(update)]


def _update_problem(update: Update) -> Iterator[str]:
    if update.is_tag:
        yield "tags are not taken; push the branch main: `git push origin main`"
    elif update.ref != BRANCH:
        name = shown(update.ref.removeprefix("refs/heads/"))
        yield f"{name} is not taken, only main is: `git push origin HEAD:main`"
    elif update.deletes:
        yield "the branch main cannot be deleted; push the commit that should be graded"


def tree_problems(entries: Iterable[TreeEntry], access: Access) -> list[str]:
    """Everything that is wrong with a tree, in words for the candidate."""
    judged = _Judged(access)
    for entry in entries:
        judged.take(entry)
    return [*judged.problems, *judged.sizes()]


@dataclass(slots=True)
class _Judged:
    """Entries judged one by one."""

    access: Access
    problems: list[str] = field(default_factory=list)
    names: Namespace = field(default_factory=Namespace)
    entries: int = 0
    files: int = 0
    total_bytes: int = 0

    def take(self, entry: TreeEntry) -> None:
        """Judge one more."""
        self.entries += 1
        if entry.kind == "tree":
            self._depth(entry)
            return
        self.files += 1
        self.total_bytes += entry.size
        self._name(entry)
        if entry.kind == "commit":
            self.problems.append(f"{shown(entry.path)} is a submodule; commit its files instead")
        elif entry.mode == "120000":
            problem = f"{shown(entry.path)} is a symbolic link; commit the file itself"
            self.problems.append(problem)

    def sizes(self) -> Iterator[str]:
        """What is wrong with all of them together."""
        if self.entries >= most_entries(self.access) or self.files > self.access.max_files:
            yield (
                f"there are more than {self.access.max_files} files; take out what is generated "
                "(`git rm -r --cached DIRECTORY`) and name it in .gitignore"
            )
        if self.total_bytes > self.access.max_repository_bytes:
            yield (
                f"the files have {mib(self.total_bytes)} together, and may have "
                f"{mib(self.access.max_repository_bytes)}; take out what is not needed to build"
            )

    def _depth(self, entry: TreeEntry) -> None:
        if entry.path.count(b"/") >= MAX_DEPTH:
            self.problems.append(f"{shown(entry.path)} is more than {MAX_DEPTH} directories deep")

    def _name(self, entry: TreeEntry) -> None:
        problem = name_problem(entry.path)
        if problem is None:
            problem = self.names.collision(entry.path.decode())
        if problem is not None:
            self.problems.append(problem)


def could_be_pointer(entry: TreeEntry) -> bool:
    """Whether a file is small enough to stand for one that lies elsewhere."""
    return entry.kind == "blob" and len(POINTER) < entry.size <= POINTER_BYTES


def pointer_problem(entry: TreeEntry, content: bytes) -> list[str]:
    """What is wrong with a file that only points to a large one."""
    if not content.startswith(POINTER):
        return []
    return [
        f"{shown(entry.path)} is a Git LFS pointer and its content was not pushed; commit the "
        "file itself (`git lfs uninstall`, then `git add --renormalize .`)"
    ]


def protected_problem(path: bytes, start: str) -> str:
    """A file that belongs to the challenge was changed."""
    name = shown(path)
    return (
        f"{name} belongs to the challenge and may not be changed; "
        f"`git checkout {start[:12]} -- {name}` brings it back"
    )


def history_problem(stored_bytes: int, most_bytes: int) -> str:
    """All pushes together are too large."""
    return (
        f"the repository with its history would have {mib(stored_bytes)}, and may have "
        f"{mib(most_bytes)}; large files stay in the history: undo the commits that were not "
        "pushed yet (`git reset --soft origin/main`) and commit without them"
    )


def too_large(access: Access) -> str:
    """A push of too many bytes."""
    return (
        f"it has more than {mib(access.max_push_bytes)}; keep data, models and packages out of "
        "the commits that were not pushed yet (`git reset --soft origin/main`), then push again"
    )


def refusal(problems: Sequence[str]) -> list[str]:
    """The problems as a person reads them: what happened, then the first of them."""
    more = len(problems) - SHOWN_PROBLEMS
    rest = [f"and {more} more of the kind"] if more > 0 else []
    return ["This push is refused, and nothing was changed:", *problems[:SHOWN_PROBLEMS], *rest]


def mib(size: int) -> str:
    """A size in MiB with one digit."""
    return f"{size / MIB:.1f} MiB"
