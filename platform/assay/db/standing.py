"""What lists show of the result that counts, kept on the assessment: a list reads no file.

Whoever changes which result counts calls `renew` in a transaction in which the assessment is, or
can be, locked first. What was missed (a process that died in between, rows of an older version)
is found by `unsettled`, which housekeeping asks for.

Every page shows the same figures of a result: `weighted`, by the weights of the position, which is
what candidates are ordered by; `score`, as the challenge gives it, beside it where weights make a
difference; and where people decided otherwise about single lines, the total with their shares.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from assay.db.artifacts import get_artifact
from assay.db.likenesses import likenesses
from assay.db.overrides import standing
from assay.db.results import judged_evaluation, judged_evaluations, stored_result
from assay.db.states import locked_if_any
from assay.db.tables import Assessment, Evaluation, Override, Position
from assay.domain.errors import AssayError
from assay.domain.evidence import RESULT_FILE
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.domain.overridden import overridden
from assay.domain.scoring import rounded
from assay.domain.weights import Marks, Weighted, Weights, marks_of, weighted, weights_of

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""So many are looked for at a time."""


@dataclass(frozen=True, slots=True)
class Overridden:
    """What people decided instead of single lines of the result that counts.

    Attributes:
        lines: How many.
        total: 0..100 to one decimal, with their shares and by the weights of the position; None if
            a gate is still without one, or the stored result cannot be read.
    """

    lines: int
    total: float | None


def renew(session: Session, assessment_id: str) -> bool:
    """Write what counts now; whether there is a result (and still an assessment).

    Where what counts is not judged yet, nothing stands: least of all the result before it.
    """
    assessment = locked_if_any(session, Assessment, assessment_id)
    if assessment is None:
        return False
    counts = judged_evaluation(session, assessment_id)
    if counts is None:
        _clear(session, assessment)
        return False
    marks = _marks(session, counts)
    own = _total(session, assessment, counts, marks)
    assessment.result_id, assessment.score = counts.id, counts.score
    assessment.result_version = ""
    if counts.complete:
        assessment.result_version = counts.challenge_version or assessment.challenge_version
    assessment.weighted = own.total if own else None
    assessment.weighted_low, assessment.weighted_high = (own and own.interval) or (None, None)
    alike = len(likenesses(session, counts.submission_id))
    assessment.flags = marks.flags + alike if marks else None
    session.flush()
    return True


def total_of(session: Session, assessment: Assessment, counts: Evaluation) -> Weighted | None:
    """What a judged evaluation comes to by the weights of its position; None without a score."""
    return _total(session, assessment, counts, _marks(session, counts))


def with_people(session: Session, rows: Iterable[Assessment]) -> dict[str, Overridden]:
    """Assessment -> what people decided instead, of those of whose result a line is overridden.

    Only their files are read: few, for overriding takes a person and a reason.
    """
    results = {row.result_id: row for row in rows if row.result_id}
    given = _given(session, list(results))
    weights = _weights(session, {results[one].position_id or "" for one in given})
    found = {}
    for result_id, shares in given.items():
        row = results[result_id]
        by = weights.get(row.position_id or "", {})
        found[row.id] = Overridden(len(shares), _with(session, result_id, shares, by))
    return found


def unsettled(session: Session) -> list[str]:
    """Ids of assessments whose result stands, and is not on them: some of them, if any."""
    wanted = (
        select(Assessment.id)
        .join(Evaluation, col(Evaluation.assessment_id) == col(Assessment.id))
        .where(
            Assessment.state == AssessmentState.FINISHED,
            col(Assessment.result_id).is_(None),
            Evaluation.lane == Lane.SEALED,
            Evaluation.state == EvaluationState.JUDGED,
        )
        .distinct()
        .order_by(col(Assessment.id))
        .limit(AT_ONCE)
    )
    last = ""
    while found := session.exec(wanted.where(col(Assessment.id) > last)).all():
        standing_ones = list(judged_evaluations(session, found))
        if standing_ones:
            return standing_ones
        last = found[-1]  # of all of these a later push counts, and is not judged
    return []


def _clear(session: Session, assessment: Assessment) -> None:
    assessment.result_id, assessment.result_version = None, ""
    assessment.score = assessment.weighted = None
    assessment.weighted_low = assessment.weighted_high = None
    assessment.flags = None
    session.flush()


def _given(session: Session, result_ids: Sequence[str]) -> dict[str, dict[str, float]]:
    """Evaluation -> line -> the share that a person gave it, of those where somebody did."""
    wanted = select(Override).where(col(Override.evaluation_id).in_(result_ids))
    made: dict[str, list[Override]] = {}
    for row in session.exec(wanted.order_by(col(Override.id))):
        made.setdefault(row.evaluation_id, []).append(row)
    found = {
        one: {name: row.now for name, row in standing(rows).items() if row.now is not None}
        for one, rows in made.items()
    }
    return {one: shares for one, shares in found.items() if shares}


def _weights(session: Session, position_ids: set[str]) -> dict[str, Weights]:
    wanted = select(Position.id, Position.weights).where(col(Position.id).in_(position_ids))
    return {position_id: weights_of(text) for position_id, text in session.exec(wanted)}


def _with(
    session: Session, result_id: str, shares: Mapping[str, float], weights: Weights
) -> float | None:
    try:
        result = stored_result(session, result_id)
    except (AssayError, ValueError):
        logger.warning("the result of %s cannot be read; lists show its score alone", result_id)
        return None
    known = {line.id for line in result.lines}
    counted = {name: share for name, share in shares.items() if name in known}
    total = overridden(result, counted, weights)
    return None if total is None else float(rounded(total))


def _marks(session: Session, counts: Evaluation) -> Marks | None:
    """None where no result is stored, or none that can be read: lists then show the score alone."""
    try:
        return marks_of(get_artifact(session, counts.id, RESULT_FILE))
    except (AssayError, ValueError, KeyError, TypeError):
        logger.warning("the result of %s cannot be read; lists show its score alone", counts.id)
        return None


def _total(
    session: Session, assessment: Assessment, counts: Evaluation, marks: Marks | None
) -> Weighted | None:
    """By the weights of the position; where there are none, or no file to weigh, as it is."""
    position = session.get(Position, assessment.position_id) if assessment.position_id else None
    own = weighted(marks, weights_of(position.weights)) if position and marks else None
    if own is not None or counts.score is None:
        return own
    return Weighted(counts.score, marks.interval if marks else None)
