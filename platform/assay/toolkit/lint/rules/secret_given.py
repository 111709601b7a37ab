"""No credential is handed to candidates."""

from collections.abc import Iterator

from assay.evaluation.rules.secrets import PATTERNS
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.given import given
from assay.toolkit.lint.rule import Rule, Severity

LINE_MAX = 2000
"""Longer lines are data."""


def _check(draft: Draft) -> Iterator[Found]:
    for one in given(draft):
        for number, text in one.lines:
            kind = next((k for k, p in PATTERNS.items() if p.search(text[:LINE_MAX])), None)
            if kind:
                yield draft.on(
                    one.file,
                    f"looks like a {kind}, and every candidate receives it; take it out, and "
                    f"revoke it if it was real",
                    line=number,
                )


RULE = Rule("secret-given", Severity.ERROR, "No candidate receives a credential.", _check)
