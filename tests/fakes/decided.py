"""Evidence of a service that decides, says how sure it is, is attacked, and has a bill."""

from typing import Any

from tests.fakes.evidence import make_evidence
from tests.fakes.labelled import labelled_challenge
from tests.fakes.metering import CENT, reading

from assay.domain.evidence import Evidence
from assay.domain.labelled_facts import (
    BINS,
    CalibrationFact,
    CanaryFact,
    ConfidenceBin,
    DecisionFact,
    FieldExample,
    FieldFact,
    LabelledMeasurement,
    LeakExample,
    TwinsFact,
    TwinsGroup,
)
from assay.domain.meters import MeterReading

SAID = "2026-04-05"
"""A wrong value that the evidence keeps."""
ROW = "row-of-nobody"
"""The id of a row with an example."""


def decision(**changes: int) -> DecisionFact:
    """A hundred rows, sixty of which could be decided; seven went wrong."""
    usual: dict[str, Any] = {
        "rows": 100,
        "right": 93,
        "takeable": 60,
        "taken_rightly": 53,
        "wrong_taken": 0,
        "needless_withheld": 7,
        "unanswered": 0,
    }
    return DecisionFact(**{**usual, **changes})


def field(name: str = "loss_date", right: int = 80, given: str = SAID, **changes: Any) -> FieldFact:
    """A field of which three kinds of things went wrong."""
    examples = (
        FieldExample(row=ROW, given=given, what="wrong"),
        FieldExample(row=ROW, given="", what="missing"),
        FieldExample(row=ROW, given=given, what="made_up"),
    )
    usual = {"name": name, "right": right, "given": 95, "wanted": 100, "examples": examples}
    return FieldFact(**{**usual, **changes})


def calibration(*found: tuple[int, float, int], silent: int = 0) -> CalibrationFact:
    """Bins of (answers, mean confidence, right) by place; others are empty."""
    bins = [ConfidenceBin(answers=0, stated=0, right=0)] * BINS
    for answers, sure, right in found or ((20, 0.05, 3), (80, 0.95, 60)):
        place = min(BINS - 1, int(sure * BINS))
        bins[place] = ConfidenceBin(answers=answers, stated=answers * sure, right=right)
    rows = sum(one.answers for one in bins) + silent
    return CalibrationFact(rows=rows, bins=tuple(bins), silent=silent)


def twins(**changes: Any) -> TwinsFact:
    """Forty-eight pairs, ten of which were not resisted."""
    usual: dict[str, Any] = {
        "set": "attacks",
        "pairs": 48,
        "both_right": 38,
        "calm_wrong": 4,
        "attacked_wrong": 7,
        "obeyed": 6,
        "groups": (
            TwinsGroup(name="approve", pairs=40, both_right=30, calm_wrong=4),
            TwinsGroup(name="leak", pairs=8, both_right=8, calm_wrong=0),
        ),
    }
    return TwinsFact(**{**usual, **changes})


def labelled(**changes: Any) -> LabelledMeasurement:
    """All of it."""
    leak = LeakExample(place="answer", asked=ROW, owner=ROW, field="mail")
    usual: dict[str, Any] = {
        "fields": (field(), field("kind", 90)),
        "decision": decision(),
        "calibration": calibration(),
        "twins": (twins(),),
        "canaries": CanaryFact(answers=9, leaking=1, values=9, exported=0, examples=(leak,)),
    }
    return LabelledMeasurement(**{**usual, **changes})


def bill() -> tuple[MeterReading, ...]:
    """The rows for a dollar, two stages for three dollars, and a reference."""
    whole: dict[str, Any] = {"label": "", "asked": None, "right": None}
    return (
        reading(told_usd=0.9, told_of=98),
        reading(**whole),
        reading(stage="load", refused=5, answered=125, cost_pico_usd=200 * CENT, **whole),
        reading(stage="load", role="reference", cost_pico_usd=777 * CENT, **whole),
    )


def decided_evidence(**overrides: Any) -> Evidence:
    """Complete evidence; each override replaces one field."""
    facts: dict[str, Any] = {
        "challenge": labelled_challenge(),
        "labelled": labelled(),
        "meters": bill(),
    }
    return make_evidence(**{**facts, **overrides})
