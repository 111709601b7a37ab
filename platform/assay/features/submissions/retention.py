"""What of evaluations that ended long ago serves nobody any more: their lines, their checkpoints.

What was measured and what came of it stays as long as the assessment. Everything here works in
the caller's transaction and never commits, and takes the oldest first, so many at once.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, select

from assay.db.tables import Artifact, Evaluation, EvaluationEvent
from assay.domain.lifecycle import ENDED, EvaluationState
from assay.features.submissions.tasks import CHECKPOINT

UNJUDGED = (
    EvaluationState.CANCELLED,
    EvaluationState.PLATFORM_FAULT,
    EvaluationState.SUPERSEDED,
)
"""They may have begun and did not come to their end, where a checkpoint is dropped."""


def count_old_lines(session: Session, before: datetime) -> int:
    """How many lines were said before that moment. Reads the whole table."""
    wanted = select(func.count()).select_from(EvaluationEvent)
    old = wanted.where(col(EvaluationEvent.at) < before, _of_ended())
    return session.exec(old).one()


def drop_old_lines(session: Session, before: datetime, limit: int) -> int:
    """Remove the oldest lines said before that moment; how many there were.

    Lines are numbered as they come: only the oldest `limit` are looked at, however many
    there are.
    """
    oldest = session.exec(
        select(EvaluationEvent.id, EvaluationEvent.at)
        .where(_of_ended())
        .order_by(col(EvaluationEvent.id))
        .limit(limit)
    ).all()
    old = [number for number, at in oldest if at < before]
    return session.exec(delete(EvaluationEvent).where(col(EvaluationEvent.id).in_(old))).rowcount


def old_checkpoints(session: Session, before: datetime, limit: int | None = None) -> Sequence[str]:
    """Ids of evaluations that ended without a result before that moment and keep a checkpoint."""
    return session.exec(
        select(Evaluation.id)
        .join(Artifact, col(Artifact.owner_id) == col(Evaluation.id))
        .where(
            col(Evaluation.state).in_(UNJUDGED),
            col(Evaluation.ended_at) < before,
            Artifact.name == CHECKPOINT,
        )
        .limit(limit)
    ).all()


def drop_old_checkpoints(session: Session, before: datetime, limit: int) -> int:
    """Remove them; how many there were. Tried again later, such an evaluation begins anew."""
    owners = old_checkpoints(session, before, limit)
    gone = delete(Artifact).where(
        col(Artifact.owner_id).in_(owners), col(Artifact.name) == CHECKPOINT
    )
    return session.exec(gone).rowcount


def _of_ended() -> ColumnElement[bool]:
    open_states = [state for state in EvaluationState if state not in ENDED]
    still_open = select(Evaluation.id).where(col(Evaluation.state).in_(open_states))
    return col(EvaluationEvent.evaluation_id).not_in(still_open)
