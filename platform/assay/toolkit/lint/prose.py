"""Figures in prose: "50 ms", "Four hours", "1,200 rows", and the lines they stand on."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WORDS = {
    "one": 1.0,
    "two": 2.0,
    "three": 3.0,
    "four": 4.0,
    "five": 5.0,
    "six": 6.0,
    "seven": 7.0,
    "eight": 8.0,
    "nine": 9.0,
    "ten": 10.0,
    "eleven": 11.0,
    "twelve": 12.0,
    "fifteen": 15.0,
    "twenty": 20.0,
    "thirty": 30.0,
    "sixty": 60.0,
    "hundred": 100.0,
}

UNITS = {
    "ms": r"ms|milliseconds?",
    "s": r"s|sec|seconds?",
    "min": r"min|minutes?",
    "h": r"h|hours?",
    "day": r"days?",
    "MiB": r"MiB",
    "%": r"%|percent",
    "rps": r"requests? (?:a|per) second|requests/s|rps",
    "runs": r"practice runs?|practice evaluations?|runs",
}
"""Unit -> how it is written."""

_NUMBER = rf"\d[\d,]*(?:\.\d+)?|{'|'.join(WORDS)}"
_ALONE = re.compile(rf"(?<![\w.])(?:{_NUMBER})(?![\w]|\.\d)", re.IGNORECASE)
_FIGURES = {
    unit: re.compile(rf"(?<![\w.])({_NUMBER})[\s*_]*(?:{written})(?!\w)", re.IGNORECASE)
    for unit, written in UNITS.items()
}
_NEAR = {
    unit: re.compile(
        rf"(?<![\w.])({_NUMBER})[\s*_]*(?:[a-z]+\s+)?(?:{UNITS[unit]})(?!\w)", re.IGNORECASE
    )
    for unit in ("min", "h", "day")
}
"""Units that stand behind their number, a word between at most ("15 clean minutes"): every story
has minutes, hours and days of its own somewhere."""
_UNIT = {
    unit: re.compile(rf"(?<![a-z])(?:{written})(?![\w])", re.IGNORECASE)
    for unit, written in UNITS.items()
}
_FENCE = re.compile(r"^\s*(```|~~~)")
_MARKER = re.compile(r"\s*(\d{1,9})[.)]\s+")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, and where it stands."""

    value: float
    unit: str
    line: int


@dataclass(frozen=True, slots=True)
class Prose:
    """A Markdown text without its blocks of code.

    Attributes:
        lines: Number and text.
    """

    lines: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, text: str) -> "Prose":
        """The prose of a text."""
        return cls(tuple(_without_code(text)))

    def says(self, value: float, unit: str = "") -> bool:
        """Whether a paragraph or a row of a table has the number, and the unit if there is one."""
        return any(value in _numbers(part, unit) for part in self._parts())

    def figures(self, unit: str) -> Iterator[Figure]:
        """Every number that has this unit right behind it."""
        for number, text in self.lines:
            for found in _FIGURES[unit].finditer(text):
                yield Figure(_value(found[1]), unit, number)

    def _parts(self) -> Iterator[str]:
        part: list[str] = []
        for text in (*_without_markers(self.lines), ""):
            if text.strip() and not text.startswith("|"):
                part.append(text)
                continue
            yield " ".join(part)
            yield text
            part = []


def _without_code(text: str) -> Iterator[tuple[int, str]]:
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.match(line):
            inside = not inside
            yield number, ""
        elif not inside:
            yield number, line


def _without_markers(lines: Iterable[tuple[int, str]]) -> Iterator[str]:
    """A list begins behind an empty line or with 1, and counts by ones; other numbers are text."""
    before, item = "", 0
    for _, text in lines:
        found = _MARKER.match(text)
        if found and (not before.strip() or int(found[1]) in (1, item + 1)):
            item = int(found[1])
            yield text[found.end() :]
        else:
            yield text
        before = text


def _numbers(text: str, unit: str) -> set[float]:
    """Those of a text that can be of the unit; without one all of them."""
    if unit and not _UNIT[unit].search(text):
        return set()
    return {_value(found) for found in _NEAR.get(unit, _ALONE).findall(text)}


def _value(word: str) -> float:
    return WORDS.get(word.lower()) or float(word.replace(",", "").rstrip(".") or 0)
