"""Tables as spreadsheets read and write them: CSV (RFC 4180), whatever stands between the cells."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins like that for a formula, and runs it (CWE-1236)."""
SEPARATORS = (";", "\t", ",")
"""What may stand between cells; the one that the first line has most of."""
MARK = "\ufeff"
"""Excel begins a file with it, so that it is known as UTF-8."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(ValueError):
    """Bytes that are no text of a table. The message says what to do."""


def table_text(content: bytes) -> str:
    """The text of a file that a spreadsheet saved.

    Raises:
        Unreadable: it is no UTF-8 and no UTF-16, or no text at all.
    """
    try:
        text = content.decode("utf-16" if content.startswith(UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(
            'the file is not UTF-8: in Excel save it as "CSV UTF-8", elsewhere choose UTF-8'
        ) from error
    if "\0" in text:
        raise Unreadable("this is no text file: save the sheet as CSV and choose that file")
    return text


def read_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number of the line in which a row begins, from 1, and its cells without blanks around them.

    Rows without any content are left out, and Excel's line that names the separator.

    Raises:
        Unreadable: a cell never ends, or goes on after its closing quote.
    """
    lines = list(io.StringIO(text.removeprefix(MARK), newline=""))
    skipped = 1 if lines and lines[0].lower().startswith("sep=") else 0
    told = lines[0].strip("\r\n")[4:] if skipped else ""
    separator = told if told in SEPARATORS else separator_of(lines[skipped:])
    reader = csv.reader(lines[skipped:], delimiter=separator, strict=True)
    begins = skipped + 1
    try:
        for row in reader:
            cells = [plain_cell(cell.strip()) for cell in row]
            if any(cells):
                yield begins, cells
            begins = skipped + reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(
            f"what begins in line {begins} cannot be read ({error}); is a quote not closed?"
        ) from error


def separator_of(lines: Sequence[str]) -> str:
    """What stands between the cells, judged by the first line with content."""
    first = next((line for line in lines if line.strip()), "")
    most = max(SEPARATORS, key=first.count)
    return most if most in first else ","


def safe_cell(value: object) -> str:
    """The value as text that no spreadsheet runs: an apostrophe stands before what it would."""
    text = "" if value is None else str(value)
    is_figure = isinstance(value, int | float)
    return f"'{text}" if text.startswith(FORMULA_BEGINS) and not is_figure else text


def plain_cell(cell: str) -> str:
    """The cell without the apostrophe by which `safe_cell` made it safe."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_BEGINS) else cell


def written_rows(rows: Iterable[Sequence[object]]) -> str:
    """The rows as CSV, every cell safe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def spreadsheet(rows: Iterable[Sequence[object]]) -> str:
    """The same as a file that Excel opens well: it begins with the mark of UTF-8."""
    return MARK + written_rows(rows)
