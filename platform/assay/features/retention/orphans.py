"""Files and mails that were stored in the very moment in which their assessment was deleted.

Where several transactions write at once, one that began before a deletion may store something
after it. Rows that refer to the assessment cannot be stored then; files and mails only name it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, delete, func, or_, select

from assay.db.tables import Artifact, Assessment, Evaluation, Mail, Submission

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
    """Owners of files, and ids of mails, whose assessment is no more."""

    owners: Sequence[str]
    mails: Sequence[str]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.owners or self.mails)


def orphans(session: Session) -> Orphans:
    """Find them, `AT_ONCE` of each kind. Reads the index of all files: seldom, please."""
    ownerless = [_ownerless(prefix, column) for prefix, column in OWNERS.items()]
    owners = select(Artifact.owner_id).where(or_(*ownerless)).distinct().limit(AT_ONCE)
    about = func.substr(col(Mail.id), 1, ID_LENGTH)
    theirs = exists().where(col(Assessment.id) == about)
    is_about_one = col(Mail.id).startswith("asm_", autoescape=True)
    mails = select(Mail.id).where(is_about_one, ~theirs).limit(AT_ONCE)
    return Orphans(session.exec(owners).all(), session.exec(mails).all())


def drop(session: Session, found: Orphans) -> int:
    """Remove them; how many there were."""
    files = delete(Artifact).where(col(Artifact.owner_id).in_(found.owners))
    mails = delete(Mail).where(col(Mail.id).in_(found.mails))
    return session.exec(files).rowcount + session.exec(mails).rowcount


def _ownerless(prefix: str, column: Mapped[str]) -> ColumnElement[bool]:
    owner = col(Artifact.owner_id)
    return owner.startswith(prefix, autoescape=True) & ~exists().where(column == owner)
