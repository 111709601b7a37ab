"""A database with its tables, at once: migrated one time, copied for each test."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from assay.db.migrate import upgrade
from assay.db.session import Database


@cache
def _migrated() -> Path:
    path = Path(tempfile.mkdtemp(prefix="assay-db-")) / "migrated.db"
    upgrade(f"sqlite:///{path}")
    return path


def fresh_database(directory: Path) -> Database:
    """An SQLite database in this directory. Dispose of it at the end."""
    path = directory / "assay.db"
    shutil.copy(_migrated(), path)
    return Database(f"sqlite:///{path}")
