"""Reading and rewriting the nested bodies of rows. Nothing here changes what it was given."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from assay.evaluation.material import Row, field_value

Rows = Sequence[Row]
Scalar = int | float | str | bool
Column = Sequence[Scalar | None]
"""The values of one field, None where it is missing."""


def is_scalar(value: object) -> TypeGuard[Scalar]:
    """Whether it is a single value of JSON, null left out."""
    return isinstance(value, int | float | str)


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a number of JSON; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def paths(body: Mapping[str, object], above: str = "") -> Iterator[str]:
    """Dotted paths of all single values in a body."""
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from paths(value, f"{above}{name}.")
        elif is_scalar(value):
            yield above + name


def column(rows: Rows, field: str) -> Column:
    """The values at a dotted path; what is no single value counts as missing."""
    values = (field_value(row.body, field) for row in rows)
    return [value if is_scalar(value) else None for value in values]


def known(rows: Rows, field: str) -> dict[int, Scalar]:
    """Place of a row -> its value at a dotted path, for the rows that have one."""
    return {place: v for place, v in enumerate(column(rows, field)) if v is not None}


def numbers(rows: Rows, field: str) -> dict[int, float]:
    """Place of a row -> its number at a dotted path, for the rows that have one."""
    return {place: v for place, v in enumerate(column(rows, field)) if is_number(v)}


def with_values(row: Row, values: Mapping[str, Scalar | None], *, refuse: bool = False) -> Row:
    """The row with other values at these dotted paths, where it has them.

    A row that is no different stays as it is. Of one that is, the right answer is not known
    any more: `expected` and `fallback` are None.
    """

    def set_all(body: dict[str, Any]) -> None:
        for field, value in values.items():
            parent, name = _parent(body, field)
            if name in parent:
                parent[name] = value

    return _edited(row, set_all, refuse=refuse)


def with_renamed(row: Row, field: str, to: str, *, refuse: bool) -> Row:
    """The row with another name for the last part of a dotted path; else as `with_values`."""

    def rename(body: dict[str, Any]) -> None:
        parent, name = _parent(body, field)
        if name in parent:
            parent[to] = parent.pop(name)

    return _edited(row, rename, refuse=refuse)


def with_rows(rows: Rows, changed: Mapping[int, Row]) -> Rows:
    """All rows, those at some places exchanged."""
    return tuple(changed.get(place, row) for place, row in enumerate(rows))


def _edited(row: Row, edit: Callable[[dict[str, Any]], None], *, refuse: bool) -> Row:
    body = _copied(row.body)
    edit(body)
    if body == row.body:
        return row
    return replace(row, body=body, expected=None, fallback=None, refuse=refuse)


def _copied(value: Any) -> Any:  # noqa: ANN401 - JSON is any
    if isinstance(value, Mapping):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def _parent(body: dict[str, Any], field: str) -> tuple[dict[str, Any], str]:
    """The object that holds the last part of a dotted path; an empty one if there is none."""
    *above, name = field.split(".")
    parent: Any = body
    for part in above:
        parent = parent.get(part) if isinstance(parent, dict) else None
    return (parent if isinstance(parent, dict) else {}), name
