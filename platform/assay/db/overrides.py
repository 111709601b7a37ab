"""What people decided instead of single lines of a result. Rows are added and never changed."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from assay.db.tables import Override


def overrides_of(session: Session, evaluation_id: str) -> Sequence[Override]:
    """All of an evaluation, the oldest first."""
    return session.exec(
        select(Override).where(Override.evaluation_id == evaluation_id).order_by(col(Override.id))
    ).all()


def overrides_before(
    session: Session, assessment_id: str, evaluation_id: str
) -> Sequence[Override]:
    """Those of other results of the assessment, the latest first: they count no more."""
    return session.exec(
        select(Override)
        .where(Override.assessment_id == assessment_id, Override.evaluation_id != evaluation_id)
        .order_by(col(Override.id).desc())
    ).all()


def standing(rows: Sequence[Override]) -> dict[str, Override]:
    """Criterion -> the override that counts: the last one, unless it takes the others back.

    Args:
        rows: Of one evaluation, the oldest first.
    """
    last = {row.criterion: row for row in rows}
    return {name: row for name, row in last.items() if row.now is not None}
