"""Rows of the traffic pool, and the requests made of them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from assay_probe.arrivals import own_string
from assay_probe.client import Client
from assay_probe.guises import Guise, guise_named, guise_of
from assay_probe.plan import RequestSpec

Json = Any
T = TypeVar("T")

MARK = "\u2603-unique-\u2603"
"""Stands where the fresh string goes while a body is made; no data holds it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `before` + a fresh string + `after` is the body, or `before` alone.

    Attributes:
        guise: Name of how its caller looks; "" for one by lot.
        truth: What a labelled answer to it should say, None for anything.
    """

    id: str
    expected: float | None
    before: bytes
    after: bytes | None = None
    guise: str = ""
    truth: Json = None

    def body(self, fresh: str) -> bytes:
        """The request body, with `fresh` where the plan wants a string never sent before."""
        return self.before if self.after is None else self.before + fresh.encode() + self.after

    def guise_for(self, fresh: str) -> Guise:
        """How the caller looks in the request with this fresh string."""
        return guise_named(self.guise) if self.guise else guise_of(fresh)


def read_rows(spec: RequestSpec) -> list[Row]:
    """All rows of the plan's file.

    Raises:
        ValueError: a line is not a row, or there is none; the message names the line.
    """
    return read_lines(spec.rows, lambda fields: row_of(fields, spec.unique))


def read_lines(path: str, make: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """What `make` makes of every line of a file of rows; blank lines are skipped.

    Raises:
        ValueError: a line is not a row, or there is none; the message names the line.
    """
    lines = enumerate(Path(path).read_text().splitlines(), 1)
    rows = [_made(line, f"{path}, line {number}", make) for number, line in lines if line.strip()]
    if not rows:
        raise ValueError(f"{path} holds no rows")
    return rows


def row_of(fields: Mapping[str, Any], unique: str) -> Row:
    """The row in one object of a file.

    Args:
        fields: The object.
        unique: Dotted field of the body that gets a fresh string in every request, or "".

    Raises:
        ValueError, KeyError, TypeError: it is not a row.
    """
    name, body, more = fields["id"], fields["body"], _more(fields)
    if not unique:
        return Row(name, fields.get("expected"), _json(_shuffled(body, name)), **more)
    _put(body, unique.split("."), MARK)
    whole = _json(_shuffled(body, name))
    before, after = whole.split(json.dumps(MARK).strip('"').encode())
    return Row(name, fields.get("expected"), before, after, **more)


def _more(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"guise": fields.get("guise", ""), "truth": fields.get("truth")}


def encoded(client: Client, spec: RequestSpec, row: Row, fresh: str = "") -> bytes:
    """The bytes of one request; without a fresh string it gets one that follows from its id."""
    text = fresh or own_string(row.id)
    return client.encode(spec.method, spec.path, row.body(text), guise=row.guise_for(text))


def _made(line: str, where: str, make: Callable[[Mapping[str, Any]], T]) -> T:
    try:
        return make(json.loads(line))
    except (ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{where}: not a row: {problem!r}") from problem


def _shuffled(body: Json, row_id: str) -> Json:
    """The fields in an order of the row's own: callers do not agree on one."""
    if not isinstance(body, dict):
        return body
    names = list(body)
    Random(row_id).shuffle(names)  # noqa: S311  (not a secret)
    return {name: body[name] for name in names}


def _put(body: Json, path: list[str], value: str) -> None:
    for name in path[:-1]:
        body = body[name]
    body[path[-1]] = value


def _json(body: Json) -> bytes:
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode()
