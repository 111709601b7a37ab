"""The hidden rows as they are on disk, line by line, wrong ones too."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.challenge import Challenge
from assay.evaluation.material import Row


@dataclass(frozen=True, slots=True)
class RowFile:
    """One file of rows and what it is for.

    Attributes:
        needs_label: Whether every row says how it ended.
    """

    name: str
    needs_label: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its row, or what is wrong with it."""

    number: int
    row: Row | None
    problem: str = ""


def row_files(challenge: Challenge) -> tuple[RowFile, ...]:
    """Every file of rows that is named, once."""
    labelled = [challenge.quality.holdout] if challenge.quality else []
    labelled += [challenge.incidents.rows] if challenge.incidents else []
    names = dict.fromkeys([*labelled, challenge.contract.rows])
    return tuple(RowFile(name, needs_label=name in labelled) for name in names)


def read_lines(path: Path, needs_label: bool) -> tuple[Line, ...]:
    """Every line that is not blank."""
    lines = path.read_text(errors="replace").splitlines()
    return tuple(_line(n, text, needs_label) for n, text in enumerate(lines, 1) if text.strip())


def rows_of(path: Path) -> tuple[Row, ...]:
    """The rows that can be read."""
    return tuple(line.row for line in read_lines(path, False) if line.row)


def _line(number: int, text: str, needs_label: bool) -> Line:
    try:
        value: Any = json.loads(text)
    except ValueError as error:
        return Line(number, None, f"is no JSON: {error}")
    problem = next(_problems(value, needs_label), "")
    if problem:
        return Line(number, None, problem)
    return Line(number, Row(value["id"], value["body"], value.get("expected"), value.get("label")))


def _problems(value: Any, needs_label: bool) -> Iterator[str]:  # noqa: ANN401 - JSON is any
    if not isinstance(value, dict):
        yield "is no object; write {id, body, expected}"
        return
    if not isinstance(value.get("id"), str) or not value["id"]:
        yield "has no id, which must be text"
    if not isinstance(value.get("body"), dict):
        yield "has no body, which must be an object"
    if not _is_number(value.get("expected")):
        yield "has no expected answer, which must be a number"
    if needs_label and value.get("label") not in (0, 1):
        yield "has no label, which must be 0 or 1"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
