"""Data is what it was when the challenge was proven: DATA.md has its sum."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.datafiles import SHEET, data_files, entry_of, sha256_of, sheet_of
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    sheet = sheet_of(draft)
    if sheet is None:
        return
    for path in data_files(draft):
        name, entry = draft.name_of(path), entry_of(sheet, draft.name_of(path))
        if not entry.line:
            continue  # rule unlicensed-data tells
        if not entry.sha256:
            yield draft.on(
                SHEET,
                f"has no SHA-256 of `{name}`; write {sha256_of(path)} on this line",
                line=entry.line,
            )
        elif entry.sha256 != sha256_of(path):
            yield draft.on(
                SHEET,
                f"has another SHA-256 than `{name}`, which was changed; make the file again, or "
                f"write {sha256_of(path)} and prove the challenge anew",
                line=entry.line,
            )


RULE = Rule(
    "unpinned-data", Severity.ERROR, "DATA.md has the SHA-256 of every file of data.", _check
)
