"""Reads assessments and what hangs on them. Nothing here decides."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from assay.db.tables import Assessment, Organisation, Submission
from assay.domain.errors import NotFound
from assay.domain.lifecycle import AssessmentState
from assay.kit.ids import sha256_of


def by_invitation(session: Session, token: str) -> Assessment | None:
    """The assessment that this invitation opens."""
    wanted = select(Assessment).where(Assessment.invitation_sha256 == sha256_of(token))
    return session.exec(wanted).first()


def organisation(session: Session, organisation_id: str) -> Organisation:
    """The company.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound(f"there is no organisation {organisation_id}")
    return found


def past_deadline(session: Session, before: datetime) -> Sequence[str]:
    """Ids of those that still run and had to end before that moment."""
    return session.exec(
        select(Assessment.id).where(
            Assessment.state == AssessmentState.STARTED, col(Assessment.deadline_at) <= before
        )
    ).all()


def unused(session: Session, before: datetime) -> Sequence[str]:
    """Ids of invitations that could be accepted only until that moment."""
    return session.exec(
        select(Assessment.id).where(
            Assessment.state == AssessmentState.INVITED,
            col(Assessment.invitation_ends_at) <= before,
        )
    ).all()


def ending(session: Session, now: datetime, within: timedelta) -> Sequence[Assessment]:
    """Those that run and end soon."""
    return session.exec(
        select(Assessment).where(
            Assessment.state == AssessmentState.STARTED,
            col(Assessment.deadline_at) > now,
            col(Assessment.deadline_at) <= now + within,
        )
    ).all()


def last_submission(session: Session, assessment_id: str) -> Submission | None:
    """The push that counts."""
    return session.exec(
        select(Submission)
        .where(Submission.assessment_id == assessment_id)
        .order_by(col(Submission.number).desc())
        .limit(1)
    ).first()
