"""CSV as spreadsheets write it, read; and written so that no spreadsheet runs it."""

import csv
import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assay.kit.sheets import (
    FORMULA_BEGINS,
    MARK,
    Unreadable,
    read_rows,
    safe_cell,
    spreadsheet,
    table_text,
    written_rows,
)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_cells_may_be_separated_in_three_ways(separator: str) -> None:
    text = separator.join(["Erin", "erin@example.com"]) + "\n"

    assert list(read_rows(text)) == [(1, ["Erin", "erin@example.com"])]


def test_excel_may_begin_with_a_mark_and_say_what_separates() -> None:
    text = table_text("\ufeffsep=;\r\nErin, PhD;erin@example.com\r\n".encode())

    assert list(read_rows(text)) == [(2, ["Erin, PhD", "erin@example.com"])]


def test_a_row_is_named_by_the_line_it_begins_in() -> None:
    text = 'a,1\n\n"two\nlines",2\nb,3\n'

    assert [(line, cells[1]) for line, cells in read_rows(text)] == [(1, "1"), (3, "2"), (5, "3")]


def test_utf_16_as_excel_saves_unicode_text_is_read() -> None:
    assert table_text("Zoë\tz@example.com".encode("utf-16")) == "Zoë\tz@example.com"


@pytest.mark.parametrize(
    "content", ["Zoë".encode("cp1252"), b"\x00\x01", b"PK\x03\x04\xff\xfe", b"\xff\xfe\x00"]
)
def test_what_is_no_text_is_refused_with_what_to_do(content: bytes) -> None:
    with pytest.raises(Unreadable, match=r"CSV|UTF-8"):
        table_text(content)


def test_a_cell_without_end_is_refused() -> None:
    with pytest.raises(Unreadable, match="begins in line 2"):
        list(read_rows('a,b\n"' + "x" * 200_000))


@pytest.mark.parametrize("begin", FORMULA_BEGINS)
def test_no_cell_is_a_formula(begin: str) -> None:
    written = written_rows([[f"{begin}1+1"]])
    (cell,) = next(csv.reader(io.StringIO(written, newline="")))

    assert cell.startswith("'")


def test_a_figure_below_zero_is_no_formula() -> None:
    assert safe_cell(-1.5) == "-1.5"
    assert safe_cell(None) == ""


letters = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)


@given(st.lists(st.lists(letters, min_size=2, max_size=4), min_size=1, max_size=5))
def test_what_was_written_is_read_again(rows: list[list[str]]) -> None:
    assume(not any(cell.strip().startswith("'") for row in rows for cell in row))
    stripped = [[cell.strip() for cell in row] for row in rows]
    kept = [row for row in stripped if any(row)]
    header = ["x", "y"]
    read = [cells for _, cells in read_rows(written_rows([header, *stripped]))]

    assert read == [header, *kept]


def test_a_file_for_excel_begins_with_the_mark_and_ends_lines_as_it_does() -> None:
    assert spreadsheet([["ä", 1]]) == f"{MARK}ä,1\r\n"
