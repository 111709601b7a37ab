"""What all tables share: one list of tables, and names that every database gives alike."""

from typing import ClassVar

from sqlalchemy import MetaData
from sqlmodel import SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Kind of constraint -> its name. A migration can only change what has a known name."""


class Row(SQLModel):
    """A row of a table. Tables derive from it, so that their metadata has our names."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)
