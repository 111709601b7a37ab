"""Nothing a candidate receives holds hidden rows, hidden tests or whole hidden files."""

import hashlib
import json
import re
from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import files_of
from assay.toolkit.lint.given import Given, given
from assay.toolkit.lint.hidden_rows import HiddenRows
from assay.toolkit.lint.rule import Rule, Severity

SMALL_BYTES = 64
"""Files as small as this are alike by chance."""
CODE_CHARACTERS = 40
"""Lines of hidden tests as long as this are alike by chance no more than once or twice."""
CODE_LINES = 3
PUBLIC = re.compile(r"^(?:import |from |@|\"\"\"|\w+ = pytest\.mark\.)")
"""Names of criteria and the sentences of tests are told to candidates; imports are everybody's."""


def _check(draft: Draft) -> Iterator[Found]:
    if not draft.harness.is_dir():
        return
    rows = HiddenRows.of(draft.harness)
    whole, code = _whole_files(draft), _code(draft)
    for one in given(draft):
        found = _whole(one, whole) or _named(one, rows) or _copied(one, rows) or _tests(one, code)
        if found:
            line, message = found
            yield draft.on(one.file, f"{message}; candidates receive this: take it out", line=line)


def _whole_files(draft: Draft) -> dict[str, str]:
    """Digest -> name of the hidden file."""
    return {
        hashlib.sha256(path.read_bytes()).hexdigest(): draft.name_of(path)
        for path in files_of(draft.harness)
        if path.stat().st_size > SMALL_BYTES
    }


def _code(draft: Draft) -> frozenset[str]:
    texts = (p.read_text(errors="replace") for p in files_of(draft.harness) if p.suffix == ".py")
    lines = (line.strip() for text in texts for line in text.splitlines())
    return frozenset(n for n in lines if len(n) >= CODE_CHARACTERS and not PUBLIC.match(n))


def _whole(one: Given, hidden: dict[str, str]) -> tuple[int, str] | None:
    name = hidden.get(hashlib.sha256(one.content).hexdigest())
    return (1, f"is {name}, which is hidden") if name else None


def _named(one: Given, rows: HiddenRows) -> tuple[int, str] | None:
    for number, text in one.lines:
        if name := rows.named_in(text):
            return number, f"names the hidden row {name!r}"
    return None


def _copied(one: Given, rows: HiddenRows) -> tuple[int, str] | None:
    line = next((number for number, text in one.lines if rows.copied_in(text)), None)
    if line is None and any(rows.copied_in(text) for text in _objects(one)):
        line = 1
    return (line, "has the values of a hidden row") if line else None


def _objects(one: Given) -> Iterator[str]:
    """The objects of a JSON document, a line each: its own lines hold a value each."""
    try:
        waiting = [json.loads(one.content)]
    except ValueError:
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | list):
            parts = list(value.values() if isinstance(value, dict) else value)
            waiting += parts
            yield json.dumps([part for part in parts if not isinstance(part, dict | list)])


def _tests(one: Given, code: frozenset[str]) -> tuple[int, str] | None:
    shared = {text.strip(): number for number, text in reversed(one.lines) if text.strip() in code}
    if len(shared) < CODE_LINES:
        return None
    return min(shared.values()), f"has {len(shared)} lines of the hidden tests"


RULE = Rule(
    "hidden-data",
    Severity.ERROR,
    "Nothing a candidate receives holds hidden rows or tests.",
    _check,
    silenceable=False,
)
