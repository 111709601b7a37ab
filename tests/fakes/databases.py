"""A database with its tables, at once: migrated one time, copied for each test.

`database` is one of SQLite, with `everybody` in it for those who ask. `each_database` is one of
SQLite for one test, and one of PostgreSQL for the same test again. A plugin of pytest, named in
tests/conftest.py: the cast is imported by who asks for it.
"""

import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from tests.fakes.postgres import PostgresCluster

from assay.db.migrate import upgrade
from assay.db.session import Database

if TYPE_CHECKING:
    from tests.fakes.accounts import Cast


@cache
def _migrated() -> Path:
    path = Path(tempfile.mkdtemp(prefix="assay-db-")) / "migrated.db"
    upgrade(f"sqlite:///{path}")
    return path


def fresh_database(directory: Path) -> Database:
    """An SQLite database in this directory. Dispose of it at the end."""
    path = directory / "assay.db"
    shutil.copy(_migrated(), path)
    made = Database(f"sqlite:///{path}")
    event.listen(made.engine, "connect", _hurry)
    return made


def _hurry(connection: Connection, _: object) -> None:
    """Wait for no disk: a test kills processes, and never cuts the power."""
    connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database of SQLite with its tables."""
    made = fresh_database(tmp_path)
    yield made
    made.dispose()


@pytest.fixture
def everybody(database: Database) -> "Cast":
    """The cast, stored in `database`."""
    from tests.fakes.accounts import cast

    return cast(database)


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_cluster: PostgresCluster) -> str:
    """The name of a database with its tables, to be copied."""
    name = postgres_cluster.create_database()
    upgrade(postgres_cluster.url(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with its tables, of either kind."""
    if request.param == "sqlite":
        made = fresh_database(tmp_path)
        yield made
        made.dispose()
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    name = cluster.create_database(request.getfixturevalue("postgres_with_tables"))
    made = Database(cluster.url(name))
    yield made
    made.dispose()
    cluster.drop_database(name)
