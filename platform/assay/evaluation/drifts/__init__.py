"""Drifts: what is sent when traffic changes, as pure and seeded changes of clean rows.

`prepare` makes the rows, `ground_truth` says how far they are from the clean ones.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from assay.domain.errors import BadInput
from assay.domain.timeline import IncidentSpec
from assay.evaluation.drifts.bodies import Rows
from assay.evaluation.drifts.calibration import Calibrated, calibrated, calibration_problems
from assay.evaluation.drifts.drift import Drift
from assay.evaluation.drifts.injectors import INJECTORS, drift_of
from assay.evaluation.drifts.schedules import Phase, phases
from assay.evaluation.drifts.scores import Scorer, Scores, Unmeasurable, scores_of
from assay.evaluation.drifts.truth import ground_truth
from assay.kit.chance import derived_seed

__all__ = [
    "INJECTORS",
    "Drifted",
    "Scorer",
    "Scores",
    "ground_truth",
    "planned",
    "prepare",
    "scores_of",
]


@dataclass(frozen=True, slots=True)
class Drifted:
    """A drift that is ready to be sent.

    Attributes:
        features: Dotted paths of the fields whose values it changes; () if only labels or the
            mix of rows do.
        phases: What is sent when, in virtual minutes after the onset.
        rows: Level of a phase -> its rows, as many as the clean ones. Where `expected` is None
            and `refuse` is not set, the reference must still be asked for the right answer.
        intensity: At level 1, 0..1.
        note: Says so where the strength that was asked for could not be had, "" otherwise.
    """

    features: tuple[str, ...]
    phases: tuple[Phase, ...]
    rows: Mapping[float, Rows]
    intensity: float
    note: str = ""

    @property
    def strongest(self) -> Rows:
        """The rows that the ground truth is measured on."""
        return self.rows[max(self.rows)]


def prepare(spec: IncidentSpec, rows: Rows, seed: int, *, ask: Scorer | None = None) -> Drifted:
    """Make the rows of an incident whose injector is a drift (also of a decoy).

    Args:
        spec: The incident.
        rows: Clean rows with labels; never changed.
        seed: The evaluation's. The same seed gives the same rows.
        ask: Asks the reference for its answers; needed only to calibrate a change of values
            by `auc_loss`.

    Raises:
        BadInput: the incident cannot be done to these rows; with every problem.
    """
    drift = planned(spec, rows)
    own = derived_seed(seed, "drift", spec.id)
    found = _calibrated(spec, drift, rows, own, ask)
    intensity = found.intensity if found else 1.0
    timeline = phases(spec.schedule, spec.length_min)
    return Drifted(
        features=drift.features,
        phases=timeline,
        rows={
            level: drift.apply(rows, level * intensity, random.Random(own))  # noqa: S311
            for level in sorted({phase.level for phase in timeline})
        },
        intensity=intensity,
        note=_note(spec, found),
    )


def planned(spec: IncidentSpec, rows: Rows) -> Drift:
    """The drift of an incident, once it is clear that it can be done to these rows.

    Raises:
        BadInput: it cannot; with every problem in words.
    """
    drift = drift_of(spec)
    found = list(drift.problems(rows))
    if spec.calibrate is not None:
        found += calibration_problems(drift, spec.calibrate, rows)
    if found:
        raise BadInput(*(f"incident {spec.id!r}: {problem}" for problem in found))
    return drift


def _calibrated(
    spec: IncidentSpec, drift: Drift, rows: Rows, seed: int, ask: Scorer | None
) -> Calibrated | None:
    if spec.calibrate is None:
        return None
    try:
        return calibrated(drift, spec.calibrate, rows, seed, ask)
    except Unmeasurable as error:
        raise BadInput(f"incident {spec.id!r}: {error}") from error


def _note(spec: IncidentSpec, found: Calibrated | None) -> str:
    if spec.calibrate is None or found is None or found.reached:
        return ""
    wanted = f"{spec.calibrate.measure} {spec.calibrate.target:g} was asked for"
    if found.intensity == 1:
        return f"{wanted}; at its strongest the drift has {found.value:.3g}"
    return f"{wanted}; the nearest that can be had is {found.value:.3g}"
