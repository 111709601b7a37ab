"""Points add up to a hundred, so that a score is a percentage."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential

FULL_MARKS = 100


def _check(draft: Draft) -> Iterator[Found]:
    total = sum(criterion.points for criterion in draft.challenge.criterion)
    if total != FULL_MARKS:
        yield draft.at(
            ("criterion",), f"the criteria are worth {total} points; make them {FULL_MARKS}"
        )


RULE = essential("points-sum", "The points of all criteria sum to 100.", _check)
