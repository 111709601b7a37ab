"""What lists show of the result that counts, kept on the assessment: a list reads no file.

Whoever changes which result counts calls `renew` in a transaction in which the assessment is, or
can be, locked first. What was missed (a process that died in between, rows of an older version)
is found by `unsettled`, which housekeeping asks for.
"""

import logging

from sqlmodel import Session, col, select

from assay.db.artifacts import get_artifact
from assay.db.results import counting_evaluation
from assay.db.states import locked_if_any
from assay.db.tables import Assessment, Evaluation, Position
from assay.domain.errors import AssayError
from assay.domain.evidence import RESULT_FILE
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.domain.weights import Marks, Weighted, marks_of, weighted, weights_of

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""So many are looked for at a time."""


def renew(session: Session, assessment_id: str) -> bool:
    """Write what counts now; whether there is a result (and still an assessment)."""
    assessment = locked_if_any(session, Assessment, assessment_id)
    counts = counting_evaluation(session, assessment_id)
    if assessment is None or counts is None or counts.state is not EvaluationState.JUDGED:
        return False
    marks = _marks(session, counts)
    own = _by_weights(session, assessment, marks) or _as_it_is(counts, marks)
    assessment.result_id, assessment.score = counts.id, counts.score
    assessment.result_version = ""
    if counts.complete:
        assessment.result_version = counts.challenge_version or assessment.challenge_version
    assessment.weighted = own.total if own else None
    assessment.weighted_low, assessment.weighted_high = (own and own.interval) or (None, None)
    assessment.flags = marks.flags if marks else None
    session.flush()
    return True


def unsettled(session: Session) -> list[str]:
    """Ids of assessments whose result stands, and is not on them."""
    return list(
        session.exec(
            select(Assessment.id)
            .join(Evaluation, col(Evaluation.assessment_id) == col(Assessment.id))
            .where(
                Assessment.state == AssessmentState.FINISHED,
                col(Assessment.result_id).is_(None),
                Evaluation.lane == Lane.SEALED,
                Evaluation.state == EvaluationState.JUDGED,
            )
            .distinct()
            .limit(AT_ONCE)
        )
    )


def _marks(session: Session, counts: Evaluation) -> Marks | None:
    """None where no result is stored, or none that can be read: lists then show the score alone."""
    try:
        return marks_of(get_artifact(session, counts.id, RESULT_FILE))
    except (AssayError, ValueError, KeyError, TypeError):
        logger.warning("the result of %s cannot be read; lists show its score alone", counts.id)
        return None


def _by_weights(session: Session, assessment: Assessment, marks: Marks | None) -> Weighted | None:
    position = session.get(Position, assessment.position_id) if assessment.position_id else None
    if position is None or marks is None:
        return None
    return weighted(marks, weights_of(position.weights))


def _as_it_is(counts: Evaluation, marks: Marks | None) -> Weighted | None:
    if counts.score is None:
        return None
    return Weighted(counts.score, marks.interval if marks else None)
