"""Who did what, when. Entries are added, never changed: triggers of the database refuse it.

So nothing goes in that somebody may ask to have removed: no name, no mail address, no text a
candidate wrote, and no network address of a candidate. Ids stay when what they named is gone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from assay.audit import outbox
from assay.audit.tags import Tag
from assay.db.tables import AuditEntry

Detail = str | int | float | bool | None

SECRETS = ("password", "token", "secret")
CANDIDATE = "candidate:"
PAGE = 100


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it.

    Attributes:
        name: "user:ID", "key:ID", "endpoint:ID", "candidate:ID", "nobody" or "system".
        organisation_id: In which organisation; None where it is the installation's own.
        address: Of the client. Kept for members and keys only.
    """

    name: str
    organisation_id: str | None = None
    address: str = ""


SYSTEM = Actor("system")
"""Nobody did it: its time had come."""


def record(
    session: Session,
    tag: Tag,
    *,
    by: Actor,
    subject: str,
    now: datetime,
    details: Mapping[str, Detail] | None = None,
) -> None:
    """Add an entry, in the transaction of the deed: there is no deed without it.

    `subject` is the id of what it was done to, `details` what else somebody will want to know.
    Other systems are told of some deeds: then the event is written too (`audit.outbox`).

    Raises:
        ValueError: the details hold what looks like a secret.
    """
    known = dict(details or {})
    _refuse_secrets(known)
    session.add(
        AuditEntry(
            at=now,
            organisation_id=by.organisation_id,
            actor=by.name,
            action=tag.value,
            subject=subject,
            details=json.dumps(known, sort_keys=True),
            address="" if by.name.startswith(CANDIDATE) else by.address,
        )
    )
    outbox.tell(session, tag, organisation_id=by.organisation_id, subject=subject, now=now)


def entries(
    session: Session, organisation_id: str, *, before: int | None = None, limit: int = PAGE
) -> list[AuditEntry]:
    """What was done in an organisation, the latest first.

    `before` is the id of the last entry of the page before: only older ones are given.
    """
    wanted = select(AuditEntry).where(AuditEntry.organisation_id == organisation_id)
    if before is not None:
        wanted = wanted.where(col(AuditEntry.id) < before)
    return list(session.exec(wanted.order_by(col(AuditEntry.id).desc()).limit(limit)))


def detail_of(session: Session, tag: Tag, subject: str, name: str) -> Detail:
    """What the first such entry about a subject says under a name; None if it says nothing."""
    wanted = select(AuditEntry.details).where(
        AuditEntry.action == tag.value, AuditEntry.subject == subject
    )
    first = session.exec(wanted.order_by(col(AuditEntry.id)).limit(1)).first()
    found: Detail = json.loads(first).get(name) if first else None
    return found


def _refuse_secrets(details: Mapping[str, Detail]) -> None:
    for name in details:
        if any(word in name.lower() for word in SECRETS):
            raise ValueError(f"the ledger keeps no secrets: leave {name!r} out of the details")
