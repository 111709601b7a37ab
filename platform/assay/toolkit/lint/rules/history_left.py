"""No history and no patch reaches a candidate: either shows what was changed."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import is_backup
from assay.toolkit.lint.patches import read_patch
from assay.toolkit.lint.rule import Rule, Severity

NAMES = frozenset({".git", ".hg", ".svn", ".DS_Store", ".gitmodules"})
SHOWS = "shows what the service was before, or what was changed in it; "


def _check(draft: Draft) -> Iterator[Found]:
    for path in sorted(draft.reference.rglob("*")):
        name = draft.name_of(path)
        inside = NAMES.intersection(PurePosixPath(name).parts[:-1])
        if not inside and _is_history(name):
            yield draft.on(name, f"{SHOWS}delete it")
    yield from _planted(draft)


def _planted(draft: Draft) -> Iterator[Found]:
    """Whoever plants with `patch` or an editor may plant its backup, which is the healthy file."""
    for _, _, fault, patch in draft.planted():
        for file in read_patch(patch) if patch.is_file() else ():
            if file.creates and _is_history(file.name):
                yield draft.on(
                    draft.name_of(patch),
                    f"puts {file.name} into the starter, which {SHOWS}open fault {fault.id!r} "
                    f"with --edit, delete the file and --save it",
                    line=file.line,
                )


def _is_history(name: str) -> bool:
    return PurePosixPath(name).name in NAMES or is_backup(name)


RULE = Rule(
    "history-left",
    Severity.ERROR,
    "No history, patch or backup reaches a candidate.",
    _check,
    silenceable=False,
)
