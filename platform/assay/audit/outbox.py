"""Which deeds other systems may be told of. Written beside the ledger, in the deed's transaction.

What is written says that something happened, to which assessment, and when: nothing more. What
other systems are told is read when it is handed on, so a candidate who was deleted meanwhile is
told of to nobody.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from assay.audit.tags import Tag
from assay.db.tables import Evaluation, OutgoingEvent, Submission
from assay.domain.hiring import EventKind
from assay.domain.lifecycle import Lane

EVENTS: Mapping[Tag, EventKind] = {
    Tag.INVITED: EventKind.INVITED,
    Tag.STARTED: EventKind.STARTED,
    Tag.PUSHED: EventKind.SUBMITTED,
    Tag.FINISHED: EventKind.FINISHED,
    Tag.EXPIRED: EventKind.EXPIRED,
    Tag.REVOKED: EventKind.REVOKED,
    Tag.JUDGED: EventKind.JUDGED,
    Tag.ADOPTED: EventKind.JUDGED,
    Tag.RELEASED: EventKind.RELEASED,
    Tag.DECIDED: EventKind.DECIDED,
    Tag.DELETED: EventKind.DELETED,
}
"""Deed -> event. Of what is judged only what counts is one: see `_assessment_of`."""


def tell(
    session: Session, tag: Tag, *, organisation_id: str | None, subject: str, now: datetime
) -> None:
    """Write the event that a deed is, if it is one."""
    kind = EVENTS.get(tag)
    if kind is None or organisation_id is None:
        return
    assessment_id = _assessment_of(session, tag, subject)
    if assessment_id:
        session.add(
            OutgoingEvent(
                organisation_id=organisation_id, assessment_id=assessment_id, kind=kind, at=now
            )
        )


def _assessment_of(session: Session, tag: Tag, subject: str) -> str | None:
    """The assessment that a deed was done to; None if nobody else need know.

    Practice is between the candidate and us, and a regrade counts once it is adopted.
    """
    match subject.partition("_")[0]:
        case "asm":
            return subject
        case "sub":
            push = session.get(Submission, subject)
            return push.assessment_id if push else None
        case "evl":
            run = session.get(Evaluation, subject)
            counts = run and (tag is not Tag.JUDGED or run.lane is Lane.SEALED)
            return run.assessment_id if run and counts else None
        case _:
            return None
