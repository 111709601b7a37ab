"""Whose result is to be shown to them by what the position promised. Carried out by the worker."""

from sqlmodel import Session, and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from assay.db.states import locked_if_any
from assay.db.tables import Assessment, Position
from assay.domain.hiring import FINAL, ReleasePolicy
from assay.domain.lifecycle import AssessmentState
from assay.features.positions.stages import last_verdict

AT_ONCE = 200
"""So many at a time; the rest is found the next time."""


def due_for_release(session: Session) -> list[str]:
    """Ids of assessments whose whole result the policy of their position releases now.

    A result with lines that we failed to measure waits for a person, or for a better one. "Hold" is
    no decision that a candidate could be told.
    """
    return list(session.exec(_due().order_by(col(Assessment.finished_at)).limit(AT_ONCE)))


def is_due_for_release(session: Session, assessment_id: str) -> bool:
    """The same of one that nobody else changes from now on: somebody may have decided anew."""
    if locked_if_any(session, Assessment, assessment_id) is None:
        return False
    return session.exec(_due().where(Assessment.id == assessment_id)).first() is not None


def _due() -> SelectOfScalar[str]:
    promised = or_(
        col(Position.release) == ReleasePolicy.AT_ONCE,
        and_(col(Position.release) == ReleasePolicy.WITH_DECISION, last_verdict().in_(FINAL)),
    )
    return (
        select(Assessment.id)
        .join(Position, col(Position.id) == col(Assessment.position_id))
        .where(
            Assessment.state == AssessmentState.FINISHED,
            col(Assessment.released_at).is_(None),
            col(Assessment.result_version) != "",
            promised,
        )
    )
