"""`challenge.toml` is TOML and has the fields of the format. Without it no other rule is asked."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    """Nothing: who has a draft has a file that could be read."""
    yield from ()


RULE = essential("format", "challenge.toml can be read, and has the fields it must have.", _check)
