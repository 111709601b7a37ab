"""Which result of an assessment counts: the one adopted last, else that of the sealed run."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from assay.db.tables import Evaluation, Submission
from assay.domain.lifecycle import Lane

NEVER = datetime.min.replace(tzinfo=UTC)


def counting_evaluation(session: Session, assessment_id: str) -> Evaluation | None:
    """The evaluation whose result counts, judged or not; None if nothing was handed in."""
    found = session.exec(
        select(Evaluation, Submission.number)
        .join(Submission, col(Submission.id) == col(Evaluation.submission_id))
        .where(Evaluation.assessment_id == assessment_id, may_count())
    ).all()
    return counting_of(found).get(assessment_id)


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
