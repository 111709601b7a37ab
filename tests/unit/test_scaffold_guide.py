"""Every command of the authoring guide works, in the order in which it stands there.

The quick ones are run as a reader would; of those that evaluate, prove or need results only the
words are checked: the command exists and takes these options.
"""

import contextlib
import io
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer.main
from tests.fakes import terminal
from typer.exceptions import TyperException

from assay.cli.main import app, main
from assay.toolkit.package import load_challenge

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "authoring-guide.md"
REGRADING = ROOT / "docs" / "regrading.md"
SLOW = ("grade", "compare", "rescore", "adopt", "challenge prove", "challenge publish")
"""Of these only the words are checked."""
ASSAY = "assay "


@dataclass
class Afternoon:
    """What came of following the guide from top to bottom in this directory."""

    place: Path
    said: str = ""
    slow: list[str] = field(default_factory=list)

    def follow(self, statement: str) -> None:
        if not statement.startswith(ASSAY):
            subprocess.run(["bash", "-euc", statement], cwd=self.place, check=True, timeout=60)
            return
        words = statement.removeprefix(ASSAY)
        if words.startswith(SLOW):
            self.slow.append(words)
            return
        heard = io.StringIO()
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
            code = main(shlex.split(words))
        self.said += heard.getvalue()
        assert code == 0, f"{statement}\n{heard.getvalue()}"


def statements(page: Path) -> Iterator[str]:
    """The statements of the shell blocks of a page; a here-document belongs to its own."""
    for block in re.findall(r"^```sh\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
        lines = iter(block.splitlines())
        for line in lines:
            statement = [line]
            if "<<'END'" in line:
                for more in lines:
                    statement.append(more)
                    if more == "END":
                        break
            yield "\n".join(statement)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afternoon]:
    """Somebody has followed the guide, in a place of their own."""
    place = tmp_path_factory.mktemp("author")
    own = {"ASSAY_HOME": str(place / "home"), "ASSAY_CHALLENGES": str(place / "challenges")}
    with terminal.wide(), pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for name, value in own.items():
            patch.setenv(name, value)
        afternoon = Afternoon(place)
        for statement in statements(GUIDE):
            afternoon.follow(statement)
        yield afternoon


def parsed(words: str) -> None:
    """As the program reads it, without doing it."""
    command: Any = typer.main.get_command(app)
    rest = shlex.split(words)
    while hasattr(command, "commands"):
        name = rest.pop(0)
        assert name in command.commands, f"there is no command {name!r}: {words}"
        command = command.commands[name]
    command.make_context("assay", rest)


def test_whoever_follows_the_guide_has_a_challenge_that_loads(followed: Afternoon) -> None:
    challenge = load_challenge(followed.place / "challenges" / "parcel-delays").challenge

    assert "non_root" in {one.id for one in challenge.criterion}
    assert [slot.id for slot in challenge.slot] == ["features", "input", "container"]


def test_the_linter_finds_no_error_in_it(
    followed: Afternoon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["challenge", "lint", "parcel-delays"]) == 0, capsys.readouterr().out


def test_its_planted_fault_and_its_answer_are_patches_that_apply(followed: Afternoon) -> None:
    package = followed.place / "challenges" / "parcel-delays"

    assert "-USER 10001:10001" in (package / "faults/container/runs_as_root.patch").read_text()
    assert (package / "answers/partial/in_a_hurry/in_a_hurry.patch").is_file()


def test_health_and_regrade_say_that_nobody_has_sat_it(followed: Afternoon) -> None:
    assert "too few to say" in followed.said
    assert "0 of 0 to grade again" in followed.said


def test_the_slow_commands_are_words_that_the_program_understands(followed: Afternoon) -> None:
    assert len(followed.slow) > 12
    for words in followed.slow:
        parsed(words)


def test_every_command_in_a_sentence_is_understood_too() -> None:
    """`assay ...` between backquotes, with the words in capitals as arguments."""
    found = {
        words
        for page in (GUIDE, REGRADING)
        for words in re.findall(r"`assay ([a-z][^`\n]*)`", page.read_text())
    }

    assert len(found) >= 6
    for words in found:
        if " " in words and not words.endswith(("doctor", "brief")):
            parsed(words)


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="no command 'plant'"):
        parsed("challenge plant x")
    with pytest.raises(TyperException, match="No such option"):
        parsed("challenge new x --unknown")
