"""What somebody did. Rows are added, never changed, never removed one by one."""

from datetime import datetime

from sqlmodel import Field

from assay.db.base import Row
from assay.db.types import UtcDateTime


class AuditEntry(Row, table=True):
    """One deed."""

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    organisation_id: str | None = Field(default=None, index=True, max_length=40)
    actor: str = Field(max_length=200, description='"user:ID", "candidate:ID", "key:ID", "system".')
    action: str = Field(max_length=80, description='"subject:deed", e.g. "assessment:started".')
    subject: str = Field(max_length=100, index=True, description="Id of what it was done to.")
    details: str = Field(default="{}", description="JSON, without secrets.")
    address: str = Field(default="", max_length=64, description="Of the client, where known.")
