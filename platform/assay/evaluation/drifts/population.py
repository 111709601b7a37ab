"""Drifts of who applies and how it ends. Not one body is changed: rows are drawn anew.

What is drawn twice keeps its id and its answer.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, chain, cycle, islice, repeat
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from assay.evaluation.drifts.bodies import Rows, numbers
from assay.evaluation.drifts.drift import Drift, SomeRows, field_problems
from assay.evaluation.material import Row


class LabelShift(Drift):
    """More or fewer of label 1; within each label everything stays as it is."""

    target: float = Field(gt=0, lt=1, description="Share of label 1, at intensity 1.")

    @property
    def features(self) -> tuple[str, ...]:
        """None: only the mix changes."""
        return ()

    def problems(self, rows: Rows) -> Iterator[str]:
        """Both labels must be there to be drawn."""
        if {row.label for row in rows} - {None} != {0, 1}:
            yield "the rows need both labels, 0 and 1"

    def _drifted(self, rows: Rows, intensity: float, rng: random.Random) -> Rows:
        bad, good = _shuffled(rows, 1, rng), _shuffled(rows, 0, rng)
        labelled = len(bad) + len(good)
        now = len(bad) / labelled
        wanted = round(labelled * (now + intensity * (self.target - now)))
        unlabelled = (place for place, row in enumerate(rows) if row.label is None)
        drawn = chain(
            islice(cycle(bad), wanted), islice(cycle(good), labelled - wanted), unlabelled
        )
        return _drawn(rows, Counter(drawn))


class HarmlessShift(Drift):
    """Other people apply, but nothing else changes: a decoy, as good models stay good.

    Rows are drawn by exp(tilt * rank), where the ranks of the field's numbers run from -1 to 1
    and a missing one counts as 0. By ranks, because by values a few rich people would be sent a
    hundred times each. The PSI is then about tilt * (coth tilt - 1 / tilt): 0.3 at 1, 1.1 at 2.
    """

    needs_numbers = True
    field: str = Field(description="Dotted path of a number.")
    tilt: float = Field(
        2.0, ge=-4, le=4, description="How much the high ranks are favoured; below 0 the low."
    )

    @property
    def features(self) -> tuple[str, ...]:
        """The field that is drawn by; what goes with it moves, too."""
        return (self.field,)

    def _drifted(self, rows: Rows, intensity: float, rng: random.Random) -> Rows:
        ranks = np.zeros(len(rows))
        clean = numbers(rows, self.field)
        ranks[list(clean)] = _ranks(np.array(list(clean.values())))
        weights = np.exp(intensity * self.tilt * ranks)
        return _drawn(rows, _systematic(weights.tolist(), rng.random()))


class ConceptDrift(SomeRows):
    """The same applications end differently: labels flip on one side of a number.

    The bodies, and so the right answers of the model, stay the same.
    """

    field: str = Field(description="Dotted path of a number.")
    above: float | None = Field(None, description="Labels of rows with a higher number flip.")
    below: float | None = Field(None, description="Labels of rows with a lower number flip.")

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("give either above or below")
        return self

    @property
    def features(self) -> tuple[str, ...]:
        """None: only labels change."""
        return ()

    def problems(self, rows: Rows) -> Iterator[str]:
        """The field must hold numbers, and some row on its side must have a label."""
        yield from (found := list(field_problems(rows, self.field, numeric=True)))
        if not found:
            yield from super().problems(rows)

    def _struck(self, rows: Rows) -> Mapping[int, Row]:
        labels = {at: rows[at].label for at, v in numbers(rows, self.field).items() if self._in(v)}
        return {
            at: replace(rows[at], label=1 - label)
            for at, label in labels.items()
            if label is not None
        }

    def _in(self, value: float) -> bool:
        if self.above is not None:
            return value > self.above
        return self.below is not None and value < self.below


class Unchanged(Drift):
    """No drift at all, for decoys that are made of traffic only."""

    @property
    def features(self) -> tuple[str, ...]:
        """None."""
        return ()

    def _drifted(self, rows: Rows, intensity: float, rng: random.Random) -> Rows:
        return rows


def _shuffled(rows: Rows, label: int, rng: random.Random) -> list[int]:
    places = [place for place, row in enumerate(rows) if row.label == label]
    return rng.sample(places, len(places))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks between -1 and 1; equal values share the mean of theirs."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    ranks: NDArray[np.float64] = (below + upto) / len(values) - 1
    return ranks


def _systematic(weights: Sequence[float], start: float) -> Counter[int]:
    """Place -> how often it is drawn: its expected count, rounded up or down (Madow 1949).

    Args:
        weights: Relative; as many rows are drawn as there are weights.
        start: 0 <= start < 1, by chance.
    """
    scale = len(weights) / math.fsum(weights)
    sums = [total * scale for total in accumulate(weights, initial=0.0)]
    marks = [math.ceil(total - start) for total in (*sums[:-1], len(weights))]
    return Counter({place: marks[place + 1] - marks[place] for place in range(len(weights))})


def _drawn(rows: Rows, counts: Counter[int]) -> Rows:
    return tuple(chain.from_iterable(repeat(row, counts[place]) for place, row in enumerate(rows)))
