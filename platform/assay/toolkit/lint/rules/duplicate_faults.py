"""Two faults are two faults: the same change twice makes two variants one."""

import re
from collections.abc import Iterator
from pathlib import Path

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.patches import patch_lines
from assay.toolkit.lint.rule import Rule, Severity

_VOLATILE = re.compile(r"^(index |@@ |diff --git |similarity )")


def _check(draft: Draft) -> Iterator[Found]:
    seen: dict[str, Path] = {}
    for place, _, fault, patch in draft.planted():
        if not patch.is_file():
            continue
        change = _change(patch)
        if change and change in seen:
            yield draft.at(
                place,
                f"fault {fault.id!r} makes the same change as {draft.name_of(seen[change])}; "
                f"plant something else, or remove one of them",
            )
        seen.setdefault(change, patch)


def _change(patch: Path) -> str:
    """What a patch does to contents, without where exactly the lines stand."""
    kept = [line.rstrip() for line in patch_lines(patch) if not _VOLATILE.match(line)]
    is_binary = "GIT binary patch" in kept
    return "\n".join(line for line in kept if is_binary or line[:1] in ("+", "-"))


RULE = Rule("duplicate-faults", Severity.ERROR, "No two faults make the same change.", _check)
