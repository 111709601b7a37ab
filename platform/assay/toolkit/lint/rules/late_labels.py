"""What only labels show needs labels, and in time."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    rules = draft.challenge.incidents
    for index, one in enumerate(draft.challenge.incident):
        if rules is None or one.observable != "labels":
            continue
        if rules.feedback is None:
            yield draft.at(
                ("incident", index, "observable"),
                f"incident {one.id!r} can be noticed from labels alone and none are sent; add "
                f"[incidents.feedback]",
            )
        elif one.budget_min <= rules.feedback.delay_min:
            yield draft.at(
                ("incident", index, "budget_min"),
                f"incident {one.id!r} has a budget of {one.budget_min:g} minutes and the first "
                f"label comes after {rules.feedback.delay_min:g}; allow more",
            )


RULE = essential("late-labels", "What only labels show has labels, and in time.", _check)
