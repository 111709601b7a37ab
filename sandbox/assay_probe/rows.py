"""Rows of the traffic pool, and the requests made of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay_probe.client import Client
from assay_probe.plan import RequestSpec

Json = Any

MARK = "\u2603-unique-\u2603"
"""Stands where the fresh string goes while a body is made; no data holds it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `before` + a fresh string + `after` is the body, or `before` alone."""

    id: str
    expected: float | None
    before: bytes
    after: bytes | None = None

    def body(self, fresh: str) -> bytes:
        """The request body, with `fresh` where the plan wants a string never sent before."""
        return self.before if self.after is None else self.before + fresh.encode() + self.after


def read_rows(spec: RequestSpec) -> list[Row]:
    """All rows of the plan's file.

    Raises:
        ValueError: a line is not a row, or there is none; the message names the line.
    """
    lines = Path(spec.rows).read_text().splitlines()
    rows = [_row(line, i, spec) for i, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise ValueError(f"{spec.rows} holds no rows")
    return rows


def encoded(client: Client, spec: RequestSpec, row: Row, fresh: str = "") -> bytes:
    """The bytes of one request."""
    return client.encode(spec.method, spec.path, row.body(fresh))


def _row(line: str, number: int, spec: RequestSpec) -> Row:
    try:
        fields: Mapping[str, Any] = json.loads(line)
        body = fields["body"]
        if not spec.unique:
            return Row(fields["id"], fields.get("expected"), _json(body))
        _put(body, spec.unique.split("."), MARK)
        before, after = _json(body).split(json.dumps(MARK).strip('"').encode())
        return Row(fields["id"], fields.get("expected"), before, after)
    except (ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{spec.rows}, line {number}: not a row: {problem!r}") from problem


def _put(body: Json, path: list[str], value: str) -> None:
    for name in path[:-1]:
        body = body[name]
    body[path[-1]] = value


def _json(body: Json) -> bytes:
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode()
