"""Nothing a candidate receives says where the faults are, or that they were planted."""

import re
from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.given import Given, given
from assay.toolkit.lint.rule import Rule, Severity

PLANTED = re.compile(
    r"\b(?:FAULT|planted|mutants?|sabotag\w+|(?:injected|deliberate|intentional) "
    r"(?:fault|bug|mistake|error)s?)\b"
)
"""Words of whoever planted, anywhere."""
PACKAGE = re.compile(r"\b(?:faults|answers|harness)/\w|\bchallenge\.toml\b|\bexpect\.toml\b")
"""Names of what candidates do not have."""
COMMENT = re.compile(r"(?:#|//|/\*|<!--|\"\"\"|^\s*--)(?P<words>.*)$")
TELLING = re.compile(
    r"\b(?:faults?|bugs?|buggy|wrong|broken|todo|fixme|xxx|hack|on purpose|deliberately|"
    r"should (?:be|have been)|used to be|was originally|in the reference)\b",
    re.IGNORECASE,
)
"""Words that give a change away in a comment it adds."""


def _check(draft: Draft) -> Iterator[Found]:
    names = _names(draft)
    for one in given(draft):
        yield from _hints(draft, one, names)


def _hints(draft: Draft, one: Given, names: re.Pattern[str] | None) -> Iterator[Found]:
    for number, text in one.lines:
        found = PLANTED.search(text) or PACKAGE.search(text) or (names and names.search(text))
        if not found and one.is_patch:
            comment = COMMENT.search(text)
            found = TELLING.search(comment["words"]) if comment else None
        if found:
            yield draft.on(
                one.file,
                f"says {found.group()!r}, which tells candidates where to look; say it otherwise",
                line=number,
            )


def _names(draft: Draft) -> re.Pattern[str] | None:
    """Titles of faults, and ids that are no single word of the language."""
    faults = [fault for *_, fault, _ in draft.planted()]
    words = [one.id for one in faults if "_" in one.id] + [one.title for one in faults]
    if not words:
        return None
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)


RULE = Rule(
    "solution-text",
    Severity.ERROR,
    "Nothing a candidate receives tells where the faults are.",
    _check,
)
