"""The reference could be pushed: its size, its number of files, no links."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import LEFTOVERS
from assay.toolkit.lint.given import reference_files
from assay.toolkit.lint.rule import Rule, Severity

MIB = 1024 * 1024


def _check(draft: Draft) -> Iterator[Found]:
    limits = draft.challenge.limits
    files = reference_files(draft)
    total = sum(len(one.content) for one in files)
    if total > limits.repository_mib * MIB:
        yield draft.at(
            ("limits", "repository_mib"),
            f"the reference has {total / MIB:.1f} MiB and {limits.repository_mib} are accepted; "
            f"make it smaller, or allow more",
        )
    if len(files) > limits.repository_files:
        yield draft.at(
            ("limits", "repository_files"),
            f"the reference has {len(files)} files and {limits.repository_files} are accepted; "
            f"remove some, or allow more",
        )
    for path in sorted(draft.reference.rglob("*")):
        if path.is_symlink() and not LEFTOVERS.intersection(path.parts):
            yield draft.on(
                draft.name_of(path),
                "is a symbolic link, which every push is refused for; use a file",
            )


RULE = Rule("reference-limits", Severity.ERROR, "The reference keeps the limits of a push.", _check)
