"""How much a starter has to win back, by what its planted faults say that they cost.

Two candidates must not be compared over starters of unequal hardness. So only those
combinations of faults are handed out whose stakes lie close together; what a starter really
scores is measured when a challenge is proven.
"""

import itertools
import math
from collections.abc import Iterable, Mapping
from functools import lru_cache

from assay.domain.challenge import Challenge, Fault

SPREAD = 3
"""Points by which the stakes of two starters may differ."""
WEIGHED_UP_TO = 20_000
"""So many combinations are weighed; of more, all are handed out."""

Row = tuple[int, ...]
"""One alternative per slot, by its place."""
Costs = tuple[str, ...]


def stake(challenge: Challenge, faults: Iterable[Fault]) -> int:
    """Points of the criteria that at least one of the faults names, 0..100."""
    named = {criterion for fault in faults for criterion in fault.costs}
    return sum(one.points for one in challenge.criterion if one.id in named)


def alternatives(challenge: Challenge) -> Mapping[str, Mapping[str, int]]:
    """Slot -> its alternatives -> the stake of each by itself."""
    return {
        slot.id: {fault.id: stake(challenge, [fault]) for fault in slot.fault}
        for slot in challenge.slot
    }


def faults_of(challenge: Challenge, row: Row) -> tuple[Fault, ...]:
    """The faults of a combination."""
    return tuple(slot.fault[one] for slot, one in zip(challenge.slot, row, strict=True))


def combinations(challenge: Challenge) -> int:
    """How many there are, fair or not."""
    return math.prod(len(slot.fault) for slot in challenge.slot)


def fair_rows(challenge: Challenge) -> tuple[Row, ...] | None:
    """Combinations whose stake is within `SPREAD` of the highest, the first slot turning fastest.

    None if there are too many to be weighed.
    """
    if combinations(challenge) > WEIGHED_UP_TO:
        return None
    return _fair(
        tuple((one.id, one.points) for one in challenge.criterion),
        tuple(tuple(fault.costs for fault in slot.fault) for slot in challenge.slot),
    )


@lru_cache(maxsize=8)
def _fair(
    points: tuple[tuple[str, int], ...], slots: tuple[tuple[Costs, ...], ...]
) -> tuple[Row, ...]:
    """The rows, with sets of criteria as bits: thousands of rows are weighed in milliseconds."""
    bits = {name: 1 << place for place, (name, _) in enumerate(points)}
    masks = [[_mask(bits, costs) for costs in slot] for slot in slots]
    rows = [row[::-1] for row in itertools.product(*(range(len(slot)) for slot in slots[::-1]))]
    named = [_union(slot[one] for slot, one in zip(masks, row, strict=True)) for row in rows]
    worth = {mask: sum(p for name, p in points if bits[name] & mask) for mask in set(named)}
    least = max(worth.values()) - SPREAD
    return tuple(row for row, mask in zip(rows, named, strict=True) if worth[mask] >= least)


def _mask(bits: Mapping[str, int], costs: Costs) -> int:
    return _union(bits.get(name, 0) for name in costs)


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union
