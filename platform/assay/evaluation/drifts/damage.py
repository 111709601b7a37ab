"""Drifts by damage: somebody upstream loses, freezes, mixes up or misspells values.

After the error types of Schelter, Rukat and Biessmann, "JENGA: a framework to study the impact
of data errors on the predictions of machine learning models" (EDBT 2021).
"""

import random
from collections.abc import Mapping

import numpy as np
from pydantic import Field

from assay.evaluation.drifts.bodies import (
    Rows,
    Scalar,
    is_number,
    known,
    numbers,
    paths,
    with_renamed,
    with_rows,
    with_values,
)
from assay.evaluation.drifts.drift import Drift, SomeRows, first_of
from assay.evaluation.drifts.values import Limited
from assay.evaluation.material import Row, field_value


class FieldDamage(SomeRows):
    """Damage to one field."""

    field: str = Field(description="Dotted path of the field.")

    @property
    def features(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)


class MissingAtRandom(FieldDamage):
    """Values become null, whatever they were."""

    def _struck(self, rows: Rows) -> Mapping[int, Row]:
        return {at: with_values(rows[at], {self.field: None}) for at in known(rows, self.field)}


class MissingNotAtRandom(FieldDamage):
    """Large numbers become null: those who have much no longer say so."""

    needs_numbers = True
    above_quantile: float = Field(
        0.7, ge=0, lt=1, description="Numbers above this quantile of the clean column can go."
    )

    def _struck(self, rows: Rows) -> Mapping[int, Row]:
        clean = numbers(rows, self.field)
        edge = np.quantile(list(clean.values()), self.above_quantile)
        return {
            at: with_values(rows[at], {self.field: None}) for at, v in clean.items() if v > edge
        }


class StuckSensor(FieldDamage):
    """A field has the same value in every row, also where it was missing."""

    value: Scalar = Field(description="The value it is stuck at.")

    def _struck(self, rows: Rows) -> Mapping[int, Row]:
        return {at: with_values(row, {self.field: self.value}) for at, row in enumerate(rows)}


class StaleJoin(Drift):
    """A field comes from another row, so that its column alone looks as ever.

    The struck rows pass their values on among themselves: none is lost and none is doubled.
    """

    field: str = Field(description="Dotted path of the field.")
    share: float = Field(1.0, gt=0, le=1, description="Share of the rows, at intensity 1.")

    @property
    def features(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def _drifted(self, rows: Rows, intensity: float, rng: random.Random) -> Rows:
        struck = first_of(range(len(rows)), intensity * self.share, rng)
        sources = (*struck[1:], *struck[:1])
        values = [field_value(rows[source].body, self.field) for source in sources]
        return with_rows(
            rows,
            {
                at: with_values(rows[at], {self.field: value})
                for at, value in zip(struck, values, strict=True)
            },
        )


class SwappedColumns(Limited, SomeRows):
    """Two numbers change places, in rows that have both."""

    fields: tuple[str, str] = Field(description="Dotted paths of two numbers.")

    @property
    def features(self) -> tuple[str, ...]:
        """Both fields."""
        return self.fields

    def _struck(self, rows: Rows) -> Mapping[int, Row]:
        one, other = self.fields
        ones, others = numbers(rows, one), numbers(rows, other)
        fit_one, fit_other = self._fitting(ones.values()), self._fitting(others.values())
        return {
            at: with_values(rows[at], {one: fit_one(others[at]), other: fit_other(ones[at])})
            for at in ones.keys() & others.keys()
        }


class UnseenCategory(FieldDamage):
    """A category that the model was never trained on."""

    value: str = Field(min_length=1, description="The new category.")
    refuse: bool = Field(False, description="Whether the contract refuses such a row.")

    def _struck(self, rows: Rows) -> Mapping[int, Row]:
        new = {self.field: self.value}
        return {
            at: with_values(rows[at], new, refuse=self.refuse) for at in known(rows, self.field)
        }


class DecimalComma(FieldDamage):
    """A number arrives as a text with a decimal comma, which no contract takes for a number."""

    needs_numbers = True

    def _struck(self, rows: Rows) -> Mapping[int, Row]:
        texts = {at: f"{v:.2f}".replace(".", ",") for at, v in numbers(rows, self.field).items()}
        return {
            at: with_values(rows[at], {self.field: text}, refuse=True) for at, text in texts.items()
        }


class RenamedField(FieldDamage):
    """A field arrives under another name, so that the one which the contract needs is absent."""

    to: str = Field(pattern=r"^[^.]+$", description="The new name, within the same object.")
    refuse: bool = Field(True, description="Whether the contract refuses such a row.")

    def _struck(self, rows: Rows) -> Mapping[int, Row]:
        return {
            at: with_renamed(row, self.field, self.to, refuse=self.refuse)
            for at, row in enumerate(rows)
        }


class ErrorBurst(SomeRows):
    """Somebody sends nonsense: every number is a text; without numbers, every object and list."""

    @property
    def features(self) -> tuple[str, ...]:
        """None in particular."""
        return ()

    def _struck(self, rows: Rows) -> Mapping[int, Row]:
        return {at: _nonsense(row) for at, row in enumerate(rows)}


def _nonsense(row: Row) -> Row:
    numeric = [path for path in paths(row.body) if is_number(field_value(row.body, path))]
    inner = [name for name, value in row.body.items() if isinstance(value, Mapping | list)]
    return with_values(row, dict.fromkeys(numeric or inner, "n/a"), refuse=True)
