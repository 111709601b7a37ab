"""Where a candidate stands, as a condition of the database: one rule for lists, counts and rows."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, case, col, func, literal, not_, select

from assay.db.tables import Assessment, Decision, Review
from assay.domain.hiring import Stage
from assay.domain.lifecycle import AssessmentState

BY_STATE = {
    AssessmentState.INVITED: Stage.INVITED,
    AssessmentState.STARTED: Stage.STARTED,
    AssessmentState.EXPIRED: Stage.EXPIRED,
    AssessmentState.REVOKED: Stage.REVOKED,
}
"""States that are a stage. A finished one is as far as people have come with it."""


def is_reviewed() -> ColumnElement[bool]:
    """Whether somebody has handed in a review."""
    return (
        select(Review.id)
        .where(
            col(Review.assessment_id) == col(Assessment.id), col(Review.handed_in_at).is_not(None)
        )
        .exists()
    )


def is_decided() -> ColumnElement[bool]:
    """Whether the company has decided."""
    return select(Decision.id).where(col(Decision.assessment_id) == col(Assessment.id)).exists()


def last_verdict() -> ColumnElement[Any]:
    """Of several decisions about a candidate the last one counts; null if there is none."""
    return (
        select(Decision.verdict)
        .where(col(Decision.assessment_id) == col(Assessment.id))
        .order_by(col(Decision.id).desc())
        .limit(1)
        .scalar_subquery()
    )


def stage_column() -> ColumnElement[str]:
    """The stage, as a word. What costs a look elsewhere is asked of finished ones only."""
    finished = col(Assessment.state) == AssessmentState.FINISHED
    return case(
        *((col(Assessment.state) == state, literal(to.value)) for state, to in BY_STATE.items()),
        (and_(finished, is_decided()), literal(Stage.DECIDED.value)),
        (and_(finished, is_reviewed()), literal(Stage.REVIEWED.value)),
        (col(Assessment.result_id).is_not(None), literal(Stage.JUDGED.value)),
        else_=literal(Stage.SUBMITTED.value),
    )


def in_stage(stage: Stage) -> ColumnElement[bool]:
    """The condition on an assessment, told so that an index on states helps."""
    for state, to in BY_STATE.items():
        if to is stage:
            return col(Assessment.state) == state
    finished = col(Assessment.state) == AssessmentState.FINISHED
    if stage is Stage.DECIDED:
        return and_(finished, is_decided())
    if stage is Stage.REVIEWED:
        return and_(finished, is_reviewed(), not_(is_decided()))
    has_result = col(Assessment.result_id).is_not(None)
    stands = has_result if stage is Stage.JUDGED else not_(has_result)
    return and_(finished, stands, not_(is_reviewed()), not_(is_decided()))


def counts_of(
    session: Session, *conditions: ColumnElement[bool]
) -> Mapping[str | None, Mapping[Stage, int]]:
    """Position -> stage, in their order -> how many of the assessments that meet the conditions.

    The position None stands for those who were invited without one.
    """
    one = select(Assessment.position_id, stage_column().label("stage")).where(*conditions)
    each = one.subquery()
    rows = session.exec(
        select(each.c.position_id, each.c.stage, func.count()).group_by(
            each.c.position_id, each.c.stage
        )
    ).all()
    found: dict[str | None, dict[Stage, int]] = {}
    for position_id, stage, count in rows:
        found.setdefault(position_id, {})[Stage(stage)] = count
    order = list(Stage).index
    return {
        position_id: dict(sorted(there.items(), key=lambda each: order(each[0])))
        for position_id, there in found.items()
    }
