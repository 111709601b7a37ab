"""Incidents whose rows the challenge's own module has made. Pure.

A new kind of request, longer ones, the same ones again under new ids.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.domain.errors import BadInput
from assay.domain.timeline import IncidentSpec, Name
from assay.evaluation.drifts import Drifted
from assay.evaluation.drifts.schedules import phases
from assay.evaluation.material import Row

GENERATED = "generated_rows"
ROWS_MAX = 4_000
"""Made for one incident; where more requests are sent, they begin again with the first."""


class GeneratedRows(BaseModel):
    """Settings of the injector."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    set: Name = Field(description="Set that the generator is asked for: one of its own.")
    mix: dict[str, Any] = Field(
        default_factory=dict, description="Settings that the generator gets with it."
    )
    times: int = Field(1, ge=1, le=50, description="So often each row is sent, under new ids.")
    share: float = Field(1.0, gt=0, le=1, description="Of the requests; the others are as ever.")
    rate_factor: float = Field(1.0, gt=0, le=5, description="Of the usual rate.")


def settings_of(spec: IncidentSpec) -> GeneratedRows:
    """The settings of an incident of this injector.

    Raises:
        BadInput: they are wrong; with every problem.
    """
    try:
        found = GeneratedRows.model_validate(spec.settings)
    except ValidationError as error:
        told = (_message(dict(one)) for one in error.errors(include_url=False))
        raise BadInput(*(f"incident {spec.id!r}: {one}" for one in told)) from error
    if spec.schedule == "incremental":
        raise BadInput(
            f"incident {spec.id!r}: rows that are made have one strength, so its schedule cannot "
            f"be 'incremental'; write 'gradual'"
        )
    return found


def rows_wanted(spec: IncidentSpec, rate_rps: float) -> int:
    """How many rows are made, so that none comes again unless it is meant to.

    Args:
        spec: An incident of this injector.
        rate_rps: The usual rate.
    """
    told = settings_of(spec)
    sent = spec.length_min * rate_rps * told.rate_factor * told.share
    return min(ROWS_MAX, max(1, math.ceil(sent / told.times)))


def as_drift(spec: IncidentSpec, rows: Sequence[Row]) -> Drifted:
    """The incident, ready to be sent, from rows that were made for it."""
    told = settings_of(spec)
    again = [replace(row, id=f"{row.id}~{n}") for row in rows for n in range(1, told.times + 1)]
    return Drifted(
        features=(),
        phases=tuple(
            phase._replace(
                share_from=phase.share_from * told.share, share_to=phase.share_to * told.share
            )
            for phase in phases(spec.schedule, spec.length_min)
        ),
        rows={1.0: tuple(again) if told.times > 1 else tuple(rows)},
        intensity=1.0,
    )


def rate_factor(spec: IncidentSpec) -> float:
    """Of the usual rate, while it lasts."""
    return settings_of(spec).rate_factor if spec.injector == GENERATED else 1.0


def _message(details: Mapping[str, Any]) -> str:
    where = ".".join(["settings", *map(str, details["loc"])])
    if details["type"] == "extra_forbidden":
        known = ", ".join(GeneratedRows.model_fields)
        return f"{where}: there is no such setting; there are: {known}"
    if details["type"] == "missing":
        meaning = GeneratedRows.model_fields[str(details["loc"][0])].description
        return f"{where} is missing; add it: {meaning}"
    return f"{where}: {details['msg']}"
