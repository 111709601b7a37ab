"""Files that belong to a submission or an evaluation, where every host can read them."""

from datetime import datetime

from sqlmodel import Field

from assay.db.base import Row
from assay.db.types import UtcDateTime


class Artifact(Row, table=True):
    """One file: a submission's `repository.bundle`, an evaluation's `evidence.json`, ...

    In the database, so that web and workers share nothing else. Kept compressed by zlib.
    """

    __tablename__ = "artifact"

    owner_id: str = Field(primary_key=True, max_length=40)
    name: str = Field(primary_key=True, max_length=200)
    sha256: str = Field(max_length=64, description="Of the file as it was.")
    size_bytes: int = Field(description="Of the file as it was.")
    content: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)
