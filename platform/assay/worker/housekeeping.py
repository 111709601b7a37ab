"""What a worker does beside evaluating: deadlines, reminders, mail, lost jobs, what is too old."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from assay.adapters.mail import FileOutbox, SmtpSender, deliver_due
from assay.auth.links import forget_old_links
from assay.auth.sessions import forget_expired
from assay.bootstrap import forgetting
from assay.bootstrap.installation import Installation
from assay.bootstrap.pruning import SHELVES, Shelf
from assay.bootstrap.studying import study_new
from assay.db.tables import Worker
from assay.features.assessments import service as assessments
from assay.features.submissions.recovery import recover, unserved
from assay.kit.clock import utc_now
from assay.worker.beside import beside
from assay.worker.releasing import release_results, settle_results

logger = logging.getLogger(__name__)

LOOK_S = 1.0
STOP_S = 5.0
"""What a chore may take to end when the worker stops."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that is done again and again. Any worker may do it; two at once do no harm.

    Attributes:
        can_wait: Not done at the start, when a push may be waiting.
    """

    name: str
    every_s: float
    do: Callable[[Installation], object]
    can_wait: bool = False


class Rota:
    """Says which chores are due. At the beginning all of them are that cannot wait."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._chores = chores
        self._due_s: dict[str, float] = {}

    def due(self, now_s: float) -> list[Chore]:
        """Those to do now; each is due again `every_s` after that."""
        for one in self._chores:
            self._due_s.setdefault(one.name, now_s + one.every_s if one.can_wait else now_s)
        due = [one for one in self._chores if now_s >= self._due_s[one.name]]
        self._due_s.update({one.name: now_s + one.every_s for one in due})
        return due


def keeping_house(
    installation: Installation, chores: Sequence[Chore] | None = None
) -> AbstractContextManager[None]:
    """Do the chores (a worker's, if none are named), in a thread, until the block ends."""
    keep = partial(_keep_house, installation, CHORES if chores is None else chores)
    return beside("housekeeping", keep, stop_s=STOP_S)


def _keep_house(installation: Installation, chores: Sequence[Chore], over: threading.Event) -> None:
    rota = Rota(chores)
    while not over.wait(LOOK_S):
        for chore in rota.due(time.monotonic()):
            _try(chore, installation)


def _try(chore: Chore, installation: Installation) -> None:
    """What fails now is tried again when it is due; the other chores go on."""
    try:
        chore.do(installation)
    except Exception:
        logger.exception("housekeeping: %s", chore.name)


def _expire(installation: Installation) -> int:
    with installation.database.write() as session:
        return assessments.expire_due(session, installation.queue, utc_now())


def _remind(installation: Installation) -> int:
    with installation.database.write() as session:
        return assessments.remind_due(session, utc_now())


def recover_lost(installation: Installation) -> int:
    """Find lost jobs while others write, and take the lock only for those there are."""
    database, queue = installation.database, installation.queue
    with database.read() as session:
        lost = unserved(session, queue)
    recovered = 0
    for evaluation_id in lost:
        with database.write() as session:
            recovered += recover(session, queue, evaluation_id, utc_now())
    if recovered:
        logger.warning("%d evaluations had lost their job and got another", recovered)
    return recovered


def _forget(installation: Installation) -> int:
    with installation.database.write() as session:
        return forget_expired(session, utc_now()) + forget_old_links(session, utc_now())


def _post(installation: Installation) -> int:
    settings = installation.settings
    sender = SmtpSender(settings.smtp_url) if settings.smtp_url else FileOutbox(settings.outbox)
    return deliver_due(installation.database, sender, settings.mail_from, utc_now)


def _be_seen(installation: Installation) -> None:
    settings, now = installation.settings, utc_now()
    with installation.database.write() as session:
        row = session.get(Worker, settings.worker)
        if row is None:
            row = Worker(
                id=settings.worker,
                host=os.uname().nodename,
                slots=settings.slots,
                engine=settings.sandbox,
                started_at=now,
                seen_at=now,
            )
        row.seen_at, row.slots = now, settings.slots
        session.add(row)


def _clearing(shelf: Shelf) -> Chore:
    def clear(installation: Installation) -> None:
        if gone := shelf.clear(installation, utc_now()):
            logger.info("removed %d %s", gone, shelf.name)

    return Chore(shelf.name, shelf.every_s, clear, can_wait=True)


OWN_DISK = Chore("what was deleted", 300, forgetting.clear_disk, can_wait=True)
"""What every host must do for itself, also one that only serves pages."""

CHORES = (
    Chore("sign of life", 15, _be_seen),
    Chore("mail", 3, _post),
    Chore("deadlines", 5, _expire),
    Chore("lost jobs", 30, recover_lost),
    Chore("reminders", 300, _remind),
    Chore("results", 10, settle_results),
    Chore("releases", 10, release_results),
    Chore("submissions to study", 20, study_new, can_wait=True),
    Chore("old sessions", 3600, _forget),
    Chore("deletions that are due", 60, forgetting.delete_due, can_wait=True),
    Chore("letters about deletions", 3600, forgetting.warn_of_deletion),
    Chore("what outlived a deletion", 3600, forgetting.clear_database, can_wait=True),
    OWN_DISK,
    *map(_clearing, SHELVES),
)
