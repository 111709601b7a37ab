"""The hidden rows as they are on disk, line by line, wrong ones too."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.challenge import Challenge
from assay.domain.labelled import LabelledAnswers
from assay.evaluation.generating import truth_problem
from assay.evaluation.material import Row, row_of


@dataclass(frozen=True, slots=True)
class RowFile:
    """One file of rows and what it is for.

    Attributes:
        needs_label: Whether every row says how it ended.
        needs_expected: Whether every row has a number for its right answer.
        answers: How answers are compared with the truth of a row; None where they are numbers.
    """

    name: str
    needs_label: bool = False
    needs_expected: bool = False
    answers: LabelledAnswers | None = None


ANY = RowFile("")
"""Rows of which nobody asks what they are for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its row, or what is wrong with it."""

    number: int
    row: Row | None
    problem: str = ""


def row_files(challenge: Challenge) -> tuple[RowFile, ...]:
    """Every file of rows that is named, once."""
    answers = challenge.contract.answers
    labelled = [challenge.quality.holdout] if challenge.quality else []
    labelled += [challenge.incidents.rows] if challenge.incidents else []
    names = filter(None, dict.fromkeys([*labelled, challenge.contract.rows]))
    if answers:
        return tuple(RowFile(name, answers=answers) for name in names)
    return tuple(RowFile(name, name in labelled, needs_expected=True) for name in names)


def read_lines(path: Path, file: RowFile) -> tuple[Line, ...]:
    """Every line that is not blank."""
    lines = path.read_text(errors="replace").splitlines()
    return tuple(_line(n, text, file) for n, text in enumerate(lines, 1) if text.strip())


def rows_of(path: Path) -> tuple[Row, ...]:
    """The rows that can be read."""
    return tuple(line.row for line in read_lines(path, ANY) if line.row)


def _line(number: int, text: str, file: RowFile) -> Line:
    try:
        value: Any = json.loads(text)
    except ValueError as error:
        return Line(number, None, f"is no JSON: {error}")
    problem = next(_problems(value, file), "")
    if problem:
        return Line(number, None, problem)
    return Line(number, row_of(value))


def _problems(value: Any, file: RowFile) -> Iterator[str]:  # noqa: ANN401 - JSON is any
    if not isinstance(value, dict):
        yield "is no object; write {id, body, expected}"
        return
    if not isinstance(value.get("id"), str) or not value["id"]:
        yield "has no id, which must be text"
    if not isinstance(value.get("body"), dict):
        yield "has no body, which must be an object"
    if file.answers:
        yield from filter(None, [truth_problem(value.get("truth"), file.answers)])
    if file.needs_expected and not _is_number(value.get("expected")):
        yield "has no expected answer, which must be a number"
    if file.needs_label and value.get("label") not in (0, 1):
        yield "has no label, which must be 0 or 1"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
