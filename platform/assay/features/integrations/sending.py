"""Deliveries on their way: claimed, sent outside of any transaction, and settled.

Who claims a delivery moves its next try a lease ahead, so nobody else takes it meanwhile; who dies
in between leaves one that is tried again when the lease is over. Twice is better than never:
receivers know an event by its id.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.db.session import Database
from assay.db.states import locked_if_any
from assay.db.tables import Delivery, Endpoint
from assay.domain.hiring import EndpointKind
from assay.features.integrations import warnings
from assay.features.integrations.addresses import may_call_back
from assay.features.integrations.endpoints import VENDORS
from assay.features.integrations.formats import FORMATS
from assay.features.integrations.ports import Courier, Parcel, Reply, Unreachable
from assay.features.integrations.retries import Outcome, outcome

logger = logging.getLogger(__name__)

AT_ONCE = 50
"""Deliveries of one round."""
OVERTAKEN = "not sent any more: a later event of the same assessment was taken"
LEASE = timedelta(seconds=60)
"""Longer than any request may take."""
REST = timedelta(seconds=30)
"""An endpoint that failed is left alone so long: one that hangs does not hold up the others."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What deliveries are sent with.

    Attributes:
        public_url: Where owners look at what failed.
        greenhouse_hosts: Where results may be awaited (`addresses.may_call_back`).
        plain: Whether http is good enough for them.
    """

    database: Database
    courier: Courier
    now: Callable[[], datetime]
    rng: random.Random
    public_url: str
    greenhouse_hosts: tuple[str, ...]
    plain: bool = False


@dataclass(frozen=True, slots=True)
class _Claim:
    """A delivery that is ours to try."""

    delivery_id: str
    tries: int
    endpoint: Endpoint
    parcel: Parcel


class Sender:
    """Sends what is due. One in a worker; several workers take turns by claiming rows."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._rests: dict[str, datetime] = {}

    def send_due(self) -> int:
        """Send what is due, at most `AT_ONCE`; how many were taken."""
        taken = 0
        for _ in range(AT_ONCE):
            claim = self._claim()
            if claim is None:
                break
            taken += self._carry(claim)
        return taken

    def _claim(self) -> _Claim | None:
        """The delivery that has waited longest, if one is due."""
        desk, now = self._desk, self._desk.now()
        due = self._due(now)
        with desk.database.read() as session:
            if (
                session.exec(select(Delivery.id).join(Endpoint).where(*due).limit(1)).first()
                is None
            ):
                return None
        with desk.database.write() as session:
            found = session.exec(
                select(Delivery, Endpoint)
                .join(Endpoint)
                .where(*due)
                .order_by(col(Delivery.next_at), col(Delivery.event_id))
                .limit(1)
                .with_for_update(skip_locked=True, of=Delivery)
            ).first()
            return _claimed(*found, now) if found else None

    def _due(self, now: datetime) -> tuple[ColumnElement[bool], ...]:
        self._rests = {one: until for one, until in self._rests.items() if until > now}
        return (
            col(Delivery.next_at) <= now,
            col(Endpoint.disabled_at).is_(None),
            col(Delivery.endpoint_id).not_in(list(self._rests)),
        )

    def _carry(self, claim: _Claim) -> bool:
        desk = self._desk
        came = outcome(self._sent(claim), claim.endpoint, claim.tries, desk.rng)
        if not came.is_taken:
            self._rests[claim.endpoint.id] = desk.now() + REST
            said = came.status or came.error  # what they said may name somebody: not for the log
            logger.warning("delivery %s (try %d): %s", claim.delivery_id, claim.tries, said)
        with desk.database.write() as session:
            row = locked_if_any(session, Delivery, claim.delivery_id)
            if row and row.attempts == claim.tries and row.delivered_at is None:
                settle(session, row, came, desk.public_url, desk.now())
                if came.is_taken and FORMATS[claim.endpoint.kind].latest_wins:
                    _overtake(session, row, desk.now())
        return came.is_taken

    def _sent(self, claim: _Claim) -> Reply | str:
        """The answer, or why there is none."""
        desk = self._desk
        pinned = claim.endpoint.kind is EndpointKind.GREENHOUSE
        hosts, url = desk.greenhouse_hosts, claim.parcel.url
        if pinned and not may_call_back(url, hosts, plain=desk.plain):
            return "the address is none of Greenhouse's: nothing was sent there"
        try:
            return desk.courier.send(claim.parcel)
        except Unreachable as error:
            return str(error)


def settle(session: Session, row: Delivery, came: Outcome, public_url: str, now: datetime) -> None:
    """Write down what came of a try. After the last one owners are told."""
    row.status, row.error = came.status, came.error
    row.delivered_at = now if came.is_taken else None
    row.next_at = now + came.wait if came.wait else None
    if not came.is_taken and came.wait is None:
        _give_up(session, row, public_url, now)


def _overtake(session: Session, row: Delivery, now: datetime) -> None:
    """What happened to the assessment before, and waits, need not be told any more."""
    session.exec(
        update(Delivery)
        .where(
            col(Delivery.endpoint_id) == row.endpoint_id,
            col(Delivery.assessment_id) == row.assessment_id,
            col(Delivery.event_id) < row.event_id,
            col(Delivery.next_at).is_not(None),
        )
        .values(next_at=None, delivered_at=now, error=OVERTAKEN)
        .execution_options(synchronize_session=False)
    )


def _claimed(row: Delivery, endpoint: Endpoint, now: datetime) -> _Claim:
    """Ours for a while. A receiver of one's own is where its endpoint says by now."""
    row.attempts += 1
    row.next_at = now + LEASE
    if endpoint.kind not in VENDORS:
        row.url = endpoint.url
    headers = FORMATS[endpoint.kind].seal(endpoint, row, now)
    parcel = Parcel(row.method, row.url, row.body, headers)
    return _Claim(row.id, row.attempts, endpoint, parcel)


def _give_up(session: Session, row: Delivery, public_url: str, now: datetime) -> None:
    """A receiver of one's own is switched off; a vendor's key goes on, one order was lost."""
    endpoint = locked_if_any(session, Endpoint, row.endpoint_id)
    if endpoint is None or endpoint.disabled_at:
        return
    if endpoint.kind not in VENDORS:
        endpoint.disabled_at = now
        by, facts = Actor("system", endpoint.organisation_id), {"delivery": row.id}
        record(session, Tag.ENDPOINT_DISABLED, by=by, subject=endpoint.id, now=now, details=facts)
    letter = warnings.given_up(endpoint, row, public_url, now)
    warnings.tell_owners(session, endpoint, letter, now)
