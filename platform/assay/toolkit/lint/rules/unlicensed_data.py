"""Data has a source and a licence: a hiring company uses it in earnest."""

import re
from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.datafiles import SHEET, data_files, entry_of, sheet_of
from assay.toolkit.lint.rule import Rule, Severity

UNDECIDED = re.compile(r"^\W*(tbd|todo|none|unknown|unlicensed|n/?a|\?*)\W*$", re.IGNORECASE)
OPEN = re.compile(r"\b(?:tbd|todo|unknown|undecided|unclear)\b", re.IGNORECASE)
"""A line that says this says nothing yet."""
LICENCE = re.compile(r"\blicen[cs]e", re.IGNORECASE)
SOURCE = re.compile(r"\bsource", re.IGNORECASE)


def _check(draft: Draft) -> Iterator[Found]:
    if UNDECIDED.match(draft.challenge.license):
        yield draft.at(("license",), "names no licence; write one, such as Apache-2.0")
    files = data_files(draft)
    sheet = sheet_of(draft)
    if files and sheet is None:
        names = ", ".join(draft.name_of(path) for path in files)
        yield draft.on(SHEET, f"is not there; say where {names} come from and under which licence")
    elif files and sheet is not None:
        yield from _unsaid(draft, sheet)


def _unsaid(draft: Draft, sheet: str) -> Iterator[Found]:
    decided = "\n".join(line for line in sheet.splitlines() if not OPEN.search(line))
    for what, pattern in (("licence", LICENCE), ("source", SOURCE)):
        if not pattern.search(decided):
            yield draft.on(SHEET, f"never says the {what} of the data; write a line **{what}**")
    for path in data_files(draft):
        name = draft.name_of(path)
        if not entry_of(sheet, name).line:
            yield draft.on(
                SHEET, f"says nothing of `{name}`; add where it comes from and who sees it"
            )


RULE = Rule("unlicensed-data", Severity.ERROR, "All data has a source and a licence.", _check)
