"""A criterion of a stage needs the stage."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential
from assay.toolkit.lint.traits import NEEDS_TABLE


def _check(draft: Draft) -> Iterator[Found]:
    missing = [table for table in NEEDS_TABLE if getattr(draft.challenge, table) is None]
    for table in missing:
        for index, criterion in enumerate(draft.challenge.criterion):
            if criterion.check in NEEDS_TABLE[table]:
                yield draft.at(
                    ("criterion", index, "check"),
                    f"criterion {criterion.id!r} needs a [{table}] table; add it, or remove "
                    f"the criterion",
                )


RULE = essential("stage-table", "A criterion has the table of its stage.", _check)
