"""How strong a drift is made: its intensity is searched until a measure reaches its target.

So that "weak" means the same for every drift and every data set.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assay.domain.timeline import Calibration
from assay.evaluation.drifts.bodies import Rows, column
from assay.evaluation.drifts.drift import Drift, field_problems
from assay.evaluation.drifts.measures import ks, psi
from assay.evaluation.drifts.scores import Scorer, Unmeasurable, auc_loss, scores_of

STEPS = 14
"""The last step moves the intensity by 1/16,000: less than one row of any pool."""
NEAR = 0.01
"""The search ends this close to the target, relative to it."""
REACHED = 0.1
"""A target counts as reached this close to it, relative to it."""

Measure = Callable[[Rows], float | None]
"""How far drifted rows are from the clean ones; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The intensity that comes nearest to the target.

    Attributes:
        intensity: 0..1; 1 if not even that reaches the target.
        value: What the measure is there.
        reached: Whether that is within 10 % of the target.
    """

    intensity: float
    value: float
    reached: bool


def calibrate(measure: Callable[[float], float], target: float) -> Calibrated:
    """Bisect the intensity.

    Args:
        measure: Of an intensity in 0..1; about 0 at 0, and rising.
        target: Above 0, in the measure's unit.
    """
    tried = {1.0: measure(1.0)}
    low, high = 0.0, 1.0
    for _ in range(STEPS if tried[1.0] > target else 0):
        middle = (low + high) / 2
        value = tried[middle] = measure(middle)
        if abs(value - target) <= NEAR * target:
            break
        low, high = (middle, high) if value < target else (low, middle)
    best = min(tried, key=lambda intensity: abs(tried[intensity] - target))
    return Calibrated(best, tried[best], abs(tried[best] - target) <= REACHED * target)


def calibrated(
    drift: Drift, wanted: Calibration, rows: Rows, seed: int, ask: Scorer | None
) -> Calibrated:
    """The intensity at which a drift of these rows is as strong as wanted.

    Args:
        drift: Without `problems` for these rows.
        wanted: Without `calibration_problems`.
        rows: Clean.
        seed: Of the drift, as it is used afterwards.
        ask: The reference, for `auc_loss` where answers are not known.

    Raises:
        Unmeasurable: the measure says nothing about this drift, or nobody can be asked.
    """
    measure = _measure(drift, wanted, rows, ask)

    def at(intensity: float) -> float:
        value = measure(drift.apply(rows, intensity, random.Random(seed)))  # noqa: S311
        if value is None:
            raise Unmeasurable(f"{wanted.measure} cannot be measured on what this drift sends")
        return value

    return calibrate(at, wanted.target)


def calibration_problems(drift: Drift, wanted: Calibration, rows: Rows) -> Iterator[str]:
    """Why a drift of these rows cannot be calibrated like this, in words."""
    if wanted.measure == "auc_loss":
        if {row.label for row in rows} - {None} != {0, 1}:
            yield "calibrate.measure = 'auc_loss' needs rows with both labels, 0 and 1"
    elif field := _field(drift, wanted):
        numeric = wanted.measure == "ks"
        yield from (f"calibrate: {p}" for p in field_problems(rows, field, numeric=numeric))
    else:
        yield "calibrate.field is needed, as this drift changes no field of its own"


def _measure(drift: Drift, wanted: Calibration, rows: Rows, ask: Scorer | None) -> Measure:
    if wanted.measure == "auc_loss":
        before = scores_of(rows, ask)
        return lambda drifted: auc_loss(rows, drifted, before, scores_of(drifted, ask))
    field = _field(drift, wanted)
    clean = column(rows, field)
    distance = psi if wanted.measure == "psi" else ks
    return lambda drifted: distance(clean, column(drifted, field))


def _field(drift: Drift, wanted: Calibration) -> str:
    return wanted.field or next(iter(drift.features), "")
