"""Groups that a company says its candidates belong to: read from CSV, kept apart, taken away again.

Nothing else in the platform reads them; no reviewer sees them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, func, select

from assay.audit.ledger import Actor, Detail, record
from assay.audit.tags import Tag
from assay.db.states import locked
from assay.db.tables import Assessment, CandidateGroup, Position
from assay.domain.errors import BadInput
from assay.kit.sheets import Unreadable, read_rows
from assay.kit.text import one_line

ROWS_MAX = 5_000
WORD_MAX = 60
PROBLEMS_MAX = 20
COLUMNS = ("mail", "dimension", "value")
HEADS = {"mail", "email", "emailaddress", "mailaddress", "address", "candidate", "candidateemail"}
"""What the first column of a heading may say, without blanks, dashes and capitals."""
EXAMPLE = "dana@example.org,gender,woman"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file."""

    number: int
    email: str
    dimension: str
    value: str


def upload(session: Session, position: Position, text: str, now: datetime, *, by: Actor) -> int:
    """Keep the groups of a CSV file in place of those there were; how many lines it has.

    Of two who upload at once one waits, and their list is the one that stays.

    Raises:
        BadInput: lines cannot be used, or name nobody of the position; nothing is changed.
    """
    lines = parse(text)
    locked(session, Position, position.id)
    known = _candidates(session, position.id)
    strangers = [
        f"line {line.number}: nobody of this position has the address {line.email}"
        for line in lines
        if line.email not in known
    ]
    if strangers:
        raise BadInput(*_first(strangers))
    _clear(session, position.id)
    for line in lines:
        for assessment_id in known[line.email]:
            session.add(
                CandidateGroup(
                    assessment_id=assessment_id, dimension=line.dimension, value=line.value
                )
            )
    facts: dict[str, Detail] = {
        "candidates": len({line.email for line in lines}),
        "lines": len(lines),
    }
    record(session, Tag.GROUPS_UPLOADED, by=by, subject=position.id, now=now, details=facts)
    return len(lines)


def take_away(session: Session, position: Position, now: datetime, *, by: Actor) -> int:
    """Delete all groups of a position; how many there were."""
    gone = _clear(session, position.id)
    record(session, Tag.GROUPS_UPLOADED, by=by, subject=position.id, now=now, details={"lines": 0})
    return gone


def count_of(session: Session, position_id: str) -> int:
    """How many candidates have a group."""
    wanted = (
        select(func.count(func.distinct(CandidateGroup.assessment_id)))
        .join(Assessment, col(Assessment.id) == col(CandidateGroup.assessment_id))
        .where(Assessment.position_id == position_id)
    )
    return session.exec(wanted).one()


def parse(text: str) -> list[Line]:
    """The lines of a CSV file: mail, dimension, value; with or without a heading.

    Raises:
        BadInput: lines cannot be used; all of them are named.
    """
    lines, problems = list[Line](), list[str]()
    seen: set[tuple[str, str]] = set()
    for number, cells in _rows(text):
        wrong = _wrong(cells)
        line = None if wrong else _line(number, cells)
        if line and (line.email, line.dimension) in seen:
            wrong = f"{line.dimension} of {line.email} is there twice; keep one of the lines"
        if wrong:
            problems.append(f"line {number}: {wrong}")
        elif line:
            seen.add((line.email, line.dimension))
            lines.append(line)
    if problems:
        raise BadInput(*_first(problems))
    if not lines:
        raise BadInput(f"there is no line to use; say for example: {EXAMPLE}")
    if len(lines) > ROWS_MAX:
        raise BadInput(f"{len(lines):,} lines are too many: at most {ROWS_MAX:,}")
    return lines


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered lines without a heading and empty ones."""
    try:
        for count, (number, cells) in enumerate(read_rows(text)):
            if count or "".join(filter(str.isalpha, cells[0].lower())) not in HEADS:
                yield number, cells
    except Unreadable as error:
        raise BadInput(str(error)) from error


def _wrong(cells: list[str]) -> str:
    """What is wrong with a line, "" if nothing is."""
    if len(cells) != len(COLUMNS) or not all(cells):
        return f"a line has three columns: {', '.join(COLUMNS)}; for example {EXAMPLE}"
    if "@" not in cells[0]:
        return f"{one_line(cells[0], WORD_MAX)!r} is no mail address"
    if max(len(cells[1]), len(cells[2])) > WORD_MAX:
        return f"dimension and value have at most {WORD_MAX} characters"
    return ""


def _line(number: int, cells: list[str]) -> Line:
    dimension, value = one_line(cells[1], WORD_MAX).lower(), one_line(cells[2], WORD_MAX).lower()
    return Line(number, cells[0].lower(), dimension, value)


def _candidates(session: Session, position_id: str) -> dict[str, list[str]]:
    """Mail -> assessments of the position."""
    wanted = select(Assessment.candidate_email, Assessment.id)
    found: dict[str, list[str]] = {}
    for email, assessment_id in session.exec(wanted.where(Assessment.position_id == position_id)):
        found.setdefault(email.lower(), []).append(assessment_id)
    return found


def _clear(session: Session, position_id: str) -> int:
    here = select(Assessment.id).where(Assessment.position_id == position_id)
    gone = delete(CandidateGroup).where(col(CandidateGroup.assessment_id).in_(here))
    return session.exec(gone).rowcount


def _first(problems: list[str]) -> list[str]:
    """Not a thousand of them."""
    more = len(problems) - PROBLEMS_MAX
    rest = [f"and {more:,} lines more"] if more > 0 else []
    return [*problems[:PROBLEMS_MAX], *rest]
