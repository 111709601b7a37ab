"""A Dockerfile as instructions with their lines, as far as the linter looks."""

import re
from dataclasses import dataclass

_CONTINUED = re.compile(r"\\\s*$")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, continuation lines joined.

    Attributes:
        keyword: In capitals.
        flags: Name -> value of its `--name=value`.
        words: What follows.
    """

    keyword: str
    flags: dict[str, str]
    words: tuple[str, ...]
    line: int


def instructions(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile."""
    found: list[Instruction] = []
    parts: list[str] = []
    first = 1
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or (not parts and not line.strip()):
            continue
        first = first if parts else number
        parts.append(_CONTINUED.sub("", line))
        if not _CONTINUED.search(line):
            found.append(_instruction(" ".join(parts), first))
            parts = []
    return found


def _instruction(text: str, line: int) -> Instruction:
    keyword, *rest = text.split()
    flags = dict(_flag(word) for word in rest if word.startswith("--"))
    words = tuple(word for word in rest if not word.startswith("--"))
    shell = keyword.upper() in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
    return Instruction(keyword.upper(), flags, tuple(rest) if shell else words, line)


def _flag(word: str) -> tuple[str, str]:
    name, _, value = word.removeprefix("--").partition("=")
    return name, value


def stage_names(found: list[Instruction]) -> set[str]:
    """Names given with `FROM ... AS name`."""
    bases = [one.words for one in found if one.keyword == "FROM"]
    return {words[2] for words in bases if len(words) > 2 and words[1].upper() == "AS"}
