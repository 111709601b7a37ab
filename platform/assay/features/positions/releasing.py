"""Whose result is to be shown to them by what the position promised. Carried out by the worker."""

from sqlmodel import Session, and_, col, or_, select

from assay.db.tables import Assessment, Position
from assay.domain.hiring import ReleasePolicy
from assay.domain.lifecycle import AssessmentState
from assay.features.positions.stages import is_decided

AT_ONCE = 200
"""So many at a time; the rest is found the next time."""


def due_for_release(session: Session) -> list[str]:
    """Ids of assessments whose whole result the policy of their position releases now.

    A result with lines that we failed to measure waits for a person, or for a better one.
    """
    promised = or_(
        col(Position.release) == ReleasePolicy.AT_ONCE,
        and_(col(Position.release) == ReleasePolicy.WITH_DECISION, is_decided()),
    )
    return list(
        session.exec(
            select(Assessment.id)
            .join(Position, col(Position.id) == col(Assessment.position_id))
            .where(
                Assessment.state == AssessmentState.FINISHED,
                col(Assessment.released_at).is_(None),
                col(Assessment.result_version) != "",
                promised,
            )
            .order_by(col(Assessment.finished_at))
            .limit(AT_ONCE)
        )
    )
