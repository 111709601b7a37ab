"""A hidden test says in a sentence what it asks: a candidate reads it when it fails."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.hidden_tests import read_suite
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    path = draft.root / draft.challenge.contract.tests
    suite = read_suite(path) if path.is_file() else None
    for test in suite.tests if suite else ():
        if not test.told.endswith("."):
            yield draft.on(
                draft.name_of(path),
                f"{test.name} has no sentence for candidates; begin its docstring with one, "
                f"such as 'A missing field is refused.'",
                line=test.line,
            )


RULE = Rule(
    "undescribed-test",
    Severity.WARNING,
    "Every hidden test says in a sentence what it asks.",
    _check,
)
