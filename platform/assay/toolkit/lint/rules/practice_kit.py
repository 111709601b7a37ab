"""The practice kit can be run, and gives nothing hidden away."""

from collections.abc import Iterator

from assay.domain.errors import Problem
from assay.toolkit import kit_rules
from assay.toolkit.draft import Draft
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Problem]:
    for rule in kit_rules.RULES:
        yield from rule(draft)


RULE = essential(
    "practice-kit", "The practice kit can be run, and holds nothing that is hidden.", _check
)
