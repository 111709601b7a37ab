"""Values that belong to one row alone, looked for where another row was asked about.

Whoever sees one there has seen a leak: nothing but the service could have carried it over.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay_probe.checking import parsed
from assay_probe.labelled import ANSWER, within
from assay_probe.rows import read_lines

CHARACTERS_MIN = 6
"""Shorter values are in other texts by chance."""

Leak = list[str]
"""[place, id of the row asked about, id of the row the value belongs to, field]"""


@dataclass(frozen=True, slots=True)
class Owned:
    """A value, and whose it is."""

    row: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """Everything that is looked for."""

    owned: tuple[Owned, ...]

    @classmethod
    def in_rows(cls, path: str, fields: Sequence[str]) -> "Foreign":
        """The values of a file of rows at dotted fields of their bodies; none without fields.

        Raises:
            ValueError: a line is not a row.
        """
        found = read_lines(path, lambda row: list(_values(row, fields))) if fields else []
        return cls(_telling([one for several in found for one in several]))

    def in_answer(self, body: bytes, row: str) -> list[Leak]:
        """Values of other rows in the answer to a row."""
        text = _readable(body) if self.owned else ""
        return [
            [ANSWER, row, one.row, one.field]
            for one in self.owned
            if one.row != row and one.value in text
        ]

    def in_export(self, body: bytes, place: str) -> list[Leak]:
        """Values of any row in what is shown to everybody."""
        text = _readable(body)
        return [[place, "", one.row, one.field] for one in self.owned if one.value in text]


def _values(row: Mapping[str, Any], fields: Sequence[str]) -> Iterable[Owned]:
    for field in fields:
        value = within(row["body"], field)
        if value is not None and len(str(value)) >= CHARACTERS_MIN:
            yield Owned(row["id"], field, str(value))


def _telling(found: Sequence[Owned]) -> tuple[Owned, ...]:
    """Those whose value one row has alone; shared ones tell nothing."""
    owners: dict[str, set[str]] = {}
    for one in found:
        owners.setdefault(one.value, set()).add(one.row)
    return tuple(one for one in found if len(owners[one.value]) == 1)


def _readable(body: bytes) -> str:
    """The text, and once more without the escapes of JSON."""
    text = body.decode("utf-8", "replace")
    value = parsed(body)
    return text if value is None else f"{text}\n{json.dumps(value, ensure_ascii=False)}"
