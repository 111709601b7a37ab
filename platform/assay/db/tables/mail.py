"""Messages on their way."""

from datetime import datetime

from sqlmodel import Field

from assay.db.base import Row
from assay.db.types import UtcDateTime


class Mail(Row, table=True):
    """One e-mail, written in the transaction it belongs to and sent later."""

    __tablename__ = "mail"

    id: str = Field(primary_key=True)
    recipient: str = Field(max_length=320)
    subject: str = Field(max_length=300)
    body: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    attempts: int = 0
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str = ""
