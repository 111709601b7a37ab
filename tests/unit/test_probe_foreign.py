"""A value that one row has alone is a leak wherever another row was asked about."""

import json
from pathlib import Path

import pytest

from assay_probe.foreign import CHARACTERS_MIN, Foreign

MAILS = {"a": "ada.4711@letters.example", "b": "bo.0815@letters.example"}


@pytest.fixture
def foreign(tmp_path: Path) -> Foreign:
    people = {one: {"mail": mail, "city": "Exampleton"} for one, mail in MAILS.items()}
    lines = [{"id": one, "body": {"who": who}} for one, who in people.items()]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return Foreign.in_rows(str(path), ["who.mail", "who.city", "who.phone"])


def test_a_value_of_another_row_in_an_answer_is_a_leak(foreign: Foreign) -> None:
    body = json.dumps({"notes": f"as for {MAILS['b']}"}).encode()

    assert foreign.in_answer(body, "a") == [["answer", "a", "b", "who.mail"]]


def test_a_row_may_have_its_own_value_back(foreign: Foreign) -> None:
    assert foreign.in_answer(json.dumps(MAILS["a"]).encode(), "a") == []


def test_escapes_hide_nothing(foreign: Foreign) -> None:
    hidden = "".join(f"\\u{ord(c):04x}" for c in MAILS["b"])

    assert foreign.in_answer(f'{{"notes": "{hidden}"}}'.encode(), "a") != []


def test_what_is_shown_to_everybody_belongs_to_nobody(foreign: Foreign) -> None:
    text = f'seen_total{{mail="{MAILS["a"]}"}} 1\n'.encode()

    assert foreign.in_export(text, "/metrics") == [["/metrics", "", "a", "who.mail"]]


def test_what_several_rows_share_tells_nothing(foreign: Foreign) -> None:
    assert {one.field for one in foreign.owned} == {"who.mail"}
    assert foreign.in_answer(b'"Exampleton"', "a") == []


def test_short_values_are_somewhere_by_chance(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lengths = {"a": CHARACTERS_MIN - 1, "b": CHARACTERS_MIN}
    lines = [{"id": name, "body": {"code": name * length}} for name, length in lengths.items()]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert [one.row for one in Foreign.in_rows(str(path), ["code"]).owned] == ["b"]


def test_nothing_is_read_where_nothing_is_looked_for() -> None:
    assert Foreign.in_rows("no such file", []).owned == ()


def test_bytes_that_are_no_text_are_searched_as_far_as_they_go(foreign: Foreign) -> None:
    assert len(foreign.in_answer(b"\xff\xfe" + MAILS["b"].encode(), "a")) == 1
