"""Recognises hidden rows in other files: by their ids, and by values no other row has."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.toolkit.files import files_of

DATA = frozenset({".jsonl", ".ndjson", ".csv", ".tsv"})
TELLING_ID = re.compile(r"(?=.*\d).{5,}")
"""Shorter ids, and words, are in other texts by chance."""
RARE_IN_ROWS = 5
"""A value in more rows than this tells none of them apart."""
TELLING_VALUE = re.compile(r".{4,}")
ALIKE = 4
"""So many telling values of one row on one line are no accident."""

_TOKEN = re.compile(r"[^\s,;|\"'{}\[\]()=]+")


@dataclass(frozen=True, slots=True)
class HiddenRows:
    """What tells hidden rows.

    Attributes:
        ids: Every id that is telling.
        rows_of: Telling value -> the rows that have it, by number.
    """

    ids: frozenset[str]
    rows_of: Mapping[str, frozenset[int]]

    @classmethod
    def of(cls, harness: Path) -> "HiddenRows":
        """The rows of every data file of a folder."""
        lines = [line for path in files_of(harness) for line in _lines(path)]
        values = [frozenset(_tokens(line)) for line in lines]
        ids = (identity for line in lines for identity in _ids(line))
        return cls(frozenset(filter(TELLING_ID.fullmatch, ids)), _index(values))

    def named_in(self, text: str) -> str | None:
        """The id of a hidden row that a line names."""
        return next((word for word in _tokens(text) if word in self.ids), None)

    def copied_in(self, text: str) -> bool:
        """Whether a line has the values of a hidden row."""
        seen = Counter(row for word in set(_tokens(text)) for row in self.rows_of.get(word, ()))
        return any(times >= ALIKE for times in seen.values())


def _index(rows: Iterable[frozenset[str]]) -> dict[str, frozenset[int]]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for number, values in enumerate(rows):
        for value in filter(TELLING_VALUE.fullmatch, values):
            found[value].add(number)
    return {value: frozenset(r) for value, r in found.items() if len(r) <= RARE_IN_ROWS}


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines() if path.suffix in DATA else []


def _tokens(text: str) -> list[str]:
    return [word.strip(":.`*") for word in _TOKEN.findall(text)]


def _ids(line: str) -> Iterator[str]:
    try:
        row: Any = json.loads(line)
    except ValueError:
        return
    if isinstance(row, dict) and isinstance(row.get("id"), str):
        yield row["id"]
