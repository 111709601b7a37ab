"""A whole database as one file, taken while it is in use; and a new database from it.

SQLite copies itself (its online backup); PostgreSQL has `pg_dump` and `pg_restore`.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, create_engine, inspect
from sqlalchemy.exc import DBAPIError

from assay.db.session import SQLITE, database_url
from assay.domain.errors import BadInput, PlatformFault

LONGEST_S = 3600
DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")


def dump(url: str, target: Path) -> None:
    """Write the database as it is at this moment. Nobody has to stop.

    Raises:
        BadInput: there is no database yet.
        PlatformFault: it could not be copied.
    """
    address = database_url(url)
    if address.get_backend_name() == SQLITE:
        _copy_sqlite(_file_of(address), target)
        return
    options = ["--format=custom", "--no-owner", "--no-privileges"]
    _run(["pg_dump", *options, f"--file={target}"], address)


def load(source: Path, url: str) -> None:
    """Make the database anew from such a file.

    Raises:
        BadInput: there is a database already, or the file is damaged.
        PlatformFault: it could not be made.
    """
    address = database_url(url)
    refuse_used(url)
    if address.get_backend_name() == SQLITE:
        _check_sqlite(source)
        target = _file_of(address)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(source, target)
        return
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    _run(["pg_restore", *options, str(source)], address)


def refuse_used(url: str) -> None:
    """Raise if a database with something in it is there.

    Raises:
        BadInput: there is one.
    """
    address = database_url(url)
    if address.get_backend_name() == SQLITE:
        used = _file_of(address).exists()
    else:
        used = _has_tables(address)
    if used:
        raise BadInput(
            f"{address.render_as_string()} holds data already; nothing was overwritten: "
            "restore into an empty database, or move this one away"
        )


def _file_of(address: URL) -> Path:
    return Path(address.database or "")


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BadInput(f"there is no database at {source}; set ASSAY_HOME or ASSAY_DATABASE_URL")
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
    except sqlite3.Error as error:
        raise PlatformFault(
            f"the database {source} could not be copied ({error})",
            remedy="check the free space of the disk, then try again",
        ) from error


def _check_sqlite(source: Path) -> None:
    try:
        with closing(sqlite3.connect(source)) as copy:
            (found,) = copy.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise BadInput(f"the database in the backup is damaged ({found}); take another backup")


def _has_tables(address: URL) -> bool:
    engine = create_engine(address)
    try:
        return bool(inspect(engine).get_table_names())
    except DBAPIError as error:
        raise PlatformFault(
            f"the database cannot be reached ({error.orig})",
            remedy="start it, or mend ASSAY_DATABASE_URL",
        ) from error
    finally:
        engine.dispose()


def _run(command: Sequence[str], address: URL) -> None:
    """Run one of PostgreSQL's programs. The password stays out of the list of processes."""
    name, *rest = command
    plain = address.set(drivername="postgresql", password=None)
    target = f"--dbname={plain.render_as_string(hide_password=False)}"
    environment = dict(os.environ)
    if address.password is not None:
        environment["PGPASSWORD"] = address.password
    done = subprocess.run(
        [_program(name), *rest, target],
        env=environment, capture_output=True, text=True, check=False, timeout=LONGEST_S,
    )  # fmt: skip
    if done.returncode != 0:
        raise PlatformFault(
            f"{name} failed: {done.stderr.strip()[-2000:]}",
            remedy="its version must be that of the server or newer",
        )


def _program(name: str) -> str:
    """Where it is: Debian's newest, so that it fits the server, else the one on PATH."""
    installed = sorted(
        DEBIAN_PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: _number(path.parts[-3])
    )
    found = str(installed[-1]) if installed else shutil.which(name)
    if found is None:
        raise PlatformFault(
            f"{name} is not installed",
            remedy="install PostgreSQL's client programs (apt-get install postgresql-client)",
        )
    return found


def _number(version: str) -> float:
    return float(version) if version.replace(".", "", 1).isdecimal() else 0.0
