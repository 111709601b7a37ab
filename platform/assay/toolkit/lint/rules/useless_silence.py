"""A silence that silences nothing would hide the next finding."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    """Nothing: what is wrong with a silence shows only beside the findings (`silences.py`)."""
    yield from ()


RULE = Rule(
    "useless-silence",
    Severity.WARNING,
    "Every silence names a rule that can be silenced, and silences something.",
    _check,
    silenceable=False,
)
