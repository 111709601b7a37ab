"""A patch that nobody declared is planted in nobody's starter."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    named = {patch for _, _, _, patch in draft.planted()}
    for patch in sorted((draft.root / "faults").rglob("*.patch")):
        if patch not in named:
            yield draft.on(
                draft.name_of(patch),
                "no [[slot.fault]] of challenge.toml names this patch; declare it, or delete it",
            )


RULE = essential("stray-patch", "Every patch is declared by a fault.", _check)
