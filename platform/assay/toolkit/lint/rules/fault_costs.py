"""What a fault costs is a criterion that has points to lose."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    criteria = [criterion.id for criterion in draft.challenge.criterion if criterion.points]
    for place, _, fault, _ in draft.planted():
        missing = [name for name in fault.costs if name not in criteria]
        if missing:
            yield draft.at(
                (*place, "costs"),
                f"fault {fault.id!r} costs {', '.join(map(repr, missing))}, which is no "
                f"criterion with points; use some of: {', '.join(criteria)}",
            )
        unnamed = [name for name in fault.partly if name not in fault.costs]
        if unnamed:
            yield draft.at(
                (*place, "partly"),
                f"fault {fault.id!r} takes a part of {', '.join(map(repr, unnamed))}, which its "
                f"costs do not name; name it there, or leave it out here",
            )


RULE = essential("fault-costs", "A fault costs criteria that exist and have points.", _check)
