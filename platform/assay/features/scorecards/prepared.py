"""What takes long to work out for the page of a scorecard: done once, when it is judged.

Kept beside the result; a page that finds none, or that of another version, works it out anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from assay.domain.evidence import Evidence
from assay.domain.questions import Question, questions_of
from assay.domain.scorecard import Scorecard
from assay.features.scorecards.firings import firings_of
from assay.features.scorecards.incident_rows import score_of
from assay.features.scorecards.incidents_view import Incidents, incidents_of
from assay.features.scorecards.plots import Plot, plots_of
from assay.features.scorecards.timeline_figures import Timeline, timeline_of

PAGE_FILE = "page.json"
"""Its name among the files of an evaluation."""
VERSION = 1
"""Raised whenever anything here, or what it is made of, changes its form."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All of it. `incidents` and `timeline` are None where there was no such stage."""

    version: int
    incidents: Incidents | None
    timeline: Timeline | None
    plots: Sequence[Plot]
    questions: Sequence[Question]


_FORM: TypeAdapter[Prepared] = TypeAdapter(Prepared)


def prepare(evidence: Evidence, card: Scorecard) -> Prepared:
    """Work it out."""
    measured = evidence.incidents
    firings = firings_of(measured, score_of(measured)) if measured else ()
    return Prepared(
        version=VERSION,
        incidents=incidents_of(measured) if measured else None,
        timeline=timeline_of(measured, firings) if measured else None,
        plots=plots_of(evidence),
        questions=questions_of(evidence, card),
    )


def prepared_json(evidence: Evidence, card: Scorecard) -> bytes:
    """The same as a file."""
    return _FORM.dump_json(prepare(evidence, card))


def read_prepared(stored: bytes) -> Prepared | None:
    """What was kept; None if it is of another version."""
    try:
        found = _FORM.validate_json(stored)
    except ValidationError:
        return None
    return found if found.version == VERSION else None
