"""A few variants that stand for all: every alternative, and every pair of alternatives, is in one.

Faults that disturb each other mostly do so in pairs, so that a pairwise covering array finds what
thousands of combinations would (Kuhn, Wallace and Gallo 2004, "Software fault interactions and
implications for software testing"). It is made greedily: the variant that brings most pairs which
none has yet (Cohen et al. 1997, "The AETG system"), over and over with ties broken in another
order, as each variant costs minutes.
"""

import functools
import itertools
import operator
import random
from collections.abc import Sequence

from assay.domain.challenge import Challenge
from assay.toolkit.variants import choose_variants, variants

ALL_UP_TO = 12
"""So many variants are all tried, and no fewer are looked for."""
ORDERS = 64
"""Orders in which ties are broken."""
LOOKED_AT = 5000
"""Numbers are scattered over all combinations: among so many, each pair has long turned up."""


def covering_variants(challenge: Challenge) -> tuple[int, ...]:
    """Numbers of variants, variant 0 first, that hold every pair that any variant holds."""
    count = variants(challenge)
    if count <= ALL_UP_TO:
        return tuple(range(count))
    chosen = choose_variants(challenge, range(min(count, LOOKED_AT)))
    return tuple(covering([[one.fault.id for one in planted] for planted in chosen]))


def covering(rows: Sequence[Sequence[str]]) -> list[int]:
    """Places of some rows that hold every pair of names which any row holds, the first among them.

    Args:
        rows: One name per slot; a name stands in one slot only.
    """
    bits: dict[tuple[str, ...], int] = {}
    held = [_mask(row, bits) for row in rows]
    order = list(range(len(rows)))
    fewest, chance = _greedily(held, order), random.Random(0)  # noqa: S311 - no secret
    for _ in range(ORDERS if len(fewest) > ALL_UP_TO else 0):
        chance.shuffle(order)
        fewest = min(fewest, _greedily(held, order), key=len)
    return fewest


def _greedily(held: Sequence[int], order: Sequence[int]) -> list[int]:
    """The first row, then always the one that brings most; of several the first in that order."""
    missing, chosen = functools.reduce(operator.or_, held) & ~held[0], [0]
    while missing:
        best = max(order, key=lambda place: (held[place] & missing).bit_count())
        chosen.append(best)
        missing &= ~held[best]
    return chosen


def _mask(row: Sequence[str], bits: dict[tuple[str, ...], int]) -> int:
    """The row's names and pairs of names, each a bit."""
    held = [*((name,) for name in row), *itertools.combinations(row, 2)]
    return sum(1 << bits.setdefault(one, len(bits)) for one in held)
