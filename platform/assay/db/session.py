"""Transactions. The edge opens one, hands its session down, and it ends as the block ends.

    with database.write() as session:     # committed at the end, rolled back on an exception
        service.do(session, ..., now)
    with database.read() as session:      # one unchanging view; whatever writes in it fails
        ...

On SQLite writers take turns: a transaction that writes begins by taking the lock, because one
that reads first and writes later loses the update of another (measured: 701 of 800 lost without
an error). On PostgreSQL they run at once: read the row you decide upon by `db.states.locked`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from assay.domain.errors import BadInput

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
POSTGRESQL_DRIVER = "postgresql+psycopg"
LOCK_WAIT_S = 30
"""How long a writer waits for the others before it fails."""
CONNECTIONS_KEPT = 5
CONNECTIONS_MAX = 45
"""For the threads of one web process, 40 at once; PostgreSQL takes 100 connections by default."""
EXAMPLES = "say sqlite:////var/lib/assay/assay.db or postgresql://user:password@host/assay"


class Database:
    """The database of an installation. Share one in a process; threads may use it at once."""

    def __init__(self, url: str) -> None:
        """Nothing is connected before it is used.

        Raises:
            BadInput: it is no address of a database we know.
        """
        self.url = database_url(url)
        self.engine = make_engine(self.url)
        self._reader = _reader_of(self.engine, self.url)

    @property
    def is_sqlite(self) -> bool:
        """Whether one file on this machine holds it."""
        return self.url.get_backend_name() == SQLITE

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: committed at the end, rolled back on an exception.

        On SQLite everybody else who writes waits meanwhile: keep it short, hash no password and
        call no network in it.
        """
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A view of one moment, which no writer disturbs and which waits for none.

        Raises:
            RuntimeError: rows were added, changed or deleted in it.
            sqlalchemy.exc.DBAPIError: a statement wrote.
        """
        with Session(self._reader, expire_on_commit=False) as session:
            event.listen(session, "before_flush", _refuse_to_write)
            yield session
            session.flush()

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        self.engine.dispose()
        self._reader.dispose()


def database_url(url: str) -> URL:
    """The address as SQLAlchemy takes it, with the driver we use.

    Raises:
        BadInput: it is none, or of a database we do not know.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise BadInput(f"the database address cannot be read; {EXAMPLES}") from error
    if parsed.drivername == SQLITE and parsed.database not in (None, "", ":memory:"):
        return parsed
    if parsed.drivername in (POSTGRESQL, "postgres", POSTGRESQL_DRIVER):
        return parsed.set(drivername=POSTGRESQL_DRIVER)
    raise BadInput(f"no database can be kept at {parsed.render_as_string()!r}; {EXAMPLES}")


def make_engine(url: URL, *, foreign_keys: bool = True, read_only: bool = False) -> Engine:
    """An engine whose transactions mean the same on both databases.

    Args:
        url: From `database_url`.
        foreign_keys: Off only while tables are rebuilt by a migration.
        read_only: SQLite only: its connections cannot write, and wait for no writer.
    """
    if url.get_backend_name() != SQLITE:
        return create_engine(
            url,
            pool_size=CONNECTIONS_KEPT,
            max_overflow=CONNECTIONS_MAX - CONNECTIONS_KEPT,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    engine = create_engine(
        url,
        pool_size=CONNECTIONS_KEPT,
        max_overflow=CONNECTIONS_MAX - CONNECTIONS_KEPT,
        hide_parameters=True,  # an error ends in the log, and logs hold no names
    )
    pragmas = _pragmas(foreign_keys=foreign_keys, read_only=read_only)
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    event.listen(engine, "connect", lambda connection, _: _prepare(connection, pragmas))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _pragmas(*, foreign_keys: bool, read_only: bool) -> tuple[str, ...]:
    return (
        f"busy_timeout = {LOCK_WAIT_S * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",  # a push that was accepted outlives a power cut
        "secure_delete = ON",  # what is deleted is overwritten, not only forgotten
        f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
        f"query_only = {'ON' if read_only else 'OFF'}",
    )


def _prepare(connection: sqlite3.Connection, pragmas: tuple[str, ...]) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: we do
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _reader_of(engine: Engine, url: URL) -> Engine:
    if url.get_backend_name() == SQLITE:
        return make_engine(url, read_only=True)
    return engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")


def _refuse_to_write(session: Session, context: object, instances: object) -> None:
    raise RuntimeError("this transaction only reads; change rows in `Database.write()`")
