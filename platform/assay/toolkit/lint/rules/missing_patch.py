"""A declared fault has its patch."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    for place, slot, fault, patch in draft.planted():
        if not patch.is_file():
            yield draft.at(
                place,
                f"fault {fault.id!r} has no {draft.name_of(patch)}; make it: assay challenge fault "
                f"{draft.root} {slot}/{fault.id} --edit DIR, then --save DIR",
            )


RULE = essential("missing-patch", "Every declared fault has its patch.", _check)
