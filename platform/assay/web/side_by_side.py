"""Two submissions beside each other: the files that have lines in common, and these lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.features.scorecards.changes import ChangedFile, Changes, lines_of

FILES_MAX, LINES_MAX = 12, 400
AROUND = 3
"""Lines shown before and after those in common."""
Spans = Mapping[str, Sequence[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file that was added; `common`: it is in the other submission, too."""

    number: int
    text: str
    common: bool


@dataclass(frozen=True, slots=True)
class Side:
    """The common parts of one file with what stands around them.

    Attributes:
        left_out: Whether there is more in common than is shown.
    """

    path: str
    lines: Sequence[Line]
    left_out: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Files of both that belong together; one of them may be missing."""

    left: Side | None
    right: Side | None


def side_by_side(both: Sequence[Changes | None], spans: tuple[Spans, Spans]) -> list[Pair]:
    """Files with lines in common: those of one name in one row, the others after them."""
    left, right = _sides(both[0], spans[0]), _sides(both[1], spans[1])
    names = [*left, *(name for name in right if name not in left)]
    return [Pair(left.get(name), right.get(name)) for name in names[:FILES_MAX]]


def _sides(changes: Changes | None, spans: Spans) -> dict[str, Side]:
    files = changes.files if changes else ()
    return {one.path: _side(one, spans[one.path]) for one in files if one.path in spans}


def _side(one: ChangedFile, spans: Sequence[tuple[int, int]]) -> Side:
    lines = [line for line in _added(one, spans) if _is_near(line.number, spans)]
    return Side(one.path, lines[:LINES_MAX], any(line.common for line in lines[LINES_MAX:]))


def _added(one: ChangedFile, spans: Sequence[tuple[int, int]]) -> Iterator[Line]:
    for line in lines_of(one.patch):
        if line.new is not None:
            common = _is_near(line.new, spans, around=0)
            yield Line(line.new, line.text, common and line.kind == "added")


def _is_near(number: int, spans: Sequence[tuple[int, int]], around: int = AROUND) -> bool:
    return any(first - around <= number <= last + around for first, last in spans)
