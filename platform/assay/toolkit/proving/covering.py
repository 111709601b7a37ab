"""A few variants that stand for all: every alternative, and every pair of alternatives, is in one.

Faults that disturb each other mostly do so in pairs, so that a pairwise covering array finds what
thousands of combinations would (Kuhn, Wallace and Gallo 2004, "Software fault interactions and
implications for software testing"). It is made greedily: the variant that brings most pairs which
none has yet (Cohen et al. 1997, "The AETG system").
"""

import itertools
from collections.abc import Sequence

from assay.domain.challenge import Challenge
from assay.toolkit.variants import choose_variants, variants

ALL_UP_TO = 12
"""So many variants are all tried."""
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
    missing, chosen = (1 << len(bits)) - 1, [0]
    missing &= ~held[0]
    while missing:
        best = max(range(len(rows)), key=lambda place: (held[place] & missing).bit_count())
        chosen.append(best)
        missing &= ~held[best]
    return chosen


def _mask(row: Sequence[str], bits: dict[tuple[str, ...], int]) -> int:
    """The row's names and pairs of names, each a bit."""
    held = [*((name,) for name in row), *itertools.combinations(row, 2)]
    return sum(1 << bits.setdefault(one, len(bits)) for one in held)
