"""What is protected is there. A path with a slip of the pen protects nothing, unnoticed."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    reference = draft.reference.resolve()
    for index, name in enumerate(draft.challenge.practice.protected):
        path = (reference / name).resolve()
        if not path.exists() or not path.is_relative_to(reference):
            yield draft.at(
                ("practice", "protected", index),
                f"reference/ has no {name!r} to protect; correct the path",
            )


RULE = essential("protected-path", "Protected paths are parts of the reference.", _check)
