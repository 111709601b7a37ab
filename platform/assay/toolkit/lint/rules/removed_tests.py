"""A fault that takes a whole file of tests away takes more than its own from the candidate."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.patches import read_patch
from assay.toolkit.lint.roles import is_test
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    for _, _, fault, patch in draft.planted():
        for one in read_patch(patch) if patch.is_file() else ():
            if one.deletes and is_test(one.name):
                yield draft.on(
                    draft.name_of(patch),
                    f"takes {one.name} away whole, also what it tests that stays right; take "
                    f"only the tests that this fault would fail",
                    line=one.line,
                    subject=f"fault.{fault.id}",
                )


RULE = Rule(
    "removed-tests", Severity.NOTE, "A fault takes only those tests away that it fails.", _check
)
