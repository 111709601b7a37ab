"""Every delivery, for those who look after an endpoint: what came of it, and sending it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, select, update

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.db.states import locked
from assay.db.tables import Delivery, Endpoint, OutgoingEvent
from assay.domain.errors import NotFound
from assay.domain.hiring import EventKind
from assay.features.integrations.endpoints import own_endpoint
from assay.features.integrations.formats import event_name

PAGE = 50
State = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One delivery, with the event it tells of."""

    row: Delivery
    kind: EventKind
    happened_at: datetime

    @property
    def event(self) -> str:
        """How the receiver knows the event."""
        return event_name(self.row.event_id)

    @property
    def state(self) -> State:
        """Where it stands."""
        return state_of(self.row)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """A page of a list, the newest first. `after`: how to ask for the next, "" at the end."""

    rows: Sequence[DeliveryView]
    after: str


def state_of(row: Delivery) -> State:
    """Where a delivery stands."""
    if row.delivered_at:
        return "delivered"
    return "failed" if row.next_at is None else "waiting"


def deliveries_of(
    session: Session,
    endpoint_id: str,
    *,
    state: State | None = None,
    after: str = "",
    limit: int = PAGE,
) -> Deliveries:
    """The deliveries to an endpoint; `after`: id of the last one of the page before.

    Raises:
        NotFound: the endpoint has no delivery `after`.
    """
    wanted = select(Delivery, OutgoingEvent).join(OutgoingEvent)
    wanted = wanted.where(Delivery.endpoint_id == endpoint_id)
    if state:
        wanted = wanted.where(*_IN_STATE[state])
    if after:
        last = session.get(Delivery, after)
        if last is None or last.endpoint_id != endpoint_id:
            raise NotFound("There is no such delivery to this endpoint.")
        wanted = wanted.where(col(Delivery.event_id) < last.event_id)
    found = session.exec(wanted.order_by(col(Delivery.event_id).desc()).limit(limit + 1)).all()
    shown = [DeliveryView(row, event.kind, event.at) for row, event in found[:limit]]
    return Deliveries(shown, shown[-1].row.id if len(found) > limit else "")


def own_delivery(session: Session, organisation_id: str, delivery_id: str) -> DeliveryView:
    """One of an organisation.

    Raises:
        NotFound: it has none of this id.
    """
    found = session.exec(
        select(Delivery, OutgoingEvent)
        .join(OutgoingEvent)
        .join(Endpoint, col(Endpoint.id) == col(Delivery.endpoint_id))
        .where(Delivery.id == delivery_id, Endpoint.organisation_id == organisation_id)
    ).first()
    if found is None:
        raise NotFound("There is no such delivery in your organisation.")
    return DeliveryView(found[0], found[1].kind, found[1].at)


def failed_count(session: Session, endpoint_id: str) -> int:
    """How many were given up."""
    wanted = select(func.count()).select_from(Delivery)
    return session.exec(
        wanted.where(Delivery.endpoint_id == endpoint_id, *_IN_STATE["failed"])
    ).one()


def latest(session: Session, endpoint_ids: Sequence[str]) -> dict[str, Delivery]:
    """Endpoint -> its newest delivery, of those that have one."""
    newest = (
        select(Delivery.endpoint_id, func.max(Delivery.event_id).label("event_id"))
        .where(col(Delivery.endpoint_id).in_(endpoint_ids))
        .group_by(col(Delivery.endpoint_id))
        .subquery()
    )
    found = session.exec(
        select(Delivery).join(
            newest,
            (col(Delivery.endpoint_id) == newest.c.endpoint_id)
            & (col(Delivery.event_id) == newest.c.event_id),
        )
    )
    return {row.endpoint_id: row for row in found}


def replay(
    session: Session, organisation_id: str, delivery_id: str, now: datetime, *, actor: Actor
) -> Delivery:
    """Send one again, whatever came of it. It is the same event, so the receiver can tell.

    Raises:
        NotFound: the organisation has no such delivery.
    """
    own_delivery(session, organisation_id, delivery_id)
    row = locked(session, Delivery, delivery_id)
    row.attempts, row.next_at = 0, now
    row.delivered_at, row.status, row.error = None, None, ""
    _note(session, row.endpoint_id, 1, now, actor)
    return row


def replay_failed(
    session: Session, organisation_id: str, endpoint_id: str, now: datetime, *, actor: Actor
) -> int:
    """Send again all that were given up; how many.

    Raises:
        NotFound: the organisation has no such endpoint.
    """
    own_endpoint(session, organisation_id, endpoint_id)
    again = session.exec(
        update(Delivery)
        .where(col(Delivery.endpoint_id) == endpoint_id, *_IN_STATE["failed"])
        .values(attempts=0, next_at=now, status=None, error="")
        .execution_options(synchronize_session=False)
    ).rowcount
    if again:
        _note(session, endpoint_id, again, now, actor)
    return again


def count_old(session: Session, before: datetime) -> int:
    """How many events nobody is told of any more happened before that moment."""
    wanted = select(func.count()).select_from(OutgoingEvent)
    return session.exec(wanted.where(*_old(before))).one()


def drop_old(session: Session, before: datetime, limit: int) -> int:
    """Remove the oldest events that are over, with their deliveries; how many there were."""
    wanted = select(OutgoingEvent.id).where(*_old(before)).order_by(col(OutgoingEvent.id))
    ids = session.exec(wanted.limit(limit)).all()
    session.exec(delete(Delivery).where(col(Delivery.event_id).in_(ids)))
    return session.exec(delete(OutgoingEvent).where(col(OutgoingEvent.id).in_(ids))).rowcount


def _old(before: datetime) -> tuple[ColumnElement[bool], ...]:
    waiting = select(Delivery.event_id).where(col(Delivery.next_at).is_not(None))
    return (col(OutgoingEvent.handed_on_at) < before, col(OutgoingEvent.id).not_in(waiting))


_IN_STATE = {
    "waiting": (col(Delivery.next_at).is_not(None),),
    "delivered": (col(Delivery.delivered_at).is_not(None),),
    "failed": (col(Delivery.next_at).is_(None), col(Delivery.delivered_at).is_(None)),
}


def _note(session: Session, endpoint_id: str, count: int, now: datetime, actor: Actor) -> None:
    facts = {"deliveries": count}
    record(session, Tag.DELIVERY_REPLAYED, by=actor, subject=endpoint_id, now=now, details=facts)
