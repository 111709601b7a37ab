"""What people type into several lines is kept, without what cannot be seen or stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kit.text import plain_lines


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_browser_ends_a_line_in_the_same_way(end: str) -> None:
    assert plain_lines(f"one{end}  two{end}{end}three{end}") == "one\n  two\n\nthree"


@pytest.mark.parametrize("hidden", ["\x00", "\x1b", "\u202e", "\ud800", "\t"])
def test_what_cannot_be_seen_or_stored_is_a_space(hidden: str) -> None:
    assert plain_lines(f"a{hidden}b") == "a b"


@given(st.text())
def test_whatever_is_typed_can_be_stored_and_is_clean_the_second_time(text: str) -> None:
    clean = plain_lines(text)

    clean.encode()
    assert plain_lines(clean) == clean
    assert all(c.isprintable() or c == "\n" for c in clean)
    assert [c for c in text if c.isprintable() and c != " "] == [c for c in clean if c not in " \n"]
