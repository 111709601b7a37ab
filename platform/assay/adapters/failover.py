"""Which workers are dead, and who goes on with their jobs.

A worker is alive while it holds a lock that dies with its holder: an advisory lock of a
PostgreSQL session, or a locked file beside the SQLite database. There is no heartbeat and no
clock to compare: a worker that is merely slow, or stopped for a minute, keeps its jobs.

    each second       do I still hold my lock? If not, others may have my jobs: leave at once
    each two seconds  whose jobs run? Whoever's lock can be taken is dead: its jobs are queued anew
"""

import fcntl
import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NoReturn, Protocol, TextIO
from urllib.parse import quote

import psycopg

from assay.db.session import POSTGRESQL, database_url
from assay.domain.errors import BadInput, PlatformFault

logger = logging.getLogger(__name__)

GUARD_S = 1.0
SWEEP_S = 2.0
CLAIM_WAIT_S = 5.0
"""A worker that was just killed may be held for a moment: by the server, or by who takes over."""
EXIT_LOST = 75
"""EX_TEMPFAIL of sysexits.h: start me again."""

CLIENT_GIVES_UP_MS = 5000
SERVER_GIVES_UP_MS = 11000
"""Cut off from each other, the worker must know first: its lock may be another's after that."""
SERVER_OPTIONS = (
    "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 "
    f"-c tcp_user_timeout={SERVER_GIVES_UP_MS}"
)


class Liveness(Protocol):
    """Locks, one for each worker, that nobody holds who is not alive."""

    def claim(self, worker_id: str) -> bool:
        """Take the lock of this process, to hold it until `release` or death.

        Returns:
            False if a live process holds it.

        Raises:
            PlatformFault: there is no telling.
        """

    def held(self) -> bool:
        """Whether the claimed lock is still ours. Once lost it stays lost."""

    def dead(self, worker_id: str) -> AbstractContextManager[bool]:
        """Whether nobody holds the lock of another worker; then it cannot come back meanwhile."""

    def release(self) -> None:
        """Give the claimed lock back."""


