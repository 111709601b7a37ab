"""What only grows while an installation runs, and how the oldest of it is taken away.

What was measured, what came of it and who did what is none of that: it stays until an assessment
is deleted.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assay.adapters.faults import ours
from assay.adapters.images import TREES
from assay.bootstrap import provision
from assay.bootstrap.forgetting import of_deleted
from assay.bootstrap.installation import Installation
from assay.features.integrations import deliveries
from assay.features.submissions import retention
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.kept_images import ImageStore, KeptImage, surplus
from assay_sandbox.local_engine import LocalEngine

ROWS_AT_ONCE = 2000
"""Removed in milliseconds: on SQLite everybody else who writes waits meanwhile."""
IMAGES_AT_ONCE = 5
"""There is time for more later; what is measured meanwhile is disturbed by little."""
ALL = 1_000_000
"""More than anybody counts: `assay prune --dry-run` tells how many there are."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of thing that only grows.

    Attributes:
        name: What people read, in the plural.
        count: How many are too many now.
        clear: Takes away the oldest of them, and says how many; 0 when none is left.
        every_s: How often a worker does so.
    """

    name: str
    count: Callable[[Installation, datetime], int]
    clear: Callable[[Installation, datetime], int]
    every_s: float

    def clear_all(self, installation: Installation, now: datetime) -> int:
        """Take all of them away, and say how many there were."""
        return sum(iter(lambda: self.clear(installation, now), 0))


def _before(installation: Installation, now: datetime) -> datetime:
    return now - timedelta(days=installation.settings.keep_days)


# ------------------------------------------------------------------------- rows of evaluations


def _count_lines(installation: Installation, now: datetime) -> int:
    with installation.database.read() as session:
        return retention.count_old_lines(session, _before(installation, now))


def _clear_lines(installation: Installation, now: datetime) -> int:
    with installation.database.write() as session:
        return retention.drop_old_lines(session, _before(installation, now), ROWS_AT_ONCE)


def _count_checkpoints(installation: Installation, now: datetime) -> int:
    with installation.database.read() as session:
        return len(retention.old_checkpoints(session, _before(installation, now)))


def _clear_checkpoints(installation: Installation, now: datetime) -> int:
    with installation.database.write() as session:
        return retention.drop_old_checkpoints(session, _before(installation, now), ROWS_AT_ONCE)


def _count_jobs(installation: Installation, now: datetime) -> int:
    return len(installation.queue.ended(_before(installation, now), ALL))


def _clear_jobs(installation: Installation, now: datetime) -> int:
    names = installation.queue.ended(_before(installation, now), ROWS_AT_ONCE)
    installation.queue.forget(names)
    return len(names)


# ------------------------------------------------------------------- what other systems were told


def _count_events(installation: Installation, now: datetime) -> int:
    with installation.database.read() as session:
        return deliveries.count_old(session, _before(installation, now))


def _clear_events(installation: Installation, now: datetime) -> int:
    with installation.database.write() as session:
        return deliveries.drop_old(session, _before(installation, now), ROWS_AT_ONCE)


# ----------------------------------------------------------------------------------- images


def _count_images(installation: Installation, now: datetime) -> int:
    with _store(installation) as store:
        return len(_surplus(installation, store, now))


def _clear_images(installation: Installation, now: datetime) -> int:
    """One that a container uses stays, and is met again the next time."""
    with _store(installation) as store:
        too_many = _surplus(installation, store, now)[:IMAGES_AT_ONCE]
        with ours("removing old images"):
            return sum(store.discard_image(image.reference) for image in too_many)


def _count_forgotten(installation: Installation, now: datetime) -> int:
    with _store(installation) as store:
        return len(of_deleted(installation.database, _kept(store)))


def _clear_forgotten(installation: Installation, now: datetime) -> int:
    """However many: nobody waits longer than needed to be forgotten."""
    with _store(installation) as store:
        theirs = of_deleted(installation.database, _kept(store))
        with ours("removing images of deleted candidates"):
            return sum(store.discard_image(image.reference) for image in theirs)


def _surplus(installation: Installation, store: ImageStore, now: datetime) -> Sequence[KeptImage]:
    return surplus(_kept(store), installation.settings.keep_images, now.timestamp())


def _kept(store: ImageStore) -> Sequence[KeptImage]:
    with ours("looking for images of submissions"):
        return store.kept_images(TREES)


@contextlib.contextmanager
def _store(installation: Installation) -> Iterator[ImageStore]:
    engine = provision.engine_of(installation.settings.sandbox)
    if not isinstance(engine, DockerEngine | LocalEngine):
        raise TypeError(f"{engine.name} keeps no images")
    try:
        yield engine
    finally:
        if isinstance(engine, DockerEngine):
            engine.close()


SHELVES = (
    Shelf("lines that evaluations said", _count_lines, _clear_lines, 60),
    Shelf("checkpoints without a result", _count_checkpoints, _clear_checkpoints, 600),
    Shelf("jobs that ended", _count_jobs, _clear_jobs, 600),
    Shelf("events that other systems were told", _count_events, _clear_events, 600),
    Shelf("images of submissions", _count_images, _clear_images, 600),
    Shelf("images of candidates who were deleted", _count_forgotten, _clear_forgotten, 300),
)
