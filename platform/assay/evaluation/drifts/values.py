"""Drifts of the numbers of one column: the world moves, or somebody changes a unit."""

import math
import random
from collections.abc import Callable, Collection, Mapping
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from assay.evaluation.drifts.bodies import Rows, numbers, with_rows, with_values
from assay.evaluation.drifts.drift import Drift
from assay.kit.chance import derived_seed

SEEDS = 2**31
"""How many values `derived_seed` can have."""


class Limited(Drift):
    """A drift that sends new numbers, and none that the contract refuses."""

    needs_numbers = True
    minimum: float | None = Field(None, description="The contract refuses less.")
    maximum: float | None = Field(None, description="The contract refuses more.")

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if None not in (self.minimum, self.maximum) and not self._low < self._high:
            raise ValueError("minimum must be below maximum")
        return self

    @property
    def _low(self) -> float:
        return -math.inf if self.minimum is None else self.minimum

    @property
    def _high(self) -> float:
        return math.inf if self.maximum is None else self.maximum

    def _fitting(self, clean: Collection[float]) -> Callable[[float], float]:
        """What makes a number one that a column of such clean numbers could hold."""
        if not all(isinstance(value, int) for value in clean):
            return lambda value: min(max(value, self._low), self._high)
        return lambda value: _whole(value, self._low, self._high)


class NumberDrift(Limited):
    """A drift that computes the numbers of one field anew."""

    field: str = Field(description="Dotted path of a number.")

    @property
    def features(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def _with_numbers(self, rows: Rows, wanted: Mapping[int, float]) -> Rows:
        """The rows with these numbers at these places."""
        fit = self._fitting(numbers(rows, self.field).values())
        return with_rows(
            rows, {at: with_values(rows[at], {self.field: fit(v)}) for at, v in wanted.items()}
        )


class CovariateShift(NumberDrift):
    """Every number of a column moves by the same amount."""

    by_sd: float = Field(description="How far, in standard deviations of the clean column.")

    def _drifted(self, rows: Rows, intensity: float, rng: random.Random) -> Rows:
        clean = numbers(rows, self.field)
        step = intensity * self.by_sd * float(np.std(list(clean.values())))
        return self._with_numbers(rows, {place: v + step for place, v in clean.items()})


class UnitChange(NumberDrift):
    """A column is suddenly in another unit: months for years, cents for euros."""

    factor: float = Field(gt=0, description="What 1 becomes; the intensity is its exponent.")

    def _drifted(self, rows: Rows, intensity: float, rng: random.Random) -> Rows:
        factor = self.factor**intensity
        clean = numbers(rows, self.field)
        return self._with_numbers(rows, {place: v * factor for place, v in clean.items()})


class PartialUnitChange(NumberDrift):
    """Some callers send another unit. A row's id tells its caller: always the same are wrong."""

    factor: float = Field(gt=0, description="What 1 becomes.")
    share: float = Field(gt=0, le=1, description="Share of the callers, at intensity 1.")

    def _drifted(self, rows: Rows, intensity: float, rng: random.Random) -> Rows:
        clean = numbers(rows, self.field)
        share = intensity * self.share
        wrong = {p: v * self.factor for p, v in clean.items() if _caller(rows[p].id) < share}
        return self._with_numbers(rows, wrong)


def _caller(row_id: str) -> float:
    """0 <= number < 1 that stands for the caller of a row."""
    return derived_seed(0, "caller", row_id) / SEEDS


def _whole(value: float, low: float, high: float) -> int:
    """The nearest whole number within limits that have one between them."""
    nearest = round(min(max(value, low), high))
    return nearest + (nearest < low) - (nearest > high)
