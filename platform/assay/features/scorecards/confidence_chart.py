"""A reliability diagram: how sure answers were, against how often they were right."""

import math
from collections.abc import Sequence
from functools import partial

from markupsafe import Markup

from assay.domain.evidence import Evidence
from assay.domain.labelled_facts import BINS, CalibrationFact, ConfidenceBin
from assay.features.scorecards.charts import Chart
from assay.features.scorecards.svg import LIMIT, OWN, axes, inline
from assay.features.scorecards.wording import figure

NAME = "confidence"
TITLE = "How sure it was, and how often it was right"
CAPTION = (
    "Each dot is the answers of like confidence, the larger the more, with their number at "
    "it. On the dotted line answers are right as often as they say; below it they are too sure."
)
COLUMNS = ("Confidence", "Answers", "Stated on average", "Right")
RADIUS_MIN, RADIUS_MAX = 3.0, 12.0
"""Of a dot, in points."""
LOW = 30
"""Per cent right; the number of a dot that is lower stands above it."""
EDGE = 4
"""Per cent around the axes, so that no dot is cut."""


def confidence_charts(evidence: Evidence) -> list[Chart]:
    """The diagram, if some answer said how sure it was."""
    fact = evidence.labelled.calibration if evidence.labelled else None
    if fact is None or not _filled(fact):
        return []
    rows = [_row(place, one) for place, one in enumerate(fact.bins) if one.answers]
    return [Chart(NAME, TITLE, CAPTION, COLUMNS, rows, partial(_drawn, _filled(fact)))]


def _filled(fact: CalibrationFact) -> list[ConfidenceBin]:
    return [one for one in fact.bins if one.answers]


def _row(place: int, one: ConfidenceBin) -> list[str]:
    width = 100 // BINS
    return [
        f"{place * width} to {(place + 1) * width} %",
        f"{one.answers:,}",
        figure(one.stated / one.answers, "share"),
        f"{one.right:,} ({figure(one.right / one.answers, 'share')})",
    ]


def _drawn(bins: Sequence[ConfidenceBin]) -> Markup:
    most = max(one.answers for one in bins)
    with axes() as ax:
        ax.plot([0, 100], [0, 100], color=LIMIT, linestyle=":", label="as often right as it says")
        for one in bins:
            x, y = 100 * one.stated / one.answers, 100 * one.right / one.answers
            radius = max(RADIUS_MIN, RADIUS_MAX * math.sqrt(one.answers / most))
            ax.plot([x], [y], color=OWN, marker="o", markersize=2 * radius, alpha=0.75)
            away, side = (radius + 2, "bottom") if y < LOW else (-radius - 2, "top")
            ax.annotate(
                f"{one.answers:,}",
                (x, y),
                xytext=(0, away),
                textcoords="offset points",
                ha="center",
                va=side,
            )
        ax.set(xlim=(-EDGE, 100 + EDGE), ylim=(-EDGE, 100 + EDGE))
        ax.set(xlabel="stated confidence (%)", ylabel="right (%)")
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
        return inline(ax, name=NAME, title=TITLE, description=CAPTION)
