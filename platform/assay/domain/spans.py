"""Stretches of time: what they cover together, what they leave out, what they share. Exact."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

Span = tuple[Fraction, Fraction]
"""[start, end) in any one unit."""


def united(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlaps, in order; spans that touch become one, empty ones none."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def outside(spans: Iterable[Span], whole: Span) -> list[Span]:
    """What the spans leave of the whole."""
    left, free_from = [], whole[0]
    for start, end in united(spans):
        left.append((free_from, min(start, whole[1])))
        free_from = max(free_from, end)
    left.append((free_from, whole[1]))
    return united(left)


def shared(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """The time that both cover."""
    ours, theirs = united(one), united(other)
    found, i, j = [], 0, 0
    while i < len(ours) and j < len(theirs):
        found.append((max(ours[i][0], theirs[j][0]), min(ours[i][1], theirs[j][1])))
        if ours[i][1] <= theirs[j][1]:
            i += 1
        else:
            j += 1
    return united(found)


def length(spans: Iterable[Span]) -> Fraction:
    """How much time the spans cover together."""
    return sum((end - start for start, end in united(spans)), start=Fraction(0))


def holds(spans: Sequence[Span], instant: Fraction) -> bool:
    """Whether an instant lies in one of the spans."""
    return any(start <= instant < end for start, end in spans)
