"""What the pusher reads fits a terminal, and cannot steer it."""

from hypothesis import given
from hypothesis import strategies as st

from assay.web.git.gate import Line
from assay.web.git.lines import MARKS, WIDTH, rendered


def test_every_kind_of_line_has_a_mark_of_its_own() -> None:
    assert rendered(Line("build", "good"), colour=False) == "✓ build\n"
    assert len(set(MARKS.values())) == len(MARKS)


def test_colours_come_only_when_asked_for() -> None:
    line = Line("build failed", "bad")

    assert "\x1b" not in rendered(line, colour=False)
    assert rendered(line, colour=True) == "\x1b[31m✗ build failed\x1b[0m\n"


def test_an_address_is_never_cut_in_two() -> None:
    url = "https://assay.example.org/" + "x" * 80

    assert f" {url}\n" in rendered(Line(f"see the report at {url}"), colour=False)


def test_a_service_cannot_steer_the_terminal_with_its_log() -> None:
    shown = rendered(Line("\x1b[2J\rgone\x07\u202e"), colour=False)

    assert not any(ord(c) < 32 for c in shown.rstrip("\n"))
    assert "\u202e" not in shown


def test_an_empty_line_is_a_line() -> None:
    assert rendered(Line(""), colour=False).endswith("\n")


@given(st.text().filter(lambda text: "://" not in text))
def test_no_line_is_wider_than_the_terminal(text: str) -> None:
    rows = rendered(Line(text), colour=False).split("\n")

    assert max(len(row) for row in rows) <= WIDTH
