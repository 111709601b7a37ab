"""From events to deliveries: each event once, to everybody who listens, in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from assay.db.tables import AtsOrder, Delivery, Endpoint, OutgoingEvent
from assay.domain.errors import Conflict
from assay.domain.hiring import EventKind
from assay.features.integrations.endpoints import is_told_of
from assay.features.integrations.facts import message_of, without_person
from assay.features.integrations.formats import FORMATS
from assay.features.integrations.letters import Letter, Occasion
from assay.features.integrations.messages import EventMessage
from assay.kit.ids import new_id

AT_ONCE = 100


def is_anything_new(session: Session) -> bool:
    """Whether an event waits. Saves a transaction that writes."""
    wanted = select(OutgoingEvent.id).where(col(OutgoingEvent.handed_on_at).is_(None))
    return session.exec(wanted.limit(1)).first() is not None


def hand_on(session: Session, public_url: str, now: datetime) -> int:
    """Make the deliveries of events that wait, the oldest first; how many events there were.

    Of two workers who do so at once each gets events of its own.
    """
    events = session.exec(
        select(OutgoingEvent)
        .where(col(OutgoingEvent.handed_on_at).is_(None))
        .order_by(col(OutgoingEvent.id))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    listeners = _listeners(session, {event.organisation_id for event in events})
    for event in events:
        event.handed_on_at = now
        _tell(session, event, listeners.get(event.organisation_id, []), public_url, now)
    session.flush()
    return len(events)


def try_out(session: Session, endpoint: Endpoint, public_url: str, now: datetime) -> Delivery:
    """Tell one endpoint of an event that did not happen.

    Raises:
        Conflict: it is told of its orders only.
    """
    event = OutgoingEvent(
        organisation_id=endpoint.organisation_id,
        assessment_id="",
        kind=EventKind.TESTED,
        at=now,
        handed_on_at=now,
    )
    session.add(event)
    session.flush()
    message = message_of(session, event, public_url)
    made = _deliver(session, event, endpoint, message, now) if message else None
    if made is None:
        raise Conflict("this integration is told only of what it has ordered: nothing to try out")
    session.flush()
    return made


def _listeners(session: Session, organisation_ids: set[str]) -> dict[str, list[Endpoint]]:
    """Organisation -> its endpoints that are not switched off."""
    found = session.exec(
        select(Endpoint).where(
            col(Endpoint.organisation_id).in_(organisation_ids), col(Endpoint.disabled_at).is_(None)
        )
    )
    listeners: dict[str, list[Endpoint]] = {}
    for endpoint in found:
        listeners.setdefault(endpoint.organisation_id, []).append(endpoint)
    return listeners


def _tell(
    session: Session,
    event: OutgoingEvent,
    listeners: Sequence[Endpoint],
    public_url: str,
    now: datetime,
) -> None:
    wanting = [one for one in listeners if one.created_at <= event.at]  # nobody chose that before
    wanting = [one for one in wanting if is_told_of(one, event.kind)]
    message = message_of(session, event, public_url) if wanting else None
    if message:
        for endpoint in wanting:
            _deliver(session, event, endpoint, message, now)


def _deliver(
    session: Session,
    event: OutgoingEvent,
    endpoint: Endpoint,
    message: EventMessage,
    now: datetime,
) -> Delivery | None:
    letter = _letter(session, endpoint, message)
    if letter is None or event.id is None:
        return None
    made = Delivery(
        id=new_id("dlv"),
        endpoint_id=endpoint.id,
        event_id=event.id,
        assessment_id=event.assessment_id,
        method=letter.method,
        url=letter.url,
        body=letter.body,
        created_at=now,
        next_at=now,
    )
    session.add(made)
    return made


def _letter(session: Session, endpoint: Endpoint, message: EventMessage) -> Letter | None:
    told, form = message if endpoint.personal else without_person(message), FORMATS[endpoint.kind]
    order = _order(session, endpoint.id, message.data.assessment_id) if form.only_orders else None
    return form.write(Occasion(told, endpoint, order))


def _order(session: Session, endpoint_id: str, assessment_id: str) -> AtsOrder | None:
    wanted = select(AtsOrder).where(
        AtsOrder.assessment_id == assessment_id, AtsOrder.endpoint_id == endpoint_id
    )
    return session.exec(wanted).first()
