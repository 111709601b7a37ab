"""Processes that evaluate."""

from datetime import datetime

from sqlmodel import Field

from assay.db.base import Row
from assay.db.types import UtcDateTime


class Worker(Row, table=True):
    """A worker that is or was there. Its liveness is a lock of the database, not this row."""

    __tablename__ = "worker"

    id: str = Field(primary_key=True, max_length=100)
    host: str = Field(max_length=200)
    slots: int
    engine: str = Field(default="", max_length=40)
    started_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
