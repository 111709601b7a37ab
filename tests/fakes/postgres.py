"""A PostgreSQL of our own: Debian's programs, a directory in /tmp, a unix socket, no port.

`postgres_url` is an empty database for one test; `postgres_cluster` is the server behind it.
"""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "300",
    "fsync": "off",
    "shared_buffers": "64MB",
}
_numbers = itertools.count(1)


class PostgresCluster:
    """One server. Tests that kill it make one of their own."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="assay-pg-"))
        self.data = self.directory / "data"
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
        self._run("initdb", "-D", self.data, "-A", "trust", "-E", "UTF8", "--no-locale", "-N")

    def start(self) -> None:
        """Serve, and wait until it answers."""
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        self._control("start", "-o", f"{options} -k {self.directory}")

    def stop(self) -> None:
        """End every connection, and the server."""
        self._control("stop", "-m", "immediate")

    @property
    def pid(self) -> int:
        """Of the server's first process."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def create_database(self, template: str = "template1") -> str:
        """The name of a new database: empty, or a copy of another that nobody is connected to."""
        name = f"assay_{next(_numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """How an installation is told of a database."""
        return f"postgresql://postgres@/{name}?host={self.directory}"

    def remove(self) -> None:
        """Stop it and remove what it wrote."""
        self.stop()
        shutil.rmtree(self.directory)

    def _execute(self, statement: str) -> None:
        where = f"host={self.directory} user=postgres dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", self.data, "-l", self.directory / "log", "-w", *words)

    def _run(self, program: str, *words: str | Path) -> None:
        command: Sequence[str | Path] = [PROGRAMS / program, *words]
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, cwd=self.directory, timeout=120
        )


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A server for this run of the tests."""
    if not (PROGRAMS / "postgres").exists():
        pytest.skip(f"no PostgreSQL in {PROGRAMS}: apt-get install postgresql-15")
    cluster = PostgresCluster()
    cluster.start()
    yield cluster
    cluster.remove()


@pytest.fixture
def postgres_url(postgres_cluster: PostgresCluster) -> Iterator[str]:
    """An empty database for this test."""
    name = postgres_cluster.create_database()
    yield postgres_cluster.url(name)
    postgres_cluster.drop_database(name)
