"""No history and no patch lies in the reference: either shows what was changed."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import Rule, Severity

ENDINGS = frozenset({".orig", ".rej", ".patch", ".diff", ".bundle", ".bak", ".swp"})
NAMES = frozenset({".git", ".hg", ".svn", ".DS_Store", ".gitmodules"})


def _check(draft: Draft) -> Iterator[Found]:
    for path in sorted(draft.reference.rglob("*")):
        name = draft.name_of(path)
        inside = NAMES.intersection(PurePosixPath(name).parts[:-1])
        if not inside and (path.name in NAMES or path.suffix in ENDINGS or path.name[-1] == "~"):
            yield draft.on(
                name, "shows what the service was before, or what was changed in it; delete it"
            )


RULE = Rule(
    "history-left",
    Severity.ERROR,
    "No history, patch or backup lies in the reference.",
    _check,
    silenceable=False,
)
