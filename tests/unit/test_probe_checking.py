"""Only a finite JSON number within the tolerance is a correct answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_probe.checking import answers_in, number, outcome
from assay_probe.reply import Reply


def reply(body: bytes = b'{"p": 0.5}', status: int | None = 200, failure: str = "") -> Reply:
    return Reply(status, {}, body, failure, failure, started_s=0.0, ended_s=0.01)


def letter(answer: Reply, expected: float | None = 0.5) -> str:
    return outcome(answer, "p", expected, tolerance=0.001)


@pytest.mark.parametrize(
    ("body", "expected_letter"),
    [
        (b'{"p": 0.5}', "o"),
        (b'{"p": 0.5009}', "o"),
        (b'{"p": 0.502}', "w"),
        (b'{"p": 1e999}', "m"),
        (b'{"p": NaN}', "m"),
        (b'{"p": Infinity}', "m"),
        (b'{"p": 0.5, "q": NaN}', "m"),
        (b'{"p": true}', "m"),
        (b'{"p": "0.5"}', "m"),
        (b'{"p": null}', "m"),
        (b'{"p": [0.5]}', "m"),
        (b'{"q": 0.5}', "m"),
        (b"[0.5]", "m"),
        (b"0.5", "m"),
        (b"", "m"),
        (b'{"p": 0.5', "m"),
        (b'{"p": 0.5}{"p": 0.5}', "m"),
        (b"\xff\xfe", "m"),
        (b"[" * 100_000, "m"),
        (b'{"p": ' + b"9" * 10_000 + b"}", "m"),
        (b'{"p": ' + b"9" * 400 + b"}", "m"),
    ],
)
def test_a_200_is_right_wrong_or_malformed(body: bytes, expected_letter: str) -> None:
    assert letter(reply(body)) == expected_letter


@pytest.mark.parametrize(
    ("status", "expected_letter"),
    [
        (400, "4"),
        (422, "4"),
        (429, "4"),
        (500, "5"),
        (503, "5"),
        (204, "5"),
        (302, "5"),
        (101, "5"),
    ],
)
def test_other_statuses_keep_their_class_whatever_the_body(
    status: int, expected_letter: str
) -> None:
    assert letter(reply(status=status)) == expected_letter


@pytest.mark.parametrize("failure", ["t", "r", "x", "5"])
def test_a_failure_on_the_wire_stays_what_it_is(failure: str) -> None:
    assert letter(reply(b'{"p": 0.5}', None, failure)) == failure


def test_any_number_will_do_where_nothing_is_expected() -> None:
    assert letter(reply(b'{"p": -17}'), expected=None) == "o"


def test_dots_descend_into_objects_only() -> None:
    assert number(b'{"a": {"b": 2}}', "a.b") == 2
    assert number(b'{"a": [{"b": 2}]}', "a.0.b") is None
    assert number(b'{"a.b": 2}', "a.b") is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_comes_through_unchanged(value: float) -> None:
    assert number(json.dumps({"p": value}).encode(), "p") == value


@given(st.binary(max_size=200))
def test_no_body_whatever_breaks_the_check(body: bytes) -> None:
    assert letter(reply(body)) in "owme"
    assert answers_in(body, "scores", "p") == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": {"type": "internal"}}',
        b'{"errors": ["x"], "request": 7}',
        b'{"detail": "Internal Server Error"}',
        b'{"application_id": "A-1", "error": "bureau"}',
    ],
)
def test_an_error_in_place_of_the_answer_is_told_as_success(body: bytes) -> None:
    assert letter(reply(body)) == "e"


@pytest.mark.parametrize(
    "body",
    [
        b'{"p": null, "error": "none"}',
        b'{"p": NaN, "error": null}',
        b'{"status": "ok"}',
        b'["error"]',
        b'"error"',
        b"error",
    ],
)
def test_what_has_no_answer_and_tells_no_error_is_malformed(body: bytes) -> None:
    assert letter(reply(body)) == "m"


@pytest.mark.parametrize(
    ("body", "answers"),
    [
        (b'{"scores": [{"p": 0.1}, {"p": NaN}]}', 2),
        (b'{"scores": [0.1, 0.2, 0.3]}', 3),
        (b'{"scores": [{"p": 0.1}, {"q": 0.1}, {}]}', 1),
        (b'{"error": {}}', 0),
        (b'{"scores": {"p": 0.1}}', 0),
        (b"", 0),
    ],
)
def test_answers_of_a_batch_are_counted(body: bytes, answers: int) -> None:
    assert answers_in(body, "scores", "p") == answers
