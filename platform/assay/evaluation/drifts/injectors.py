"""Every drift by the name that an incident gives as its `injector`."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from assay.domain.errors import BadInput
from assay.domain.timeline import IncidentSpec
from assay.evaluation.drifts.damage import (
    DecimalComma,
    ErrorBurst,
    MissingAtRandom,
    MissingNotAtRandom,
    RenamedField,
    StaleJoin,
    StuckSensor,
    SwappedColumns,
    UnseenCategory,
)
from assay.evaluation.drifts.drift import Drift
from assay.evaluation.drifts.population import ConceptDrift, HarmlessShift, LabelShift, Unchanged
from assay.evaluation.drifts.values import CovariateShift, PartialUnitChange, UnitChange

INJECTORS: dict[str, type[Drift]] = {
    "covariate_shift": CovariateShift,
    "unit_change": UnitChange,
    "unit_change_partly": PartialUnitChange,
    "missing_at_random": MissingAtRandom,
    "missing_not_at_random": MissingNotAtRandom,
    "stuck_sensor": StuckSensor,
    "stale_join": StaleJoin,
    "swapped_columns": SwappedColumns,
    "unseen_category": UnseenCategory,
    "decimal_comma": DecimalComma,
    "renamed_field": RenamedField,
    "error_burst": ErrorBurst,
    "label_shift": LabelShift,
    "concept_drift": ConceptDrift,
    "harmless_shift": HarmlessShift,
    "none": Unchanged,
}
"""Name -> the drift; its fields are what `settings` can say."""


def drift_of(spec: IncidentSpec) -> Drift:
    """The drift of an incident, with its settings.

    Raises:
        BadInput: there is no such drift, or its settings are wrong; with every problem.
    """
    kind = INJECTORS.get(spec.injector)
    if kind is None:
        known = ", ".join(INJECTORS)
        raise BadInput(
            f"incident {spec.id!r}: {spec.injector!r} is no drift; the drifts are: {known}"
        )
    try:
        return kind.model_validate(spec.settings)
    except ValidationError as error:
        found = (_message(details, kind) for details in error.errors(include_url=False))
        raise BadInput(*(f"incident {spec.id!r}: {message}" for message in found)) from error


def _message(details: ErrorDetails, kind: type[Drift]) -> str:
    where = ".".join(["settings", *map(str, details["loc"])])
    if details["type"] == "extra_forbidden":
        return f"{where}: there is no such setting; there are: {', '.join(kind.model_fields)}"
    if details["type"] == "missing":
        meaning = kind.model_fields[str(details["loc"][0])].description
        return f"{where} is missing; add it: {meaning}"
    return f"{where}: {details['msg'].removeprefix('Value error, ')}"
