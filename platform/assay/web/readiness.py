"""What `/readyz` looks at: whether this process can serve now."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from assay.db.migrate import is_current
from assay.db.session import Database
from assay.web.platform import Check

DISK_FREE_MIB_MIN = 500


def checks_of(database: Database, home: Path) -> Mapping[str, Check]:
    """Name -> check."""
    return {
        "database": lambda: _database(database),
        "disk": lambda: _disk(home),
    }


def _database(database: Database) -> str:
    try:
        with database.read() as session:
            current = is_current(session.connection())
    except SQLAlchemyError as error:
        return f"the database does not answer: {type(error).__name__}"
    return "" if current else "the tables are of another version; start this one's `assay serve`"


def _disk(home: Path) -> str:
    free_mib = shutil.disk_usage(home).free // 2**20
    if free_mib >= DISK_FREE_MIB_MIN:
        return ""
    return f"{free_mib} MiB are free below {home}; at least {DISK_FREE_MIB_MIN} are needed"
