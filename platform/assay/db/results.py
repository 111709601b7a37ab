"""Which result of an assessment counts: the one adopted last, else that of the sealed run."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from assay.db.artifacts import get_artifact
from assay.db.tables import Evaluation, Submission
from assay.domain.evidence import RESULT_FILE
from assay.domain.lifecycle import EvaluationState, Lane
from assay.domain.stored_result import StoredResult

NEVER = datetime.min.replace(tzinfo=UTC)


def counting_evaluation(session: Session, assessment_id: str) -> Evaluation | None:
    """The evaluation whose result counts, judged or not; None if nothing was handed in."""
    return counting_evaluations(session, [assessment_id]).get(assessment_id)


def counting_evaluations(
    session: Session, assessment_ids: Collection[str]
) -> dict[str, Evaluation]:
    """Assessment -> the evaluation whose result counts, asked for at once; see above."""
    found = session.exec(
        select(Evaluation, Submission.number)
        .join(Submission, col(Submission.id) == col(Evaluation.submission_id))
        .where(col(Evaluation.assessment_id).in_(assessment_ids), may_count())
    ).all()
    return counting_of(found)


def judged_evaluation(session: Session, assessment_id: str) -> Evaluation | None:
    """The evaluation whose result counts; None as long as it is not judged."""
    return judged_evaluations(session, [assessment_id]).get(assessment_id)


def judged_evaluations(session: Session, assessment_ids: Collection[str]) -> dict[str, Evaluation]:
    """Assessment -> the evaluation whose result counts, of those where it is judged."""
    counting = counting_evaluations(session, assessment_ids)
    return {one: row for one, row in counting.items() if row.state is EvaluationState.JUDGED}


def stored_result(session: Session, evaluation_id: str) -> StoredResult:
    """What an evaluation came to, as it was stored.

    Raises:
        NotFound: it has no result.
        PlatformFault: what is stored is damaged.
    """
    return StoredResult.model_validate_json(get_artifact(session, evaluation_id, RESULT_FILE))


def counting_of(found: Iterable[tuple[Evaluation, int]]) -> dict[str, Evaluation]:
    """Assessment -> the evaluation that counts, of those given with the number of their push."""
    ranked = sorted(found, key=lambda pair: _rank(*pair))
    return {one.assessment_id: one for one, _ in ranked}


def may_count() -> ColumnElement[bool]:
    """The condition on the evaluations of which one counts."""
    return or_(col(Evaluation.lane) == Lane.SEALED, col(Evaluation.adopted_at).is_not(None))


def is_for_candidates(one: Evaluation) -> bool:
    """Whether its candidate may know of it at all: of a regrade once it counts."""
    return one.lane is not Lane.REGRADE or one.adopted_at is not None


def _rank(one: Evaluation, number: int) -> tuple[datetime, int, datetime]:
    """The largest counts."""
    return one.adopted_at or NEVER, number, one.queued_at
