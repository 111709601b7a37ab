"""What a candidate pushed."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from assay.db.base import Row
from assay.db.types import UtcDateTime


class Submission(Row, table=True):
    """One accepted push."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("assessment_id", "number"),)

    id: str = Field(primary_key=True)
    assessment_id: str = Field(foreign_key="assessment.id", index=True)
    number: int = Field(description="1 for the first of the assessment.")
    commit_sha: str = Field(max_length=64, index=True)
    tree_sha: str = Field(max_length=64)
    subject: str = Field(default="", max_length=200, description="First line of the message.")
    pack_bytes: int = 0
    pushed_at: datetime = Field(sa_type=UtcDateTime, index=True)
