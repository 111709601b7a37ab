"""Whoever watches a build reads its log while it runs, in limits, and why it failed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.interruptions import Situation, begin

from assay.evaluation.live_log import FIRST_LINES, LAST_LINES, LINE_MAX, live_log
from assay.evaluation.ports import ProgressEvent

MOST = FIRST_LINES + LAST_LINES + 1


def told_of(lines: list[str]) -> list[str]:
    told: list[str] = []
    with live_log(told.append) as hear:
        for line in lines:
            hear(line)
    return told


def test_a_line_is_told_before_the_next_is_printed() -> None:
    told: list[str] = []

    with live_log(told.append) as hear:
        hear("Collecting fastapi")
        assert told == ["Collecting fastapi"]


@given(st.integers(0, 3 * (FIRST_LINES + LAST_LINES)))
def test_beginning_and_end_are_told_and_the_rest_is_counted(count: int) -> None:
    lines = [f"line {number}" for number in range(count)]

    told = told_of(lines)

    assert len(told) <= MOST
    assert told[:FIRST_LINES] == lines[:FIRST_LINES]
    assert told[-LAST_LINES:] == lines[-LAST_LINES:]
    left_out = count - FIRST_LINES - LAST_LINES
    assert (f"… {left_out} lines are left out here …" in told) == (left_out > 0)
    assert len(told) == (count if left_out <= 0 else MOST)


def break_off(told: list[str], lines: int) -> None:
    with live_log(told.append) as hear:
        for number in range(lines):
            hear(f"line {number}")
        raise RuntimeError


def test_the_last_lines_are_told_when_the_engine_breaks_off() -> None:
    told: list[str] = []

    with pytest.raises(RuntimeError):
        break_off(told, FIRST_LINES + 1)

    assert told[-1] == f"line {FIRST_LINES}"


@given(st.text(st.characters(codec=None), max_size=2 * LINE_MAX))
def test_whatever_is_printed_can_be_sent_stored_and_shown(printed: str) -> None:
    for line in told_of([printed]):
        line.encode()
        assert line.isprintable()
        assert 0 < len(line) <= LINE_MAX


FAILS = ("[3/5] line 4: RUN pip install", "", "ERROR: no matching distribution: fastapo")


def logged(told: list[ProgressEvent]) -> list[tuple[str, str]]:
    return [(event.stage, event.detail) for event in told if event.state == "log"]


def test_the_log_of_a_build_that_fails_comes_before_its_end(tmp_path: Path) -> None:
    process = begin(tmp_path, Situation(world={"built": False, "build_log": FAILS}))

    told = process.run_until("build").told

    assert logged(told) == [("build", FAILS[0]), ("build", FAILS[2])]
    assert (told[-1].state, told[-1].stage) == ("end", "build")


def test_the_log_of_the_submissions_own_tests_is_told(tmp_path: Path) -> None:
    process = begin(tmp_path, Situation(world={"build_log": FAILS}, only=("operability",)))

    assert ("operability", FAILS[2]) in logged(process.run_until("operability").told)


def test_an_image_that_is_only_made_again_is_made_quietly(tmp_path: Path) -> None:
    loud = Situation(world={"build_log": FAILS})
    stored = begin(tmp_path, loud).run_until("boot").stored

    after = begin(tmp_path, loud, stored).run_until("contract")

    assert logged(after.told) == []


CRASHES = (
    "Traceback (most recent call last):\n\x1b[31mModuleNotFoundError: No module named 'fastapo'\n"
)


def test_what_a_service_printed_before_it_failed_to_start_is_told(tmp_path: Path) -> None:
    process = begin(tmp_path, Situation(submission={"ready": False, "text": CRASHES}))

    told = process.run_until("boot").told

    (_, first), (_, last) = logged(told)
    assert first == "Traceback (most recent call last):"
    assert last.endswith("[31mModuleNotFoundError: No module named 'fastapo'")
    assert "\x1b" not in last


def test_a_service_that_starts_keeps_its_output_to_itself(tmp_path: Path) -> None:
    process = begin(tmp_path, Situation(submission={"text": CRASHES}))

    assert logged(process.run_until("boot").told) == []
