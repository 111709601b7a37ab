"""Whom a list names. What cannot be used is named by its line, and what to do is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import BadInput
from assay.features.positions.people import ROWS_MAX, Person, people_text, read_people

ERIN = "erin@example.com"
FOUND = [
    ("erin@example.com", [(1, ERIN, "")]),
    ("Erin,erin@example.com", [(1, ERIN, "Erin")]),
    ("erin@example.com,Erin", [(1, ERIN, "Erin")]),
    ("Erin Example;ERIN@Example.com", [(1, ERIN, "Erin Example")]),
    ("Erin\terin@example.com\n", [(1, ERIN, "Erin")]),
    ("\n\n  Erin ,  erin@example.com  \n\n", [(3, ERIN, "Erin")]),
    ("name,email\nErin,erin@example.com", [(2, ERIN, "Erin")]),
    ("E-Mail;Name\nerin@example.com;Erin", [(2, ERIN, "Erin")]),
    ("Email address,Phone,Full name\nerin@example.com,123,Erin", [(2, ERIN, "Erin")]),
    ("Last name,First name,E-mail\nExample,Erin,erin@example.com", [(2, ERIN, "Erin Example")]),
    ("name\nErin Example <erin@example.com>", [(2, ERIN, "Erin Example")]),
    ("Erin Example <erin@example.com>", [(1, ERIN, "Erin Example")]),
    ('"Example, Erin",erin@example.com', [(1, ERIN, "Example, Erin")]),
    ("sep=;\nErin;erin@example.com", [(2, ERIN, "Erin")]),
    ("Zoë,zoë@example.com", [(1, "zoë@example.com", "Zoë")]),
    ("A,a@example.com\nB,b@example.com", [(1, "a@example.com", "A"), (2, "b@example.com", "B")]),
]
BAD = [
    ("Erin", 1, "no e-mail address"),
    ("Erin,erin@", 1, "is no e-mail address"),
    ("Erin,erin at example.com", 1, "no e-mail address"),
    ("name,email\nErin,", 2, "no e-mail address"),
    ("Erin,erin@exam ple.com", 1, "write it as name@example.com"),
    ("a@example.com\nErin,A@EXAMPLE.com", 2, "same address as in line 1"),
]


@pytest.mark.parametrize(("text", "people"), FOUND)
def test_a_list_is_read_as_it_is_meant(text: str, people: list[tuple[int, str, str]]) -> None:
    found = read_people(text)

    assert [(one.line, one.email, one.name) for one in found.good] == people
    assert found.bad == []


@pytest.mark.parametrize(("text", "line", "why"), BAD)
def test_a_bad_row_is_named_with_what_to_do(text: str, line: int, why: str) -> None:
    (bad,) = read_people(text).bad

    assert bad.line == line
    assert why in bad.why


def test_a_bad_row_costs_only_itself() -> None:
    found = read_people("A,a@example.com\nnobody\nB,b@example.com")

    assert [one.email for one in found.good] == ["a@example.com", "b@example.com"]
    assert [(one.line, one.text) for one in found.bad] == [(2, "nobody")]


def test_who_is_invited_already_is_neither_invited_nor_wrong() -> None:
    found = read_people("A,a@example.com\nB,b@example.com", known={"b@example.com"})

    assert [one.email for one in found.good] == ["a@example.com"]
    assert [one.email for one in found.known] == ["b@example.com"]
    assert found.bad == []


@pytest.mark.parametrize("text", ["", "\n \n", "name,email\n", '"Erin\n'])
def test_a_list_that_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"names nobody|quote"):
        read_people(text)


def test_a_list_has_a_limit() -> None:
    most = "\n".join(f"c{number}@example.com" for number in range(ROWS_MAX))

    assert len(read_people(most).good) == ROWS_MAX
    with pytest.raises(BadInput, match="2,001 rows are too many"):
        read_people(f"{most}\none.more@example.com")


def test_what_hides_in_a_name_is_made_visible() -> None:
    (erin,) = read_people("E\u202erin\u0000,erin@example.com".replace("\u0000", "\u0007")).good

    assert erin.name.count("\N{REPLACEMENT CHARACTER}") == 2


def test_a_name_that_a_spreadsheet_would_run_is_kept_as_it_is() -> None:
    people = [Person(2, ERIN, "=HYPERLINK(1)")]

    assert read_people(people_text(people)).good == people


names = st.text(st.characters(codec="utf-8", exclude_characters="<>'@"), max_size=40)


@given(st.lists(names, min_size=1, max_size=20))
def test_the_list_that_is_confirmed_is_the_one_that_was_shown(names: list[str]) -> None:
    rows = "\n".join(f"c{number}@example.com" for number in range(len(names)))
    shown = [
        Person(one.line + 1, one.email, " ".join(name.split()) if name.isprintable() else "")
        for one, name in zip(read_people(rows).good, names, strict=True)
    ]

    assert list(read_people(people_text(shown)).good) == shown


@given(st.text(max_size=300))
def test_whatever_is_pasted_is_read_or_refused_in_words(text: str) -> None:
    try:
        found = read_people(text)
    except BadInput:
        return
    assert found.good or found.bad