def liveness_for(url: str) -> Liveness:
    """The locks that fit a database.

    Raises:
        BadInput: it is no address of a database we know.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() == POSTGRESQL:
        return PostgresLiveness(
            parsed.set(drivername=POSTGRESQL).render_as_string(hide_password=False)
        )
    return FileLiveness(Path(parsed.database or "").absolute().parent / "workers")


class PostgresLiveness:
    """Advisory locks of one PostgreSQL session. No connection pooler may stand between."""

    def __init__(self, address: str) -> None:
        """Connect nothing yet; `address` as libpq takes it."""
        self._address = address
        self._session: psycopg.Connection[Any] | None = None

    def claim(self, worker_id: str) -> bool:
        """See `Liveness`."""
        try:
            if self._session is None:
                self._session = self._connect()
            return self._ask("SELECT pg_try_advisory_lock(%s)", _number(worker_id))
        except psycopg.Error as error:
            raise PlatformFault(
                f"PostgreSQL does not answer: {error}",
                remedy="start it, or mend ASSAY_DATABASE_URL",
            ) from error

    def held(self) -> bool:
        """See `Liveness`. A session that was lost is never opened again."""
        try:
            return self._ask("SELECT true")
        except psycopg.Error:
            return False

    @contextmanager
    def dead(self, worker_id: str) -> Iterator[bool]:
        """See `Liveness`."""
        number = _number(worker_id)
        taken = self._ask("SELECT pg_try_advisory_lock(%s)", number)
        try:
            yield taken
        finally:
            if taken:
                self._ask("SELECT pg_advisory_unlock(%s)", number)

    def release(self) -> None:
        """See `Liveness`. The server releases what a closed session held."""
        if self._session is not None:
            self._session.close()

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self._address,
            autocommit=True,
            application_name="assay worker",
            connect_timeout=10,
            keepalives=1,
            keepalives_idle=2,
            keepalives_interval=1,
            keepalives_count=3,
            tcp_user_timeout=CLIENT_GIVES_UP_MS,
            options=SERVER_OPTIONS,
        )

    def _ask(self, question: str, *values: int) -> bool:
        if self._session is None:
            return False
        row = self._session.execute(question.encode(), values).fetchone()
        return bool(row and row[0])


class FileLiveness:
    """Locked files of one machine. The kernel unlocks them when their holder dies."""

    def __init__(self, folder: Path) -> None:
        """Keep the files in `folder`, which need not exist yet."""
        self._folder = folder
        self._mine: TextIO | None = None

    def claim(self, worker_id: str) -> bool:
        """See `Liveness`."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._mine = self._locked(worker_id)
        except OSError as error:
            raise PlatformFault(
                f"cannot lock a file in {self._folder}: {error}",
                remedy="the data directory must be a local disk that this user may write to",
            ) from error
        if self._mine is None:
            return False
        self._mine.truncate(0)
        self._mine.write(f"{os.getpid()}\n")
        self._mine.flush()
        return True

    def held(self) -> bool:
        """See `Liveness`. A file that is locked stays locked while we live."""
        return self._mine is not None

    @contextmanager
    def dead(self, worker_id: str) -> Iterator[bool]:
        """See `Liveness`."""
        file = self._locked(worker_id)
        try:
            yield file is not None
        finally:
            if file is not None:
                file.close()

    def release(self) -> None:
        """See `Liveness`."""
        if self._mine is not None:
            self._mine.close()
            self._mine = None

    def _locked(self, worker_id: str) -> TextIO | None:
        # Not inherited: a process that we start must not hold our lock when we are dead.
        file = (self._folder / f"{quote(worker_id, safe='')}.lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file


def claim(liveness: Liveness, worker_id: str) -> None:
    """Take the lock of this process, waiting a little for what a dead one left.

    Raises:
        BadInput: another process is this worker.
        PlatformFault: there is no telling.
    """
    deadline = time.monotonic() + CLAIM_WAIT_S
    while not liveness.claim(worker_id):
        if time.monotonic() > deadline:
            liveness.release()
            raise BadInput(
                f"a worker called {worker_id!r} is running already; stop it, "
                "or give this one another name"
            )
        time.sleep(CLAIM_WAIT_S / 25)


class Orphans(Protocol):
    """The jobs of workers, as the engine has them."""

    def owners(self) -> set[str]:
        """The workers that jobs are running on, the dead included."""

    def take_over(self, worker_id: str) -> None:
        """Queue the running jobs of a dead worker anew. Those that are another's by now stay."""


def leave() -> NoReturn:
    """End this process as it stands: nothing of it may write once its jobs may be another's."""
    os._exit(EXIT_LOST)


class Failover:
    """A live worker's two watches: over its own lock and over the jobs of the others."""

    def __init__(
        self, liveness: Liveness, orphans: Orphans, *, on_lost: Callable[[], None] = leave
    ) -> None:
        """Watch `orphans` by `liveness`; `on_lost` is called, in a thread, if our lock is lost."""
        self._liveness, self._orphans, self._on_lost = liveness, orphans, on_lost
        self._worker_id = ""
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, worker_id: str) -> None:
        """Begin to watch, as this worker, whose lock is claimed."""
        self._worker_id = worker_id
        for watch in (self._guard, self._sweep_for_ever):
            thread = threading.Thread(target=watch, name=f"assay{watch.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Watch no longer."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=SWEEP_S)  # one may wait for a database that is away

    def sweep(self) -> list[str]:
        """Take over from every dead worker.

        Returns:
            Their ids.
        """
        found = []
        for worker_id in sorted(self._orphans.owners() - {self._worker_id}):
            with self._liveness.dead(worker_id) as dead:
                if dead:
                    self._orphans.take_over(worker_id)
                    found.append(worker_id)
        return found

    def _guard(self) -> None:
        while not self._stopping.wait(GUARD_S):
            if self._liveness.held() or self._stopping.is_set():
                continue
            logger.critical(
                "worker %s lost its lock: its connection to the database is gone and its jobs "
                "may be another's; it leaves and must be started again",
                self._worker_id,
            )
            self._on_lost()
            return

    def _sweep_for_ever(self) -> None:
        while not self._stopping.is_set():
            try:
                for worker_id in self.sweep():
                    logger.warning("worker %s is dead; its jobs are queued anew", worker_id)
            except Exception:  # the next sweep may fare better; `_guard` knows when to give up
                logger.exception("cannot look for dead workers; trying again in %s s", SWEEP_S)
            self._stopping.wait(SWEEP_S)


def _number(worker_id: str) -> int:
    """The key of a worker's advisory lock: 63 bits, so that two never meet by chance."""
    digest = hashlib.sha256(f"assay worker {worker_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
