"""How much a starter has to win back, by what its planted faults say that they cost.

Two candidates must not be compared over starters of unequal hardness. So only those
combinations of faults are handed out whose stakes lie close together; what a starter really
scores is measured when a challenge is proven.
"""

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache

import numpy as np

from assay.domain.challenge import Challenge, Fault

SPREAD = 3
"""Points by which the stakes of two starters may differ."""
WEIGHED_UP_TO = 20_000
"""So many combinations are weighed; of more, all are handed out."""
ROUNDING = 1e-9

Row = tuple[int, ...]
"""One alternative per slot, by its place."""
Shares = tuple[float, ...]
"""What a fault takes of each criterion, 0..1."""


def stake(challenge: Challenge, faults: Iterable[Fault]) -> float:
    """Points that the faults cost together, 0..100.

    Where several name a criterion, it costs what the worst of them takes: what is broken twice
    is no more broken.
    """
    planted = tuple(faults)
    return sum(
        one.points * max((fault.takes(one.id) for fault in planted), default=0.0)
        for one in challenge.criterion
    )


def alternatives(challenge: Challenge) -> Mapping[str, Mapping[str, float]]:
    """Slot -> its alternatives -> the stake of each by itself."""
    return {
        slot.id: {fault.id: stake(challenge, [fault]) for fault in slot.fault}
        for slot in challenge.slot
    }


def row_at(challenge: Challenge, index: int) -> Row:
    """The combination at a place in the order of all, the first slot turning fastest."""
    return _row_at([len(slot.fault) for slot in challenge.slot], index)


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
    criteria = [one for one in challenge.criterion if one.points]
    return _fair(
        tuple(one.points for one in criteria),
        tuple(
            tuple(tuple(fault.takes(one.id) for one in criteria) for fault in slot.fault)
            for slot in challenge.slot
        ),
    )


@lru_cache(maxsize=8)
def _fair(points: tuple[int, ...], slots: tuple[tuple[Shares, ...], ...]) -> tuple[Row, ...]:
    """The rows, weighed all at once: thousands in milliseconds."""
    taken = np.zeros((1, len(points)))
    for slot in slots:
        alone = np.array(slot)
        taken = np.maximum(alone[:, None], taken[None]).reshape(-1, len(points))
    worth = taken @ np.array(points, dtype=float)
    fair = np.flatnonzero(worth >= worth.max() - SPREAD - ROUNDING)
    sizes = [len(slot) for slot in slots]
    return tuple(_row_at(sizes, int(index)) for index in fair)


def _row_at(sizes: Iterable[int], index: int) -> Row:
    row = []
    for size in sizes:
        index, alternative = divmod(index, size)
        row.append(alternative)
    return tuple(row)
