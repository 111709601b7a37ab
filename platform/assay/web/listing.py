"""What the hiring team's list and the API read of many assessments at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from assay.db.results import counting_evaluations
from assay.db.tables import Assessment, Evaluation, Submission
from assay.domain.errors import NotFound
from assay.domain.lifecycle import AssessmentState, EvaluationState

PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One assessment in a list.

    Attributes:
        pushes: How many there were.
        sealed_state, score: Of the evaluation that counts; None before the end.
    """

    assessment: Assessment
    pushes: int
    sealed_state: EvaluationState | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list, the newest first. `after`: how to ask for the next, "" at the end."""

    rows: Sequence[Row]
    after: str


def assessments_of(
    session: Session,
    organisation_id: str,
    *,
    state: AssessmentState | None = None,
    after: str = "",
    limit: int = PAGE,
) -> Listing:
    """The assessments of an organisation; `after`: id of the last one of the page before.

    Raises:
        NotFound: the organisation has no assessment `after`.
    """
    wanted = select(Assessment).where(Assessment.organisation_id == organisation_id)
    if state is not None:
        wanted = wanted.where(Assessment.state == state)
    if after:
        last = own_assessment(session, organisation_id, after)
        older = col(Assessment.invited_at) < last.invited_at
        beside = (col(Assessment.invited_at) == last.invited_at) & (col(Assessment.id) < last.id)
        wanted = wanted.where(older | beside)
    order = (col(Assessment.invited_at).desc(), col(Assessment.id).desc())
    found = session.exec(wanted.order_by(*order).limit(limit + 1)).all()
    shown = found[:limit]
    return Listing(_rows(session, shown), shown[-1].id if len(found) > limit else "")


def row_of(session: Session, assessment: Assessment) -> Row:
    """One assessment as a list shows it."""
    return _rows(session, [assessment])[0]


def own_assessment(session: Session, organisation_id: str, assessment_id: str) -> Assessment:
    """An assessment of this organisation.

    Raises:
        NotFound: there is none, or it is another's.
    """
    row = session.get(Assessment, assessment_id)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound("There is no such assessment in your organisation.")
    return row


def own_evaluation(session: Session, organisation_id: str, evaluation_id: str) -> Evaluation:
    """An evaluation of this organisation.

    Raises:
        NotFound: there is none, or it is another's.
    """
    row = session.get(Evaluation, evaluation_id)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound("There is no such evaluation in your organisation.")
    return row


def began(row: Assessment) -> datetime:
    """When it came to where it stands: for lists."""
    return row.finished_at or row.started_at or row.invited_at


def _rows(session: Session, assessments: Sequence[Assessment]) -> list[Row]:
    ids = [assessment.id for assessment in assessments]
    pushes = dict(
        session.exec(
            select(Submission.assessment_id, func.count())
            .where(col(Submission.assessment_id).in_(ids))
            .group_by(col(Submission.assessment_id))
        ).all()
    )
    counting = counting_evaluations(session, ids)
    return [_row(one, pushes.get(one.id, 0), counting.get(one.id)) for one in assessments]


def _row(assessment: Assessment, pushes: int, counts: Evaluation | None) -> Row:
    return Row(
        assessment, pushes, counts.state if counts else None, counts.score if counts else None
    )
