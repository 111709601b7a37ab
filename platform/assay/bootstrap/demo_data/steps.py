"""From a starter to an answer in several small commits, as somebody works who thinks in parts."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

GIVEN = (".git", ".assay")
"""Folders of a clone that no answer has: git's own, and the practice kit."""


@dataclass(frozen=True, slots=True)
class Step:
    """One commit.

    Attributes:
        message: Its first line.
        paths: What it changes or removes.
    """

    message: str
    paths: tuple[str, ...]


KINDS: tuple[tuple[str, str], ...] = (
    ("Build it from pinned packages, as an ordinary user",
     r"(Dockerfile|\.dockerignore|\.gitignore|requirements[^/]*)"),
    ("Write down how it is run, and why", r".*\.md"),
    ("Test what was mended", r"tests/.*|pytest\.ini"),
    ("Watch it, and say when something is wrong", r"monitoring.*|(.*/)?(metrics|drift)\.py"),
    ("Mend the service", r".*"),
)  # fmt: skip
"""Message and the paths it is about, the first that fits; committed from the last to the first."""


def steps(clone: Path, target: Mapping[str, Path]) -> list[Step]:
    """What is left to do to make a clone hold these files and no others.

    Args:
        clone: The working copy.
        target: Path in the clone -> file with the content it shall have.
    """
    wanted = [path for path, file in target.items() if _differs(clone / path, file)]
    wanted += [path for path in files_of(clone) if path not in target]
    by_message: dict[str, list[str]] = {message: [] for message, _ in reversed(KINDS)}
    for path in sorted(wanted):
        by_message[_message(path)].append(path)
    return [Step(message, tuple(paths)) for message, paths in by_message.items() if paths]


def carry_out(step: Step, clone: Path, target: Mapping[str, Path]) -> None:
    """Change the files of one step."""
    for path in step.paths:
        place = clone / path
        if path not in target:
            place.unlink()
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(target[path], place)


def files_of(tree: Path) -> Iterator[str]:
    """Paths of the files that are the candidate's own."""
    for path in sorted(tree.rglob("*")):
        inside = path.relative_to(tree)
        if path.is_file() and inside.parts[0] not in GIVEN:
            yield inside.as_posix()


def _differs(there: Path, file: Path) -> bool:
    return not there.is_file() or there.read_bytes() != file.read_bytes()


def _message(path: str) -> str:
    return next(message for message, pattern in KINDS if re.fullmatch(pattern, path))
