"""From a pasted list or a CSV file to whom to invite, and to what is wrong in which line. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from assay.auth.accounts import normal_email
from assay.domain.errors import BadInput
from assay.kit.sheets import Unreadable, read_rows, written_rows
from assay.kit.text import one_line

ROWS_MAX = 2000
"""More are invited in several lists: every one of them is looked at by a person."""
NAME_MAX = 200
MAIL_WORDS = frozenset(
    {"email", "mail", "emailaddress", "mailaddress", "address", "candidateemail"}
)
NAME_WORDS = frozenset({"name", "fullname", "candidate", "candidatename"})
PART_WORDS = ("firstname", "givenname", "forename", "lastname", "surname", "familyname")
"""How the columns of a header may be called, without blanks, dashes and capitals."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to invite. `line`: where in the list, from 1."""

    line: int
    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line nobody is invited by. `why`: what is wrong, and what to do."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class People:
    """A list, read.

    Attributes:
        good: To invite, each address once.
        bad: To mend, or to leave out.
        known: Invited to the position already: left out, nothing is wrong with them.
    """

    good: Sequence[Person]
    bad: Sequence[BadRow]
    known: Sequence[Person] = ()


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where in a row what stands; without a header the address is where an @ is."""

    email: int | None = None
    names: tuple[int, ...] = ()


def read_people(text: str, known: Collection[str] = ()) -> People:
    """Whom a list names: one in a line, name and address in any order, with or without header.

    Args:
        text: Cells are separated by commas, semicolons or tabs.
        known: Addresses that were invited already.

    Raises:
        BadInput: the list is empty or too long, or a cell in it never ends.
    """
    rows = _rows(text)
    columns = _header(rows[0][1]) if rows else None
    if columns is not None:
        rows = rows[1:]
    if not rows:
        raise BadInput("the list names nobody: put one candidate in a line, as name, e-mail")
    if len(rows) > ROWS_MAX:
        raise BadInput(f"{len(rows):,} rows are too many: at most {ROWS_MAX:,} at a time")
    return _sorted_out((_read(line, cells, columns) for line, cells in rows), known)


def people_text(people: Iterable[Person]) -> str:
    """The same people as a list that `read_people` reads."""
    return written_rows([("name", "email"), *((one.name, one.email) for one in people)])


def _rows(text: str) -> list[tuple[int, list[str]]]:
    try:
        return list(read_rows(text))
    except Unreadable as wrong:
        raise BadInput(str(wrong)) from wrong


def _sorted_out(read: Iterable[Person | BadRow], known: Collection[str]) -> People:
    good: dict[str, Person] = {}
    bad: list[BadRow] = []
    invited: dict[str, Person] = {}
    for one in read:
        if isinstance(one, BadRow):
            bad.append(one)
        elif before := good.get(one.email) or invited.get(one.email):
            why = f"the same address as in line {before.line}: it is invited once"
            bad.append(BadRow(one.line, one.email, why))
        else:
            (invited if one.email in known else good)[one.email] = one
    return People(list(good.values()), bad, list(invited.values()))


def _read(line: int, cells: Sequence[str], columns: _Columns | None) -> Person | BadRow:
    at = _place_of_mail(cells, columns)
    shown = one_line(", ".join(filter(None, cells)), NAME_MAX)
    if at is None:
        why = "there is no e-mail address in it: add one, as name@example.com"
        return BadRow(line, shown, why)
    try:
        email = normal_email(_bare(cells[at]))
    except BadInput as wrong:
        return BadRow(line, shown, str(wrong))
    name = one_line(_name(cells, at, columns), NAME_MAX)
    return Person(line, email, name)


def _place_of_mail(cells: Sequence[str], columns: _Columns | None) -> int | None:
    if columns is not None and columns.email is not None:
        return columns.email if columns.email < len(cells) and cells[columns.email] else None
    return next((at for at, cell in enumerate(cells) if "@" in cell), None)


def _name(cells: Sequence[str], mail_at: int, columns: _Columns | None) -> str:
    """As it is greeted; "" if nothing says it."""
    if columns is not None and columns.email is not None:
        places: Sequence[int] = [at for at in columns.names if at < len(cells)]
    else:
        places = [at for at, cell in enumerate(cells) if at != mail_at and cell][:1]
    name = " ".join(cells[at] for at in places if cells[at])
    return name or _before_brackets(cells[mail_at])


def _bare(cell: str) -> str:
    """The address in "Erin Example <erin@example.com>", as mail programs copy it."""
    if cell.endswith(">") and "<" in cell:
        return cell[cell.rindex("<") + 1 : -1]
    return cell.removeprefix("mailto:")


def _before_brackets(cell: str) -> str:
    return cell[: cell.rindex("<")].strip(' "') if cell.endswith(">") and "<" in cell else ""


def _header(cells: Sequence[str]) -> _Columns | None:
    """The columns that a first row names; None if it is no header."""
    words = ["".join(c for c in cell.lower() if c.isalpha()) for cell in cells]
    if any("@" in cell for cell in cells):
        return None
    mails = [at for at, word in enumerate(words) if word in MAIL_WORDS]
    names = [at for at, word in enumerate(words) if word in NAME_WORDS]
    parts = sorted(
        (at for at, word in enumerate(words) if word in PART_WORDS),
        key=lambda at: PART_WORDS.index(words[at]),
    )
    if not mails and not names and not parts:
        return None
    return _Columns(mails[0] if mails else None, tuple(names[:1] or parts))
