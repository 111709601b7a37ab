"""What was deleted from SQLite is gone from its log, too.

SQLite writes changes into a log beside the file (`-wal`), and what was in the pages before stays
there until the log is written back and emptied. PostgreSQL looks after its own log.
"""

import sqlite3
from contextlib import closing

from assay.db.session import Database

PATIENCE_S = 1.0
"""Emptying the log waits for whoever reads an older state, and lets no one write meanwhile."""


def wipe_log(database: Database) -> bool:
    """Empty the log; False if somebody reads an older state: try again later.

    Not inside a transaction of the caller's.
    """
    name = database.url.database
    if not database.is_sqlite or name is None:
        return True
    with closing(sqlite3.connect(name, timeout=PATIENCE_S, isolation_level=None)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
