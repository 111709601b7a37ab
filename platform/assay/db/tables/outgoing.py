"""What other systems are told: events as they happened, who listens, and every try."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from assay.db.base import Row
from assay.db.types import UtcDateTime, word_of
from assay.domain.hiring import EndpointKind, EventKind


class OutgoingEvent(Row, table=True):
    """Something happened; written in the transaction in which it did. The ids grow."""

    __tablename__ = "outgoing_event"

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: str = Field(index=True, max_length=40)
    assessment_id: str = Field(index=True, max_length=40)
    kind: EventKind = Field(sa_type=word_of(EventKind))
    at: datetime = Field(sa_type=UtcDateTime)
    handed_on_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, index=True, description="Its deliveries were made."
    )


class Endpoint(Row, table=True):
    """Who listens."""

    __tablename__ = "endpoint"

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    kind: EndpointKind = Field(sa_type=word_of(EndpointKind))
    name: str = Field(max_length=80)
    url: str = Field(max_length=2000, description="Where to; of an ATS: the host it may call back.")
    secret: str = Field(max_length=200, description="Signs what goes out; of an ATS: its key.")
    events: str = Field(default="", description="EventKinds, separated by blanks; empty: all.")
    personal: bool = Field(default=False, description="Is told names and mail addresses.")
    created_by: str | None = Field(default=None, foreign_key="user_account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Delivery(Row, table=True):
    """One event on its way to one endpoint."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id"),
        Index("ix_delivery_state", "endpoint_id", "delivered_at", "next_at"),
    )

    id: str = Field(primary_key=True)
    endpoint_id: str = Field(foreign_key="endpoint.id", index=True)
    event_id: int = Field(foreign_key="outgoing_event.id")
    assessment_id: str = Field(index=True, max_length=40)
    method: str = Field(default="POST", max_length=10)
    url: str = Field(max_length=2000)
    body: str = Field(default="", description="As it is sent.")
    created_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    next_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, index=True, description="None: over, well or badly."
    )
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    status: int | None = Field(default=None, description="HTTP status of the last try.")
    error: str = Field(default="", max_length=500)


class AtsOrder(Row, table=True):
    """A test that an applicant tracking system asked for, so that it is asked for once."""

    __tablename__ = "ats_order"
    __table_args__ = (UniqueConstraint("endpoint_id", "request_key"),)

    id: str = Field(primary_key=True)
    endpoint_id: str = Field(foreign_key="endpoint.id")
    assessment_id: str = Field(foreign_key="assessment.id", index=True)
    request_key: str = Field(max_length=200, description="What makes the request the same.")
    answer_url: str = Field(default="", max_length=2000, description="Where the result is awaited.")
    profile_url: str = Field(default="", max_length=2000)
    created_at: datetime = Field(sa_type=UtcDateTime)
