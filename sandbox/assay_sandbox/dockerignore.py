"""Which files of a context the `.dockerignore` leaves out, decided in bounded time.

Patterns come from the candidate: they are matched here cell by cell, never turned into
regular expressions, so no pattern can make us search for ever.
"""

from collections.abc import Iterable
from dataclasses import dataclass

MAX_PATTERNS = 200
MAX_PATTERN_CHARS = 200
_ANY_DEPTH = "**"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line: the parts of a path, and whether it brings files back (`!`)."""

    parts: tuple[str, ...]
    included: bool


def read_patterns(text: str) -> tuple[Pattern, ...]:
    """The patterns of a `.dockerignore`; what is beyond the limits is not read."""
    found = []
    for raw in text.replace("\r", "").split("\n")[: 10 * MAX_PATTERNS]:
        line = raw.strip()
        if not line or line.startswith("#") or len(line) > MAX_PATTERN_CHARS:
            continue
        included = line.startswith("!")
        parts = [p for p in line.lstrip("!").strip().split("/") if p not in ("", ".")]
        if parts and parts[-1] == _ANY_DEPTH:
            parts[-1] = "*"  # everything below: a match of a parent is enough
        if parts:
            found.append(Pattern(tuple(parts), included))
    return tuple(found[:MAX_PATTERNS])


def is_ignored(path: str, patterns: Iterable[Pattern]) -> bool:
    """Whether a file stays out: the last pattern that matches it, or a parent, decides."""
    parts = tuple(path.split("/"))
    ignored = False
    for pattern in patterns:
        if _matches_prefix(pattern.parts, parts):
            ignored = not pattern.included
    return ignored


def _matches_prefix(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Whether the pattern matches the path or a directory above it."""
    reached = _closed({0}, pattern)
    for part in parts:
        following = set()
        for at in reached:
            if at < len(pattern) and pattern[at] == _ANY_DEPTH:
                following.add(at)
            elif at < len(pattern) and _matches(pattern[at], part):
                following.add(at + 1)
        reached = _closed(following, pattern)
        if len(pattern) in reached:
            return True
    return False


def _closed(reached: set[int], pattern: tuple[str, ...]) -> set[int]:
    """`**` may also stand for no directory at all."""
    closed = set(reached)
    for at, part in enumerate(pattern):
        if at in closed and part == _ANY_DEPTH:
            closed.add(at + 1)
    return closed


def _matches(pattern: str, name: str) -> bool:
    """`*` any run of characters, `?` any one; time is the product of the two lengths."""
    row = [True] + [False] * len(name)
    for symbol in pattern:
        if symbol == "*":
            for at in range(len(name)):
                row[at + 1] = row[at + 1] or row[at]
        else:
            row = [False] + [
                row[at] and symbol in ("?", character) for at, character in enumerate(name)
            ]
    return row[-1]
