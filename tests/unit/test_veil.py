"""Names and addresses are taken out of text, and other words are left alone."""

import html
import json
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.veil import OPEN, STAND_IN, Veil

ERIN = Veil("Erin Example", "erin.e@example.com")


@pytest.mark.parametrize(
    "text",
    [
        "Erin Example",
        "erin example",
        "Example, Erin",
        "ErinExample",
        "erin_example",
        "Erin   Example",
        "ERIN.E@EXAMPLE.COM",
        "erin.e",
        "erin-e",
        "erinexample93",
        "Erin%20Example",
        "erin.e%40example.com",
        "erin.e at example dot com",
        "erin.e [at] example [dot] com",
        "erin.e(at)example.com",
    ],
)
def test_a_name_is_found_as_programs_write_it(text: str) -> None:
    assert ERIN(f"commit by {text}: done") == f"commit by {STAND_IN}: done"


@pytest.mark.parametrize(
    "text",
    [
        "for example",
        "Erinnerung",
        "an example of erin",
        "erinexamples",
        "e@example.com",
        "erin looks at example code",
        "serinexample",
    ],
)
def test_other_words_are_left_alone(text: str) -> None:
    assert ERIN(text) == text


@pytest.mark.parametrize(
    "name", ["Erin Example (demo)", "Erin [ref 7] Example", "(Dr) Erin Example"]
)
def test_a_remark_in_a_name_is_no_part_of_it(name: str) -> None:
    veil = Veil(name, "")

    assert veil("by Erin Example: done") == f"by {STAND_IN}: done"
    assert veil("by example_erin2") == f"by {STAND_IN}"
    assert veil(f"by {name}.").count(STAND_IN) == 1


def test_a_name_that_is_all_remark_is_found_as_it_was_typed() -> None:
    assert Veil("(Erin)", "")("by (Erin)") == f"by {STAND_IN}"


def test_a_name_of_one_word_is_found_as_it_was_typed_and_whole() -> None:
    veil = Veil("Will", "")

    assert (
        veil("Will wrote what will be read willingly")
        == f"{STAND_IN} wrote what will be read willingly"
    )


def test_a_name_is_found_through_the_escapes_of_json_and_html() -> None:
    name = "Zoë O'Brien"
    veil = Veil(name, "")

    assert veil(json.dumps({"author": name})) == json.dumps({"author": STAND_IN})
    assert veil(html.escape(name)) == STAND_IN


@pytest.mark.parametrize(
    "before", ["\n", "\t", "\u201c", "\u2014 ", "by\r\n", "\x1b[32m", "\x1b[1;31m", "# é\n"]
)
def test_what_stands_before_a_name_in_json_does_not_guard_it(before: str) -> None:
    """The end of an escape is a letter of the file, and none of the text."""
    stored = json.dumps({"log": f"{before}Erin Example\u201d\nstarted"})

    assert "Erin" not in ERIN(stored)
    assert json.loads(ERIN(stored)) == {"log": f"{before}{STAND_IN}\u201d\nstarted"}


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/?by=%22Erin%20Example%22",
        "/u%2FErin+Example/",
        "mailto:erin.e%40example.com",
    ],
)
def test_a_name_is_found_in_addresses(text: str) -> None:
    found = ERIN(text)

    assert STAND_IN in found
    assert "rin" not in found


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Jürgen Müller", ["Juergen Mueller", "jurgen-muller", "JÜRGEN MÜLLER", "juergenmueller7"]),
        ("Søren Åkerlund", ["Soren Akerlund", "soeren_aakerlund", "Søren Akerlund"]),
        ("Łukasz Żak", ["Lukasz Zak", "lukasz.zak"]),
        ("Zoë Straße", ["Zoe Strasse", "zoe.strasse"]),
    ],
)
def test_letters_with_marks_are_found_as_they_are_written_without(
    name: str, texts: list[str]
) -> None:
    veil = Veil(name)
    apart = unicodedata.normalize("NFD", name)

    for text in (name, apart, json.dumps(name.upper())[1:-1], json.dumps(apart)[1:-1], *texts):
        assert veil(f"by {text}.") == f"by {STAND_IN}.", text


def test_an_address_is_found_with_and_without_what_stands_behind_its_plus() -> None:
    veil = Veil("", "erin.e+jobs@example.com")

    assert veil("erin.e+jobs@example.com, erin.e@example.com, erin_e") == ", ".join([STAND_IN] * 3)


def test_two_texts_of_json_are_never_made_one() -> None:
    """The quotes between them are no part of a name."""
    stored = json.dumps({"Erin": "Example", "who": ["Erin", "Example"]}, separators=(",", ":"))

    assert json.loads(ERIN(stored)) == json.loads(stored)


@pytest.mark.parametrize("email", ["", "@", "@example.com", "+@", "+tag@example.com"])
def test_an_address_without_a_person_hides_nothing_else(email: str) -> None:
    assert Veil("", email)("look at example dot com, or ask") == "look at example dot com, or ask"


@pytest.mark.parametrize("letter", ["a", "å", "ü", "ß", "é"])
def test_a_long_name_is_no_way_to_keep_a_machine_busy(letter: str) -> None:
    """What a candidate calls themselves is looked for in what the candidate wrote."""
    veil = Veil(" ".join([letter * 3] * 40), "")
    began = time.perf_counter()
    for text in ("a" * 40_000, "ae" * 20_000, "ue" * 20_000, "ss" * 20_000, "aaa " * 10_000):
        veil(text)

    assert time.perf_counter() - began < 5


def test_json_stays_json() -> None:
    stored = json.dumps({"log": "by Erin Example <erin.e@example.com>", "n": [1, None]})

    assert json.loads(ERIN.file(stored.encode())) == {
        "log": f"by {STAND_IN} <{STAND_IN}>",
        "n": [1, None],
    }


@given(st.binary())
def test_a_file_that_names_nobody_stays_byte_by_byte(content: bytes) -> None:
    assert Veil("Nobody Atall", "nobody@atall.example").file(content) == content


def test_who_is_not_known_hides_nobody() -> None:
    assert OPEN("Erin Example") == "Erin Example"
    assert OPEN.file(b"\xff") == b"\xff"


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_a_name_is_made_of_it_is_no_pattern(name: str, text: str) -> None:
    Veil(name, name)(text)
