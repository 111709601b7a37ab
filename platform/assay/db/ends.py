"""When a sitting was over: as a value of a row, and as a condition in a query."""

from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import case, col

from assay.db.tables import Assessment
from assay.domain.lifecycle import AssessmentState

OVER = (AssessmentState.FINISHED, AssessmentState.EXPIRED, AssessmentState.REVOKED)
"""States of sittings that have come to an end."""


def ended_at(row: Assessment) -> datetime | None:
    """When it was over; None while it may go on.

    An invitation that nobody used ended when it could be used no more.
    """
    if row.state is AssessmentState.EXPIRED:
        return row.invitation_ends_at
    return row.finished_at if row.state in OVER else None


def end_of_sitting() -> ColumnElement[datetime]:
    """The same of the rows of a query that are in one of the states `OVER`."""
    unused = col(Assessment.state) == AssessmentState.EXPIRED
    return case((unused, col(Assessment.invitation_ends_at)), else_=col(Assessment.finished_at))
