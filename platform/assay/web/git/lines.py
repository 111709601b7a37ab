"""How lines look in the pusher's terminal. Pure.

Git puts "remote: " before each; colours are used only if the pusher asks for them, because
git does not tell the server whether there is a terminal.
"""

import textwrap
import unicodedata
from collections.abc import Iterable

from assay.web.git.gate import Line

WIDTH = 70
"""Eight less than 78, for "remote: "."""
MAX_LENGTH = 1000
MARKS = {"plain": " ", "title": "▸", "good": "✓", "bad": "✗", "warning": "!", "muted": "·"}
COLOURS = {"plain": "", "title": "1", "good": "32", "bad": "31", "warning": "33", "muted": "2"}
COLOUR_OPTIONS = frozenset({"colour", "color"})


def rendered(line: Line, *, colour: bool) -> str:
    """A line with its mark, wrapped, ended, and free of everything a terminal would obey."""
    wrapper = textwrap.TextWrapper(
        WIDTH,
        initial_indent=f"{MARKS[line.kind]} ",
        subsequent_indent="  ",
        break_long_words="://" not in line.text,  # an address cut in two opens nothing
        break_on_hyphens=False,
    )
    rows = wrapper.wrap(printable(line.text)) or [""]
    code = COLOURS[line.kind] if colour else ""
    return "".join(f"\x1b[{code}m{row}\x1b[0m\n" if code else f"{row}\n" for row in rows)


def all_rendered(lines: Iterable[Line], *, colour: bool) -> str:
    """Several lines."""
    return "".join(rendered(line, colour=colour) for line in lines)


def printable(text: str) -> str:
    """The text without control characters: a service's log must not steer the terminal."""
    shown = (" " if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in text)
    return "".join(shown)[:MAX_LENGTH]
