"""How commands end: one exit code per owner of the failure, and never a bare traceback."""

import os
import signal

import pytest

from assay.cli.console import one_line, printable
from assay.cli.main import spread
from assay.cli.outcome import exit_code
from assay.domain.errors import BadInput, PlatformFault, Problem
from assay_sandbox.errors import EngineUnavailable


def ends(error: BaseException, capsys: pytest.CaptureFixture[str], *, debug: bool = False) -> str:
    """The exit code and what was said, as one text to look into."""

    def command() -> None:
        raise error

    code = exit_code(command, debug=debug)
    return f"{code} {' '.join(capsys.readouterr().err.split())}"


@pytest.fixture(autouse=True)
def _consoles_follow_the_captured_streams() -> None:
    from assay.cli import console

    console.err.cache_clear()
    console.out.cache_clear()


def test_a_command_that_returns_is_done() -> None:
    assert exit_code(lambda: None) == 0


def test_all_problems_of_the_input_are_said_with_their_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = BadInput(Problem("is no port", "challenge.toml", 7), "there is no [load] table")

    said = ends(error, capsys)

    assert said == "2 error challenge.toml:7: is no port error there is no [load] table"


@pytest.mark.parametrize("kind", [PlatformFault, EngineUnavailable])
def test_a_fault_of_ours_comes_with_its_remedy(
    kind: type[PlatformFault], capsys: pytest.CaptureFixture[str]
) -> None:
    said = ends(kind("no engine answers", remedy="start one"), capsys)

    assert said.startswith("3 platform fault no engine answers remedy start one")
    assert "Traceback" not in said


def test_an_expected_error_shows_its_traceback_only_when_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "Traceback" in ends(PlatformFault("no engine"), capsys, debug=True)


def test_a_mistake_of_ours_is_ours_and_can_be_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = ends(ZeroDivisionError("division by zero"), capsys)

    assert said.startswith("3 Traceback")
    assert "ZeroDivisionError" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_and_what_was_started_is_removed(number: signal.Signals) -> None:
    removed = []

    def command() -> None:
        try:
            os.kill(os.getpid(), number)
            signal.pause()
        finally:
            removed.append("container")

    code = exit_code(command)

    assert code == 130
    assert removed == ["container"]


def test_a_second_signal_does_not_cut_the_removal_short() -> None:
    removed = []

    def command() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            signal.pause()
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            removed.append("container")

    assert exit_code(command) == 130
    assert removed == ["container"]


def test_signals_mean_what_they_meant_before_once_a_command_is_over() -> None:
    before = signal.getsignal(signal.SIGTERM)

    exit_code(lambda: None)

    assert signal.getsignal(signal.SIGTERM) is before


def test_a_submission_cannot_drive_the_terminal() -> None:
    hostile = "ok\x1b[2J\x1b]0;title\x07 \u202etxt.exe\n\x00"

    assert printable(hostile) == "ok�[2J�]0;title� �txt.exe\n�"


def test_markup_of_a_submission_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert "[bold red]hello[/]" in ends(BadInput("[bold red]hello[/] [link=x]"), capsys)


def test_long_text_is_cut() -> None:
    assert one_line("a  b\n" + "c" * 300, limit=10) == "a b ccccc…"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["--only", "load", "capacity"], ["--only", "load", "--only", "capacity"]),
        (["--only", "load", "--json"], ["--only", "load", "--json"]),
        (["grade", "x", "--seed", "3", "y"], ["grade", "x", "--seed", "3", "y"]),
        (["--only", "a", "b", "--out", "d"], ["--only", "a", "--only", "b", "--out", "d"]),
    ],
)
def test_words_after_only_belong_to_it_until_the_next_option(
    given: list[str], meant: list[str]
) -> None:
    assert spread(given) == meant
