"""Names and addresses are taken out of text, and other words are left alone."""

import html
import json

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
    ],
)
def test_a_name_is_found_as_programs_write_it(text: str) -> None:
    assert ERIN(f"commit by {text}: done") == f"commit by {STAND_IN}: done"


@pytest.mark.parametrize(
    "text", ["for example", "Erinnerung", "an example of erin", "erinexamples", "e@example.com"]
)
def test_other_words_are_left_alone(text: str) -> None:
    assert ERIN(text) == text


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
