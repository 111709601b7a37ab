"""Candidates get different starters, or they can swap notes."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    slots = draft.challenge.slot
    if slots and all(len(slot.fault) == 1 for slot in slots):
        yield draft.at(
            ("slot",),
            "no slot has an alternative, so every candidate gets the same starter; plant a second "
            "fault in one of the slots",
        )
    if not slots:
        yield draft.at(
            (), "there is no [[slot]], so the starter is the reference; plant at least one fault"
        )


RULE = Rule("few-variants", Severity.WARNING, "There is more than one starter.", _check)
