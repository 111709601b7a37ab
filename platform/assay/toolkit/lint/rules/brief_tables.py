"""The tables of bands and limits in the brief are those of challenge.toml, to the letter."""

from collections.abc import Iterator
from itertools import zip_longest

from assay.domain.errors import BadInput
from assay.toolkit.brief import refreshed
from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import BRIEF
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    text = draft.brief
    if text is None:
        return
    try:
        fresh = refreshed(text, draft.challenge)
    except BadInput as refusal:
        yield from (draft.on(BRIEF, one.message) for one in refusal.problems)
        return
    if fresh != text:
        yield _stale(draft, text, fresh)


def _stale(draft: Draft, text: str, fresh: str) -> Found:
    """The first line that differs stands for all: one command mends them."""
    pairs = zip_longest(text.splitlines(), fresh.splitlines(), fillvalue="")
    line, (is_, must) = next((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    return draft.on(
        BRIEF,
        f"says {is_!r} where challenge.toml says {must!r}; write the tables anew with "
        f"`assay challenge brief {draft.root}`",
        line=line,
    )


RULE = Rule(
    "brief-tables",
    Severity.ERROR,
    "Bands and limits in the brief are those of challenge.toml.",
    _check,
    silenceable=False,
)
