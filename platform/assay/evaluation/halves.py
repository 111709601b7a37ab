"""Which half of the hidden rows an evaluation sends: what practice showed, no sealed one uses.

The seed says it, as it says everything that is drawn: an even one sends the practice half, an odd
one the sealed half. So a result can be had again from its seed, and from nothing else.
"""

from collections.abc import Sequence

from assay.evaluation.material import Row

ROWS_MIN = 200
"""Fewer rows are not halved: what is left would say little of anybody."""


def practice_seed(number: int) -> int:
    """A seed whose evaluations send the practice half."""
    return 2 * number


def sealed_seed(number: int) -> int:
    """A seed whose evaluations send the other half."""
    return 2 * number + 1


def half_of(rows: Sequence[Row], seed: int) -> tuple[Row, ...]:
    """The rows of one half, in their order.

    Both halves have as many rows of each label, and of right answers from low to high: what a
    threshold was tried on in practice is what it meets when it counts.
    """
    if len(rows) < ROWS_MIN:
        return tuple(rows)
    ranked = sorted(rows, key=lambda row: (row.label or 0, row.expected or 0.0, row.id))
    chosen = {row.id for row in ranked[seed % 2 :: 2]}
    return tuple(row for row in rows if row.id in chosen)
