"""A challenge shows by an answer that cheats that cheating does not pay."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import EXPECTATION
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    if not any((draft.root / "answers" / "rejected").glob(f"*/{EXPECTATION}")):
        yield draft.on(
            "answers/rejected",
            "there is no answer that cheats, so nobody knows what cheating earns; add one, such "
            "as the reference with one constant answer",
        )


RULE = Rule(
    "no-cheat", Severity.WARNING, "A known answer shows that cheating does not pay.", _check
)
