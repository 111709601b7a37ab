"""A patch changes plain text files inside the tree: links and binaries are no submission."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.patches import SUBMODULE, SYMLINK, PatchedFile, read_patch
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    for _, _, fault, patch in draft.planted():
        for one in read_patch(patch) if patch.is_file() else ():
            if told := _unusual(one):
                yield draft.on(
                    draft.name_of(patch), told, line=one.line, subject=f"fault.{fault.id}"
                )


def _unusual(file: PatchedFile) -> str:
    name = PurePosixPath(file.name)
    if name.is_absolute() or ".." in name.parts:
        return f"changes {file.name!r}, which is outside the service; make it inside reference/"
    if SYMLINK in file.modes:
        return f"makes {file.name} a symbolic link, which every push is refused for; use a file"
    if SUBMODULE in file.modes:
        return f"makes {file.name} a submodule, which no export follows; copy the files"
    if file.binary:
        return f"changes {file.name} as binary, which nobody can review; plant it in text"
    return ""


RULE = Rule(
    "unusual-patch", Severity.ERROR, "A patch changes plain text files of the service.", _check
)
