"""What the engine needs of a challenge: its declaration, its hidden files, its rows."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from assay.domain.challenge import Challenge
from assay_probe.plan import GeneratePlan


@dataclass(frozen=True, slots=True)
class Row:
    """One row of hidden data.

    Attributes:
        expected: The right answer, None if any number will do.
        label: How it ended, None in the traffic pool.
        fallback: An answer that is as good while a dependency is away.
        refuse: The row is invalid: only a refusal is right.
        truth: What a labelled answer should say, and whatever else its maker knows of the row.
        pair: What it has in common with its twin, "" if it has none.
    """

    id: str
    body: Mapping[str, Any]
    expected: float | None
    label: int | None = None
    fallback: float | None = None
    refuse: bool = False
    truth: Mapping[str, Any] | None = None
    pair: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """A loaded challenge as the engine uses it.

    Attributes:
        sha256: Digest of the whole package.
        harness: Files under `harness/`, by their path relative to it.
        rows: The traffic pool.
        holdout: Labelled rows of the quality stage, empty if there is none.
        pool: Labelled rows that the traffic of the incidents is drawn from.
        fresh: Makes that traffic anew from the pool; None where it is sent as it is.
        making: What makes the rows of this evaluation; None for challenges with files of them.
        sets: Rows that the challenge's generator made for this evaluation, by set; empty before.
    """

    challenge: Challenge
    sha256: str
    harness: Mapping[str, bytes]
    rows: tuple[Row, ...]
    holdout: tuple[Row, ...] = ()
    pool: tuple[Row, ...] = ()
    fresh: "Rounds | None" = None
    making: GeneratePlan | None = None
    sets: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)


class Rounds(Protocol):
    """Rows without end, in rounds of equal size; their right answers have to be asked for."""

    @property
    def size(self) -> int:
        """Rows of one round."""

    def rounds(self, first: int, count: int) -> tuple[Row, ...]:
        """The rows of so many rounds."""


def read_rows(text: str) -> tuple[Row, ...]:
    """Rows of a JSON-lines file; blank lines are skipped."""
    return tuple(map(row_of, map(json.loads, filter(str.strip, text.splitlines()))))


def row_of(fields: Mapping[str, Any]) -> Row:
    """The row in one object of a file, or as a generator made it."""
    return Row(
        id=fields["id"],
        body=fields["body"],
        expected=fields.get("expected"),
        label=fields.get("label"),
        fallback=fields.get("fallback"),
        truth=fields.get("truth"),
        pair=fields.get("pair") or "",
    )


def write_rows(rows: Iterable[Row]) -> bytes:
    """The rows as a probe reads them: without labels, with the truth of those that have one."""
    return _lines({"id": r.id, "body": r.body, "expected": r.expected, **_truth(r)} for r in rows)


def write_incident_rows(rows: Iterable[Row]) -> bytes:
    """The rows as the probe of the incidents reads them: with labels, for the late feedback."""
    return _lines(
        {
            "id": r.id,
            "body": r.body,
            "expected": r.expected,
            "fallback": r.fallback,
            "refuse": r.refuse,
            "label": r.label,
            **_truth(r),
        }
        for r in rows
    )


def _truth(row: Row) -> dict[str, Any]:
    return {} if row.truth is None else {"truth": row.truth}


def _lines(values: Iterable[object]) -> bytes:
    return ("\n".join(map(json.dumps, values)) + "\n").encode()


def field_value(body: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - JSON is any
    """Value at a dotted path, or None if there is none."""
    value: Any = body
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
