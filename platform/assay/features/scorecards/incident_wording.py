"""Incidents in the words of a hiring manager, with the engineer's figures beside them."""

from collections.abc import Iterable, Sequence

from assay.domain.incidents import GroundTruth, Incident
from assay.domain.timeline import Observable, Schedule, Signal
from assay.features.scorecards.wording import clipped, number

FIELDS_SHOWN = 8
"""Fields in the table of a drift: those furthest from clean traffic."""

SCHEDULES: dict[Schedule, str] = {
    "abrupt": "all at once",
    "gradual": "for more and more requests, for all of them from half-time on",
    "incremental": "step by step, stronger each time",
    "recurring": "on, off, and on again",
    "blip": "for a moment only",
}

OBSERVABLE: dict[Observable, str] = {
    "service": "how the service behaves",
    "schema": "names and types of the fields",
    "marginal": "the values of one field",
    "score": "the scores",
    "joint": "several fields together, none of them alone",
    "labels": "late labels only",
    "none": "nothing: there is nothing to report",
}

SIGNALS: dict[Signal, str] = {
    "availability": "availability",
    "errors": "errors",
    "latency": "latency",
    "dependency": "dependency",
    "traffic": "traffic",
    "drift": "drift",
    "missing": "missing values",
    "schema": "schema",
    "prediction_shift": "shifted scores",
    "quality": "model quality",
    "saturation": "saturation",
    "cost": "cost",
}

_LARGE_PSI, _SOME_PSI = 0.25, 0.1
"""The customary readings of the population stability index."""


def signals(accepted: Iterable[Signal]) -> str:
    """What an alert may be about to count, as "drift or shifted scores"."""
    return " or ".join(SIGNALS[signal] for signal in accepted) or "silence"


def truth_in_words(truth: GroundTruth) -> str:
    """How far a drift is from clean traffic, without a figure."""
    return " ".join(filter(None, [_field_words(truth), _rows_words(truth), _model_words(truth)]))


def _field_words(truth: GroundTruth) -> str:
    if truth.psi_max < _SOME_PSI:
        return "No single field looks different from clean traffic."
    field = clipped(max(truth.psi, key=truth.psi.__getitem__, default="a field"), 60)
    degree = "very" if truth.psi_max >= _LARGE_PSI else "somewhat"
    return f"{field} looks {degree} different from clean traffic."


def _rows_words(truth: GroundTruth) -> str:
    how_often = next(
        words
        for least, words in (
            (0.95, "nearly always"),
            (0.75, "usually"),
            (0.6, "sometimes"),
            (-1.0, "no better than by guessing"),
        )
        if truth.c2st_auc >= least
    )
    return f"A classifier tells changed rows from clean ones {how_often}."


def _model_words(truth: GroundTruth) -> str:
    loss = truth.auc_loss
    if loss is None:
        return ""
    if loss >= 0.05:
        return "The approved model ranks risks much worse."
    if loss >= 0.01:
        return "The approved model ranks risks a little worse."
    return "The approved model ranks risks as well as before."


def truth_in_figures(truth: GroundTruth) -> list[tuple[str, str]]:
    """The same for an engineer: name of the measure, and its value."""
    figures = [
        ("Intensity", truth.intensity, "share of the strongest form of this drift"),
        ("PSI, largest of any field", truth.psi_max, "0.1 is a shift, 0.25 a large one"),
        ("KS, largest of any field", truth.ks_max, "0 is the same, 1 is disjoint"),
        ("Wasserstein-1, largest", truth.wasserstein_max, "clean standard deviations"),
        ("Two-sample classifier", truth.c2st_auc, "AUC; 0.5 cannot tell them apart"),
        ("PSI of the scores", truth.score_psi, "of the reference's scores"),
        ("ROC AUC lost", truth.auc_loss, "by the approved model; below 0 it gained"),
    ]
    return [
        (name, "does not apply" if value is None else f"{value:.3f} ({meaning})")
        for name, value, meaning in figures
    ]


def truth_by_field(truth: GroundTruth) -> Sequence[Sequence[str]]:
    """Field, PSI, KS and Wasserstein-1 of the fields that moved furthest."""
    order = sorted(truth.psi, key=lambda name: (-truth.psi[name], name))[:FIELDS_SHOWN]
    measures = (truth.psi, truth.ks, truth.wasserstein)
    return [[clipped(name, 80), *(_cell(of.get(name)) for of in measures)] for name in order]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def when(incident: Incident) -> str:
    """From which virtual minute to which, and where that was not as planned."""
    told = f"{number(incident.onset_min)} to {number(incident.end_min)}"
    late = abs(incident.onset_min - incident.planned_onset_min) > 1
    return f"{told} (planned from {number(incident.planned_onset_min)})" if late else told
