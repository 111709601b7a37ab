"""What a candidate learns from one evaluation, and how it compares with the push before.

Reads `result.json` as it was stored: feedback never changes, whatever the rubric becomes.
"""

from sqlmodel import Session

from assay.db.results import stored_result
from assay.db.tables import Evaluation
from assay.domain.challenge import FeedbackTier, PracticeRules
from assay.domain.errors import NotFound
from assay.domain.lifecycle import EvaluationState, Lane
from assay.domain.mends import mends_of
from assay.domain.stored_result import StoredArea, StoredGate, StoredResult
from assay.features.submissions import repository
from assay.features.submissions.views import (
    AreaFeedback,
    CriterionFeedback,
    Feedback,
    Previous,
)

RULES_OF_ONE_GONE = PracticeRules(feedback="total")
"""Of a challenge that is not here any more: how much it tells is unknown, so it is the least."""


def feedback(session: Session, evaluation_id: str, tier: FeedbackTier = "full") -> Feedback:
    """What the tier shows of an evaluation that was judged.

    Raises:
        NotFound: there is no such evaluation, or it has no result.
    """
    row = repository.evaluation(session, evaluation_id)
    if row.state is not EvaluationState.JUDGED:
        raise NotFound(f"evaluation {evaluation_id} has no result: it is {row.state.value}")
    result = stored_result(session, row.id)
    earlier = _earlier(session, row)
    before = stored_result(session, earlier.id) if earlier else None
    lines = _lines_before(before)
    areas = {area.id: area.points for area in before.areas} if before else {}
    return Feedback(
        evaluation_id=row.id,
        status=result.status,
        total=result.total,
        interval=result.interval,
        change=_change(result.total, before.total if before else None),
        previous=_previous(session, earlier, before),
        areas=[_area(a, areas.get(a.id)) for a in result.areas] if tier != "total" else [],
        criteria=[_line(c, lines) for c in result.criteria] if tier == "full" else [],
        gates=[_line(gate, lines) for gate in result.gates] if tier == "full" else [],
        mend=mends_of(result.gates, result.criteria) if tier != "total" else [],
    )


def _earlier(session: Session, row: Evaluation) -> Evaluation | None:
    """A result that may count is compared with nothing: another seed drew another evaluation."""
    if row.lane is not Lane.PRACTICE:
        return None
    number = repository.submission(session, row.submission_id).number
    return repository.judged_before(session, row, number)


def _previous(
    session: Session, earlier: Evaluation | None, before: StoredResult | None
) -> Previous | None:
    if earlier is None or before is None:
        return None
    number = repository.submission(session, earlier.submission_id).number
    return Previous(earlier.id, number, before.total)


def _lines_before(before: StoredResult | None) -> dict[str, float | None]:
    return {line.id: line.points for line in before.criteria} if before else {}


def _area(area: StoredArea, before: float | None) -> AreaFeedback:
    return AreaFeedback(area.id, area.title, area.points, area.max, _change(area.points, before))


def _line(line: StoredGate, before: dict[str, float | None]) -> CriterionFeedback:
    return CriterionFeedback(
        id=line.id,
        area=line.area,
        title=line.title,
        points=line.points,
        max=line.max,
        value=line.value,
        unit=line.unit,
        change=_change(line.points, before.get(line.id)),
        evidence=line.evidence,
        advice=line.advice,
    )


def _change(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else round(now - before, 1)
