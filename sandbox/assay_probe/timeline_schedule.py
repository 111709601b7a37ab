"""Every request of a timeline, drawn before the first is sent. Pure: a plan and a seed say all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from assay_probe.arrivals import fresh_string, poisson_us
from assay_probe.plan import IncidentsPlan, Segment


@dataclass(frozen=True, slots=True)
class SegmentArrivals:
    """The arrivals of one segment; tuples and `drifted` are in the order of sending.

    Attributes:
        index: Place of the segment in the plan.
        intended_us: Microseconds after the origin.
        rows: Index into the rows of the file it was drawn from.
        drifted: "1" for a row of `segment.rows`, "0" for one of `segment.base`.
        labelled: Whether a label follows, if the request is answered.
    """

    index: int
    segment: Segment
    intended_us: tuple[int, ...]
    rows: tuple[int, ...]
    drifted: str
    labelled: tuple[bool, ...]

    def file(self, number: int) -> str:
        """The file that the row of one arrival is from."""
        return self.segment.rows if self.drifted[number] == "1" else self.segment.base


def row_files(plan: IncidentsPlan) -> list[str]:
    """Every file that rows are drawn from, each once."""
    names = [s.rows for s in plan.segments]
    names += [s.base for s in plan.segments if min(s.share_from, s.share_to) < 1]
    return list(dict.fromkeys(names))


def draw(plan: IncidentsPlan, sizes: Mapping[str, int]) -> list[SegmentArrivals]:
    """All arrivals of the plan.

    A file is walked on from segment to segment, in rounds: within a round of rows none comes
    twice, so that a window of so many rows has as little noise as a sample can have.

    Args:
        plan: What to draw.
        sizes: Number of rows by file.
    """
    walks = {
        name: _rounds(size, plan.round_rows or size, Random(f"{plan.seed}/{name}"))  # noqa: S311
        for name, size in sizes.items()
    }
    return [_drawn(plan, index, segment, walks) for index, segment in enumerate(plan.segments)]


def _drawn(
    plan: IncidentsPlan, index: int, segment: Segment, walks: Mapping[str, Iterator[int]]
) -> SegmentArrivals:
    seed = int(fresh_string(plan.seed, index), 16)
    length_s = segment.end_s - segment.start_s
    offsets_us = poisson_us(segment.rate_rps, length_s, seed)
    mixing, labelling = Random(f"{seed}/mix"), Random(f"{seed}/labels")  # noqa: S311
    share = plan.feedback.share if plan.feedback else 0.0
    drifted = "".join(
        "1" if mixing.random() < _share(segment, at_us / 1e6 / length_s) else "0"
        for at_us in offsets_us
    )
    start_us = round(segment.start_s * 1e6)
    return SegmentArrivals(
        index=index,
        segment=segment,
        intended_us=tuple(start_us + at_us for at_us in offsets_us),
        rows=tuple(next(walks[segment.rows if d == "1" else segment.base]) for d in drifted),
        drifted=drifted,
        labelled=tuple(labelling.random() < share for _ in offsets_us),
    )


def _share(segment: Segment, progress: float) -> float:
    """Share of `rows` at a moment between the start (0) and the end (1) of a segment."""
    return segment.share_from + (segment.share_to - segment.share_from) * progress


def _rounds(size: int, each: int, rng: Random) -> Iterator[int]:
    while True:
        for first in range(0, size, each):
            order = list(range(first, min(first + each, size)))
            rng.shuffle(order)
            yield from order
