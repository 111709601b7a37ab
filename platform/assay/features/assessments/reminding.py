"""A person asks a candidate to look again. The link is new: of the one before we know a digest."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from assay.audit.ledger import SYSTEM, Actor, record
from assay.audit.tags import Tag
from assay.db.states import locked
from assay.db.tables import Assessment, AuditEntry
from assay.domain.errors import Conflict
from assay.domain.lifecycle import AssessmentState
from assay.features.assessments import mail, repository
from assay.kit.ids import new_token, sha256_of

APART = timedelta(hours=1)
"""Between two reminders of one candidate: the first one may lie unread in a queue so long."""


def remind(
    session: Session,
    assessment_id: str,
    public_url: str,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
) -> None:
    """Write to the candidate. The link they had opens nothing any more, and the letter says so.

    Raises:
        NotFound: there is no such assessment.
        Conflict: there is nothing left to do, or a reminder went out within the hour.
    """
    assessment = locked(session, Assessment, assessment_id)
    _refuse(assessment, now)
    if _was_reminded(session, assessment, now - APART):
        raise Conflict("a reminder was sent within the last hour; wait a while")
    token = new_token("asi")
    company = repository.organisation(session, assessment.organisation_id).name
    letter = mail.reminded(assessment, company, f"{public_url.rstrip('/')}/a/{token}")
    mail.send(session, assessment, f"reminded-{now:%Y%m%d%H%M%S}", letter, now)
    assessment.invitation_sha256 = sha256_of(token)
    by = replace(actor, organisation_id=assessment.organisation_id)
    record(session, Tag.REMINDED, by=by, subject=assessment.id, now=now)


def _was_reminded(session: Session, assessment: Assessment, since: datetime) -> bool:
    wanted = select(AuditEntry.id).where(
        AuditEntry.subject == assessment.id,
        AuditEntry.action == Tag.REMINDED.value,
        col(AuditEntry.at) > since,
    )
    return session.exec(wanted.limit(1)).first() is not None


def _refuse(assessment: Assessment, now: datetime) -> None:
    if assessment.state not in (AssessmentState.INVITED, AssessmentState.STARTED):
        raise Conflict(f"there is nothing to remind of: the assessment is {assessment.state.value}")
    ends_at = assessment.deadline_at or assessment.invitation_ends_at
    if now >= ends_at:
        raise Conflict("the time is over; give more time first, then remind")
