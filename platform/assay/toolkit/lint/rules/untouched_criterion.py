"""Points that no fault touches are given to every starter."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    touched = {name for *_, fault, _ in draft.planted() for name in fault.costs}
    for index, criterion in enumerate(draft.challenge.criterion):
        if criterion.points and criterion.id not in touched:
            yield draft.at(
                ("criterion", index),
                f"no fault costs criterion {criterion.id!r}, so every starter has its "
                f"{criterion.points} points; plant a fault, or say in a silence what it guards",
            )


RULE = Rule(
    "untouched-criterion", Severity.WARNING, "Every criterion with points has a fault.", _check
)
