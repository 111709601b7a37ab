"""What the engine needs of a challenge: its declaration, its hidden files, its rows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.domain.challenge import Challenge


@dataclass(frozen=True, slots=True)
class Row:
    """One row of hidden data. `label` is None in the traffic pool."""

    id: str
    body: Mapping[str, Any]
    expected: float | None
    label: int | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """A loaded challenge as the engine uses it.

    Attributes:
        sha256: Digest of the whole package.
        harness: Files under `harness/`, by their path relative to it.
        rows: The traffic pool.
        holdout: Labelled rows of the quality stage, empty if there is none.
    """

    challenge: Challenge
    sha256: str
    harness: Mapping[str, bytes]
    rows: tuple[Row, ...]
    holdout: tuple[Row, ...] = ()


def read_rows(text: str) -> tuple[Row, ...]:
    """Rows of a JSON-lines file; blank lines are skipped."""
    return tuple(
        Row(r["id"], r["body"], r.get("expected"), r.get("label"))
        for r in map(json.loads, filter(str.strip, text.splitlines()))
    )


def write_rows(rows: tuple[Row, ...]) -> bytes:
    """The rows as a probe reads them: without labels."""
    lines = (json.dumps({"id": r.id, "body": r.body, "expected": r.expected}) for r in rows)
    return ("\n".join(lines) + "\n").encode()


def field_value(body: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - JSON is any
    """Value at a dotted path, or None if there is none."""
    value: Any = body
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
