"""A state moves by compare-and-set: of two who want to move it, one does and one is told.

The columns that go with a state (`started_at`, `worker_id`, ...) are the caller's to set on the
row that comes back, in the same transaction.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Update, update
from sqlmodel import Session, col

from assay.db.base import Row
from assay.db.tables import Assessment, Evaluation
from assay.domain.errors import Conflict, NotFound
from assay.domain.lifecycle import (
    AssessmentState,
    EvaluationState,
    assessment_may_become,
    may_become,
)

R = TypeVar("R", bound=Row)


NO_KEY_UPDATE = {"key_share": True}
"""How rows are locked on PostgreSQL: against changes, not against being referred to.

Its check of a foreign key takes a share of the row referred to, also when a row is changed twice
in one transaction. Against `FOR UPDATE` it would wait: a worker that takes an evaluation for a
push that holds the assessment and waits for that evaluation (seen as a deadlock).
"""


def locked(session: Session, table: type[R], row_id: str) -> R:
    """A row that nobody else changes before this transaction ends, as it is now.

    Raises:
        NotFound: there is none.
    """
    row = locked_if_any(session, table, row_id)
    if row is None:
        raise NotFound(f"there is no {_name(table)} {row_id}")
    return row


def locked_if_any(session: Session, table: type[R], row_id: str) -> R | None:
    """The same, None if there is no such row."""
    session.flush()
    return session.get(table, row_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)


def locked_in_order(session: Session, table: type[R], row_ids: Iterable[str]) -> dict[str, R]:
    """Several rows, locked; only those there are.

    In the order of their ids, everywhere: of two who lock several, neither holds what the other
    waits for.
    """
    rows = {each: locked_if_any(session, table, each) for each in sorted(set(row_ids))}
    return {each: row for each, row in rows.items() if row is not None}


def move_evaluation(
    session: Session,
    evaluation_id: str,
    *,
    was: EvaluationState,
    then: EvaluationState,
    attempt: int | None = None,
) -> Evaluation:
    """Move an evaluation from one state to another.

    With `attempt`, only if that is still the one that counts: what a worker says that was
    thought dead changes nothing.

    Raises:
        NotFound: there is no such evaluation.
        Conflict: it is not, or no longer, in `was` (at `attempt`), or `then` may not follow.
    """
    if not may_become(was, then):
        raise Conflict(_not_allowed("evaluation", was, then))
    wanted = (
        update(Evaluation)
        .where(col(Evaluation.id) == evaluation_id, col(Evaluation.state) == was)
        .values(state=then)
    )
    if attempt is not None:
        wanted = wanted.where(col(Evaluation.attempt) == attempt)
    moved = _apply(session, wanted)
    row = locked(session, Evaluation, evaluation_id)
    if not moved:
        raise Conflict(f"{_elsewhere(row.state, was)} (attempt {row.attempt})")
    return row


def move_assessment(
    session: Session, assessment_id: str, *, was: AssessmentState, then: AssessmentState
) -> Assessment:
    """Move an assessment from one state to another.

    Raises:
        NotFound: there is no such assessment.
        Conflict: it is not, or no longer, in `was`, or `then` may not follow.
    """
    if not assessment_may_become(was, then):
        raise Conflict(_not_allowed("assessment", was, then))
    wanted = (
        update(Assessment)
        .where(col(Assessment.id) == assessment_id, col(Assessment.state) == was)
        .values(state=then)
    )
    moved = _apply(session, wanted)
    row = locked(session, Assessment, assessment_id)
    if not moved:
        raise Conflict(_elsewhere(row.state, was))
    return row


def _apply(session: Session, wanted: Update) -> bool:
    session.flush()
    return session.exec(wanted.execution_options(synchronize_session=False)).rowcount == 1


def _not_allowed(kind: str, was: StrEnum, then: StrEnum) -> str:
    return f"the {kind} is {_words(was)}: it can no longer become {_words(then)}"


def _elsewhere(state: StrEnum, was: StrEnum) -> str:
    return f"it is {_words(state)} by now, not {_words(was)}: look again and decide anew"


def _words(state: StrEnum) -> str:
    return state.value.replace("_", " ")


def _name(table: type[Row]) -> str:
    return table.__name__.lower()
