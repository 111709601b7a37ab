"""Every hidden row can be sent and judged."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rowfiles import Line, RowFile, read_lines, row_files
from assay.toolkit.lint.rule import Rule, Severity

TOLD = 3
"""A generator that went wrong goes wrong in every line: these tell enough."""


def _check(draft: Draft) -> Iterator[Found]:
    for file in row_files(draft.challenge):
        path = draft.root / file.name
        if not path.is_file():
            continue
        lines = read_lines(path, file)
        found = [*_unreadable(lines), *_twice(lines)]
        for number, told in found[:TOLD]:
            more = f" ({len(found) - TOLD} more lines like this)" if len(found) > TOLD else ""
            yield draft.on(file.name, f"this row {told}; write it anew{more}", line=number)
        yield from _as_a_whole(draft, file, lines)


def _unreadable(lines: tuple[Line, ...]) -> Iterator[tuple[int, str]]:
    yield from ((line.number, line.problem) for line in lines if line.row is None)


def _twice(lines: tuple[Line, ...]) -> Iterator[tuple[int, str]]:
    seen: dict[str, int] = {}
    for line in lines:
        if line.row and line.row.id in seen:
            yield line.number, f"has the id of line {seen[line.row.id]}"
        if line.row:
            seen.setdefault(line.row.id, line.number)


def _as_a_whole(draft: Draft, file: RowFile, lines: tuple[Line, ...]) -> Iterator[Found]:
    rows = [line.row for line in lines if line.row]
    if not lines:
        yield draft.on(file.name, "has no rows, so nothing can be sent; make some")
    elif rows and file.needs_label and len({row.label for row in rows}) < 2:
        yield draft.on(file.name, "has rows of one label only, so nothing can be ranked; draw both")


RULE = Rule("rows", Severity.ERROR, "Every hidden row can be sent and judged.", _check)
