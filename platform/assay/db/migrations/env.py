"""How Alembic reaches the database: over the connection it is given, or by `-x url=...`."""

from alembic import context
from sqlalchemy import Connection

from assay.db import tables  # noqa: F401 - makes every table known
from assay.db.base import Row
from assay.db.session import database_url, make_engine


def run() -> None:
    """Do what the command asked for."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run_over(connection)
        return
    url = context.get_x_argument(as_dictionary=True)["url"]
    with make_engine(database_url(url), foreign_keys=False).begin() as opened:
        run_over(opened)


def run_over(connection: Connection) -> None:
    """The same in the transaction of a connection."""
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        render_as_batch=True,  # SQLite changes a table by making it anew
        include_name=_is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_ours(name: str | None, kind: str, parents: object) -> bool:
    """The job engine keeps its tables in the same database, and migrates them itself."""
    return kind != "table" or name in Row.metadata.tables


run()
