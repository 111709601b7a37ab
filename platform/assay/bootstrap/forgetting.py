"""Whatever is left of candidates who were deleted is taken away by the host that has it.

The database is the truth, and hosts share nothing else: repositories lie where pushes arrive,
mails as files where they were written, images on the engine of each worker. Each host looks what
of it belongs to assessments that are not in the database any more.
"""

import json
import logging
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from assay.adapters.mail import FileOutbox
from assay.adapters.repositories import Repositories
from assay.adapters.submitted_work import forget_scratch
from assay.audit.ledger import SYSTEM
from assay.audit.tags import Tag
from assay.bootstrap.installation import Installation, starters
from assay.db.session import Database
from assay.db.tables import Assessment, AuditEntry
from assay.db.wiping import wipe_log
from assay.domain.errors import NotFound
from assay.features.assessments import removal
from assay.features.retention import due
from assay.features.retention.orphans import drop, orphans
from assay.kit.clock import utc_now
from assay_sandbox.kept_images import KeptImage

logger = logging.getLogger(__name__)

DELETED_AT_ONCE = 20
"""Each in a transaction of its own; there is time for more in a minute."""
ASKED_AT_ONCE = 500
ORPHAN_S = 600.0
"""A younger repository may belong to an assessment that is just being stored."""
SCRATCH_S = 3600.0
"""A submission is read in a minute; who took longer was killed."""
SLACK_S = 60.0
"""Clocks of hosts and engines differ by seconds."""

Window = tuple[datetime, datetime]


def delete_due(installation: Installation) -> int:
    """Delete whose time is over; how many there were."""
    database, now = installation.database, utc_now()
    with database.read() as session:
        ids = due.due(session, now, DELETED_AT_ONCE)
    gone = sum(_deleted(installation, one, now) for one in ids)
    if gone:
        logger.info("deleted %d assessments as their positions say", gone)
        wipe_log(database)
    return gone


def warn_of_deletion(installation: Installation) -> int:
    """Write to owners what will be deleted in a week."""
    with installation.database.write() as session:
        return due.warn_due(session, installation.settings.public_url, utc_now())


def clear_disk(installation: Installation) -> int:
    """Remove what lies on this host of assessments that are no more; how much there was.

    Whoever deletes removes what lies on their own host at once. Others have the rest.
    """
    wipe_log(installation.database)
    database, settings = installation.database, installation.settings
    gone = forget_repositories(database, installation.repositories)
    gone += forget_mails(database, FileOutbox(settings.outbox))
    if gone:
        logger.info("removed %d repositories and mails of deleted assessments", gone)
    forget_scratch(SCRATCH_S)
    return gone


def clear_database(installation: Installation) -> int:
    """Remove what was stored in the moment of a deletion; how much there was."""
    database = installation.database
    with database.read() as session:
        found = orphans(session)
    if not found:
        return 0
    with database.write() as session:
        return drop(session, found)


def forget_repositories(database: Database, repositories: Repositories) -> int:
    """Remove repositories without an assessment, and what an earlier removal left."""
    names = repositories.names(older_s=ORPHAN_S)
    gone = set(names) - _known(database, names)
    for name in gone:
        repositories.delete(name)
    return len(gone) + repositories.finish_deleting()


def forget_mails(database: Database, outbox: FileOutbox) -> int:
    """Remove mails, kept as files, that were written about assessments that are no more."""
    names = outbox.assessments()
    return sum(outbox.forget(name) for name in names - _known(database, names))


def of_deleted(database: Database, images: Collection[KeptImage]) -> list[KeptImage]:
    """Of the images that are kept, those that may be of somebody who was deleted.

    An image bears no name. It may be of a deleted candidate if it was last used while that
    candidate's work was evaluated; an image of somebody else's that was last used in the same
    hours goes too, and is built once more if it is ever needed.
    """
    if not images:
        return []
    oldest = datetime.fromtimestamp(min(image.used_s for image in images), UTC)
    with database.read() as session:
        windows = _windows(session, oldest)
    return [image for image in images if _in_any(windows, image.used_s)]


def _deleted(installation: Installation, assessment_id: str, now: datetime) -> bool:
    queue, repositories = installation.queue, starters(installation)
    with suppress(NotFound), installation.database.write() as session:
        if due.is_due(session, assessment_id, now):
            removal.delete(session, queue, assessment_id, repositories, now, actor=SYSTEM)
            return True
    return False


def _known(database: Database, ids: Iterable[str]) -> set[str]:
    """Which of them are in the database."""
    wanted, known = sorted(ids), set[str]()
    with database.read() as session:
        for at in range(0, len(wanted), ASKED_AT_ONCE):
            some = wanted[at : at + ASKED_AT_ONCE]
            known |= set(session.exec(select(Assessment.id).where(col(Assessment.id).in_(some))))
    return known


def _windows(session: Session, since: datetime) -> list[Window]:
    """When the work of those who were deleted since then was evaluated."""
    wanted = select(AuditEntry.details).where(
        AuditEntry.action == Tag.DELETED.value, col(AuditEntry.at) >= since
    )
    found = (json.loads(details) for details in session.exec(wanted))
    return [
        (
            datetime.fromisoformat(one[removal.EVALUATED_FROM]),
            datetime.fromisoformat(one[removal.EVALUATED_UNTIL]),
        )
        for one in found
        if removal.EVALUATED_FROM in one
    ]


def _in_any(windows: Iterable[Window], used_s: float) -> bool:
    return any(a.timestamp() - SLACK_S <= used_s <= b.timestamp() + SLACK_S for a, b in windows)
