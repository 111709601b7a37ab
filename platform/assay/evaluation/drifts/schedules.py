"""How a drift comes and goes, after Gama et al., "A survey on concept drift adaptation" (2014).

Instants are virtual minutes after the onset.
"""

from typing import NamedTuple, assert_never

from assay.domain.timeline import Schedule

LEVELS = 4
"""Steps of an incremental drift: few row sets, and still no step that is the whole drift."""


class Phase(NamedTuple):
    """A stretch of a drift. The phases of one follow each other without gaps.

    Attributes:
        share_from, share_to: Share of drifted rows at start and end, linear between; the others
            are clean.
        level: How much of its intensity the drift has, above 0 and up to 1.
    """

    start_min: float
    end_min: float
    share_from: float
    share_to: float
    level: float = 1.0


def phases(schedule: Schedule, length_min: float) -> tuple[Phase, ...]:
    """What a schedule does with the virtual minutes it has.

    Args:
        schedule: "abrupt" and "blip" are all or nothing (a blip is only short), "gradual" mixes
            in more and more drifted rows over the first half, "incremental" drifts further in
            equal steps, "recurring" goes away for the middle third.
        length_min: From onset to end.
    """
    match schedule:
        case "abrupt" | "blip":
            return (Phase(0, length_min, 1, 1),)
        case "gradual":
            half = length_min / 2
            return (Phase(0, half, 0, 1), Phase(half, length_min, 1, 1))
        case "incremental":
            return tuple(_step(number, length_min) for number in range(LEVELS))
        case "recurring":
            off, on = length_min / 3, length_min * 2 / 3
            return (Phase(0, off, 1, 1), Phase(off, on, 0, 0), Phase(on, length_min, 1, 1))
        case _:
            assert_never(schedule)


def _step(number: int, length_min: float) -> Phase:
    start, end = (length_min * n / LEVELS for n in (number, number + 1))
    return Phase(start, end, 1, 1, level=(number + 1) / LEVELS)
