"""Where text goes: results to stdout, everything else to stderr, nothing unprintable to either."""

import unicodedata
from functools import cache

from rich.console import Console

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@cache
def out() -> Console:
    """For results."""
    return Console(highlight=False)


@cache
def err() -> Console:
    """For progress, problems and remedies."""
    return Console(stderr=True, highlight=False)


def printable(text: str, *, limit: int = 2000) -> str:
    """Text that came from a submission, harmless to a terminal.

    Escape sequences, bidirectional overrides and other control characters are replaced; line
    breaks stay. Longer text is cut.
    """
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(
        c if c == "\n" or not unicodedata.category(c).startswith("C") else REPLACEMENT for c in cut
    )


def one_line(text: str, *, limit: int = 200) -> str:
    """The same on one line."""
    return printable(" ".join(text.split()), limit=limit)
