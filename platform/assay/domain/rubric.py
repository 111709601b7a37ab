"""Criteria and their bands: the rubric is data, published to candidates before the start."""

import math
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]

BAND_PARTS = 1_000_000
"""A fraction of a band is a whole number of millionths, so that a score is exact."""


class Band(BaseModel):
    """Where points begin (`floor`) and where they are all earned (`target`).

    Piecewise linear between the two, on a logarithmic scale for ratios such as latency and
    cost. `floor` above `target` means that less is better.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    floor: float = Field(description="Where points begin.")
    target: float = Field(description="Where all points are earned.")
    scale: Literal["linear", "log"] = Field(
        "linear", description="`log` for ratios such as latency and cost."
    )

    @model_validator(mode="after")
    def _must_be_a_band(self) -> "Band":
        if self.floor == self.target:
            raise ValueError("floor and target are equal; a band needs a width, or it is a cliff")
        if self.scale == "log" and min(self.floor, self.target) <= 0:
            raise ValueError("a log band needs floor and target above zero")
        return self

    def fraction(self, value: float) -> Fraction:
        """Share of the points a value earns, 0..1 in whole millionths.

        Args:
            value: In the unit of the criterion; infinity earns what its side of the band earns.
        """
        if math.isnan(value):
            raise ValueError("NaN has no place on a band; say Unmeasured")
        position = self._position(value)
        return Fraction(round(min(1.0, max(0.0, position)) * BAND_PARTS), BAND_PARTS)

    def _position(self, value: float) -> float:
        if math.isinf(value):
            return 1.0 if (value > 0) == (self.target > self.floor) else 0.0
        if self.scale == "linear":
            return (value - self.floor) / (self.target - self.floor)
        if value <= 0:
            return 1.0 if self.target < self.floor else 0.0
        reach = math.log(self.target) - math.log(self.floor)
        return (math.log(value) - math.log(self.floor)) / reach  # a quotient could underflow


class Area(BaseModel):
    """A group of criteria that a hiring manager reads as one answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id = Field(description="What criteria call it.")
    title: str = Field(description="Heading on the scorecard.")
    question: str = Field(description="The employer's question this area answers.")


class Criterion(BaseModel):
    """One line of the rubric."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id = Field(description="What faults and reports call it.")
    area: Id = Field(description="Id of its area.")
    title: str = Field(description="The line of the scorecard.")
    check: Id = Field(description="Which observation is made of the evidence.")
    settings: dict[str, Any] = Field(
        default_factory=dict,
        description="Arguments of the check (which tests, which rule, which quantile).",
    )
    points: int = Field(0, ge=0, description="What all of it is worth; 0 for gates.")
    gate: bool = Field(
        False, description="Multiplies the whole score by the fraction instead of adding points."
    )
    band: Band = Field(description="What pays nothing, and what pays all.")
    unit: str = Field("", description='As shown: "ms", "x", "share", "MiB".')
    advice: str = Field(description="What earns the rest, told to the candidate.")

    @model_validator(mode="after")
    def _a_gate_has_no_points(self) -> "Criterion":
        if self.gate == (self.points > 0):
            raise ValueError("a criterion either is a gate or has points, never both or neither")
        return self
