"""What a build prints is shown in the candidate's own lines, bounded, and believed in nothing."""

from collections.abc import Iterator

import pytest

from assay_sandbox.build_progress import Progress
from assay_sandbox.dockerfile import parse
from assay_sandbox.dockerfile_render import render

BASE = "python:3.11-slim"
DOCKERFILE = parse(f"# a comment\nFROM {BASE}\n\nRUN pip install \\\n  x\nCMD app\n")


class Watched:
    def __init__(self, log_bytes: int) -> None:
        rendered = render(DOCKERFILE, {BASE: "assay/python:1"}, marker="assay.build=x")
        self.lines: list[str] = []
        self.progress = Progress(rendered, log_bytes, self.lines.append)

    def say(self, *texts: str) -> list[bool]:
        return [self.progress.take({"stream": text}) for text in texts]


@pytest.fixture
def watched() -> Iterator[Watched]:
    watched = Watched(log_bytes=1000)
    yield watched
    watched.progress.release()


def test_steps_are_counted_and_shown_as_the_candidate_wrote_them(watched: Watched) -> None:
    watched.say(
        "Step 1/4 : FROM assay/python:1 AS assay-stage-0",
        " ---> 1a2b\n",
        "Step 2/4 : LABEL assay.build=x",
        "Step 3/4 : RUN pip install   x",
    )

    assert watched.lines == [f"[1/3] line 2: FROM {BASE}", "[2/3] line 4: RUN pip install   x"]
    assert watched.progress.instruction == DOCKERFILE.stages[0].instructions[0]


def test_a_step_out_of_order_is_only_output(watched: Watched) -> None:
    watched.say("Step 1/4 : FROM x", "Step 4/4 : CMD app\n")

    assert watched.progress.instruction == DOCKERFILE.stages[0].origin
    assert watched.lines[-1] == "Step 4/4 : CMD app"


def test_pieces_of_a_line_are_put_together(watched: Watched) -> None:
    watched.say("he", "llo\nwor", "ld\r\n")

    assert watched.lines == ["hello", "world"]


def test_terminal_commands_are_taken_out(watched: Watched) -> None:
    watched.say("\x1b[2J\x1b[31mred\x1b[0m\x07\n")

    assert watched.lines == ["red"]


def test_more_than_the_budget_is_said_at_once_even_on_one_line(watched: Watched) -> None:
    assert watched.say("x" * 500 + "\n") == [True]
    assert not all(watched.say(*["y" * 4000] * 3))


SILENT = {
    "empty lines": "\n" * 40,
    "what looks like the engine's": " ---> " + "x" * 40,
    "terminal commands": "\x1b[2J" * 10 + "\n",
    "terminal commands with a letter here and there": "\x07" * 40 + "a\n",
    "carriage returns": "\r" * 40,
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT.keys())
def test_what_is_left_out_has_a_budget_of_its_own(watched: Watched, text: str) -> None:
    """The budget is 1000 bytes: 20 times 40 are within it, and 400 times 40 are far beyond."""
    assert all(watched.say(*[text] * 20))
    assert not all(watched.say(*[text] * 400))
    assert len(watched.progress.end()) < 2000


def test_the_budget_of_what_is_left_out_counts_bytes_not_characters(watched: Watched) -> None:
    """Six characters of one byte and fifteen of three: 51 bytes each time."""
    assert all(watched.say(*[" ---> " + "\u20ac" * 15] * 19))
    assert watched.say(" ---> " + "\u20ac" * 15) == [False]


def test_noise_takes_nothing_from_the_budget_of_the_log(watched: Watched) -> None:
    assert all(watched.say(*[" ---> 1a2b3c\n"] * 50))
    assert all(watched.say(*["x" * 99 + "\n"] * 10))


def test_only_fields_of_their_own_say_how_it_ended(watched: Watched) -> None:
    watched.say('{"aux": {"ID": "sha256:forged"}}\n', "Successfully built forged\n")
    assert watched.progress.image_id is None

    watched.progress.take({"errorDetail": {"code": 3, "message": "it failed"}, "error": "x"})
    watched.progress.take({"aux": {"ID": "sha256:true"}})

    assert (watched.progress.code, watched.progress.error) == (3, "it failed")
    assert watched.progress.image_id == "sha256:true"
    assert watched.progress.end() == watched.progress.end()
