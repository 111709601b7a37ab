"""What a drift is: settings, the fields it changes, and a pure change of rows by an intensity.

A drift draws the same chances at every intensity, so a row that is struck at one intensity is
struck at every higher one; bisection and rising levels rest on that.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from assay.evaluation.drifts.bodies import Rows, known, numbers, with_rows
from assay.evaluation.material import Row


class Drift(BaseModel, ABC):
    """One way in which traffic changes. Its fields are the incident's `settings`.

    Attributes:
        needs_numbers: Whether its features must hold numbers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    needs_numbers: ClassVar[bool] = False

    @property
    @abstractmethod
    def features(self) -> tuple[str, ...]:
        """Dotted paths of the fields whose values change, () if none do."""

    def problems(self, rows: Rows) -> Iterator[str]:
        """Why it cannot be done to these rows, in words; nothing if it can."""
        for field in self.features:
            yield from field_problems(rows, field, numeric=self.needs_numbers)

    def apply(self, rows: Rows, intensity: float, rng: random.Random) -> Rows:
        """The rows under this drift: as many as the clean ones, and in their order.

        Args:
            rows: Clean rows; never changed.
            intensity: 0 changes nothing, 1 does what the settings say.
            rng: The same state and rows give the same drift.

        Raises:
            ValueError: the intensity is not in 0..1.
        """
        if not 0 <= intensity <= 1:
            raise ValueError(f"an intensity lies between 0 and 1, not {intensity}")
        return self._drifted(rows, intensity, rng) if intensity else rows

    @abstractmethod
    def _drifted(self, rows: Rows, intensity: float, rng: random.Random) -> Rows:
        """`apply` for an intensity above 0."""


class SomeRows(Drift):
    """A drift that strikes rows one by one: intensity is how many of them."""

    share: float = Field(
        1.0, gt=0, le=1, description="Share of the rows that can be struck, at intensity 1."
    )

    @abstractmethod
    def _struck(self, rows: Rows) -> Mapping[int, Row]:
        """Place -> what the row there becomes if it is struck, for all that can be."""

    def problems(self, rows: Rows) -> Iterator[str]:
        """As for every drift; and some row must be another one afterwards."""
        yield from (found := list(super().problems(rows)))
        if not found and all(row is rows[place] for place, row in self._struck(rows).items()):
            yield "with these settings no row would change"

    def _drifted(self, rows: Rows, intensity: float, rng: random.Random) -> Rows:
        struck = self._struck(rows)
        places = first_of(sorted(struck), intensity * self.share, rng)
        return with_rows(rows, {place: struck[place] for place in places})


def first_of(places: Sequence[int], share: float, rng: random.Random) -> list[int]:
    """A share of the places, drawn without replacement; a larger share holds every smaller one."""
    return rng.sample(places, len(places))[: round(share * len(places))]


def field_problems(rows: Rows, field: str, *, numeric: bool) -> Iterator[str]:
    """A problem if no row has a value, or a number, at a dotted path."""
    if not known(rows, field):
        yield f"no row has a value of {field!r}"
    elif numeric and not numbers(rows, field):
        yield f"the values of {field!r} are no numbers"
