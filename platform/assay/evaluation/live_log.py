"""What a build prints, told while it runs: its beginning as it comes, its last lines at the end.

Why a build fails stands in its last lines, so they are told however much it printed before.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from assay.kit.text import one_line

FIRST_LINES = 400
"""Told as they come. Nobody reads more of them live; each is a row in the database."""
LAST_LINES = 100
LINE_MAX = 500
"""Characters: a command with all its arguments still fits."""

Tell = Callable[[str], None]


@contextmanager
def live_log(tell: Tell) -> Iterator[Tell]:
    """A sink for lines that hands on at most so many, made fit to be stored.

    Args:
        tell: Hears the lines, and once how many were left out.
    """
    told, last, left_out = 0, deque[str](), 0

    def hear(line: str) -> None:
        nonlocal told, left_out
        plain = one_line(line, LINE_MAX)
        if not plain:
            return
        if told < FIRST_LINES:
            told += 1
            tell(plain)
            return
        last.append(plain)
        if len(last) > LAST_LINES:
            last.popleft()
            left_out += 1

    try:
        yield hear
    finally:
        if left_out:
            tell(f"… {left_out} lines are left out here …")
        for plain in last:
            tell(plain)
