"""What was stored in the very moment in which its assessment was deleted.

Where several transactions write at once, one that began before a deletion may store something
after it. Rows that refer to the assessment cannot be stored then; files, mails, and what other
systems are sent only name it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, delete, func, or_, select

from assay.db.tables import (
    Artifact,
    Assessment,
    Delivery,
    Evaluation,
    Mail,
    OutgoingEvent,
    Submission,
)
from assay.domain.hiring import EventKind

AT_ONCE = 500
ID_LENGTH = 20
"""Of "asm_" and sixteen characters."""
OWNERS: Mapping[str, Mapped[str]] = {
    "sub_": col(Submission.id),
    "evl_": col(Evaluation.id),
    "asm_": col(Assessment.id),
}
"""How the id of an owner of files begins -> which row it is of."""


@dataclass(frozen=True, slots=True)
class Orphans:
    """Owners of files, and ids of mails and deliveries, whose assessment is no more."""

    owners: Sequence[str]
    mails: Sequence[str]
    deliveries: Sequence[str]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.owners or self.mails or self.deliveries)


def orphans(session: Session) -> Orphans:
    """Find them, `AT_ONCE` of each kind. Reads the index of all files: seldom, please."""
    ownerless = [_ownerless(prefix, column) for prefix, column in OWNERS.items()]
    owners = select(Artifact.owner_id).where(or_(*ownerless)).distinct().limit(AT_ONCE)
    about = func.substr(col(Mail.id), 1, ID_LENGTH)
    theirs = exists().where(col(Assessment.id) == about)
    is_about_one = col(Mail.id).startswith("asm_", autoescape=True)
    mails = select(Mail.id).where(is_about_one, ~theirs).limit(AT_ONCE)
    return Orphans(session.exec(owners).all(), session.exec(mails).all(), _deliveries(session))


def drop(session: Session, found: Orphans) -> int:
    """Remove them; how many there were."""
    files = delete(Artifact).where(col(Artifact.owner_id).in_(found.owners))
    mails = delete(Mail).where(col(Mail.id).in_(found.mails))
    told = delete(Delivery).where(col(Delivery.id).in_(found.deliveries))
    return sum(session.exec(one).rowcount for one in (files, mails, told))


def _deliveries(session: Session) -> Sequence[str]:
    """All but those which tell of the deletion itself: they hold nothing else."""
    there = exists().where(col(Assessment.id) == col(Delivery.assessment_id))
    wanted = (
        select(Delivery.id)
        .join(OutgoingEvent, col(OutgoingEvent.id) == col(Delivery.event_id))
        .where(
            col(Delivery.assessment_id).startswith("asm_", autoescape=True),
            OutgoingEvent.kind != EventKind.DELETED,
            ~there,
        )
    )
    return session.exec(wanted.limit(AT_ONCE)).all()


def _ownerless(prefix: str, column: Mapped[str]) -> ColumnElement[bool]:
    owner = col(Artifact.owner_id)
    return owner.startswith(prefix, autoescape=True) & ~exists().where(column == owner)
