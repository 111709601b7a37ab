"""A catalogue of incidents has the table that draws from it."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    if draft.challenge.incident and draft.challenge.incidents is None:
        yield draft.at(
            ("incident",),
            "there are [[incident]] tables and no [incidents] table that draws them; add it",
        )


RULE = essential("incident-table", "[[incident]] tables have an [incidents] table.", _check)
