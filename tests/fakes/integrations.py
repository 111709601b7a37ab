"""Endpoints, positions, and a worker's deliveries, in a house."""

import random
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import col, select
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.sittings import PUBLIC_URL, House
from tests.fakes.web import Site

from assay.adapters.outgoing import HttpCourier
from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.db.tables import Assessment, Delivery, Endpoint, Evaluation, OutgoingEvent, Position
from assay.domain.evidence import Evidence
from assay.domain.hiring import EndpointKind, ReleasePolicy
from assay.features.integrations import endpoints, outbox
from assay.features.integrations.endpoints import Made, Wish
from assay.features.integrations.ports import Courier, Parcel, Reply, Unreachable
from assay.features.integrations.sending import Desk, Sender
from assay.kit.ids import new_id
from assay.web.platform import Outward

HOOK = "https://hooks.example.com/assay"


def a_position(house: House, title: str = "ML engineer", **changes: Any) -> str:
    """Id of an open position of Alice's company."""
    facts = {
        "organisation_id": house.cast.organisation_id,
        "title": title,
        "challenge": house.package.challenge.id,
        "release": ReleasePolicy.BY_HAND,
        "created_at": house.time,
    }
    position_id = new_id("pos")
    with house.write() as session:
        session.add(Position(id=position_id, **(facts | changes)))
    return position_id


def an_endpoint(house: House, kind: EndpointKind, url: str = "", **changes: Any) -> Made:
    """One of Alice's company, with its secret."""
    wish = Wish(kind=kind, name=f"our {kind}", url=url, plain=True, **changes)
    alice, ours = house.cast.alice, house.cast.organisation_id
    with house.write() as session:
        return endpoints.add(session, ours, wish, house.time, actor=Actor(alice.actor, ours))


@dataclass
class Post:
    """A courier that takes what it is given; `answers` are given first, one by one."""

    answers: list[Reply | str] = field(default_factory=list)
    sent: list[Parcel] = field(default_factory=list)

    def send(self, parcel: Parcel) -> Reply:
        self.sent.append(parcel)
        answer = self.answers.pop(0) if self.answers else Reply(200)
        if isinstance(answer, str):
            raise Unreachable(answer)
        return answer


@dataclass
class Worker:
    """What a worker does for deliveries. Without a courier it speaks over loopback."""

    house: House
    courier: Courier = field(default_factory=lambda: HttpCourier(allow_private=True, whole_s=3.0))
    hosts: tuple[str, ...] = ("*.greenhouse.io",)

    def __post_init__(self) -> None:
        self.sender = Sender(
            Desk(
                database=self.house.database,
                courier=self.courier,
                now=self.house.now,
                rng=random.Random(7),  # noqa: S311
                public_url=PUBLIC_URL,
                greenhouse_hosts=self.hosts,
                plain=True,
            )
        )

    def hand_on(self) -> int:
        with self.house.write() as session:
            return outbox.hand_on(session, PUBLIC_URL, self.house.time)

    def work(self) -> int:
        """Hand on what happened, and send it; how many were taken."""
        self.hand_on()
        return self.sender.send_due()

    def keep_trying(self, times: int = 40) -> int:
        """Work until nothing waits any more; how many tries the clock was moved for."""
        self.work()
        for number in range(times):
            due = self._next_due()
            if due is None:
                return number
            self.house.time = max(self.house.time, due)
            self.house.later(seconds=31)
            self.work()
        return times

    def _next_due(self) -> Any:
        with self.house.read() as session:
            wanted = select(Delivery.next_at).where(col(Delivery.next_at).is_not(None))
            return session.exec(wanted.order_by(col(Delivery.next_at))).first()


def settled(site: Site, evaluation_id: str, evidence: Evidence | None = None) -> None:
    """An evaluation is judged, and that is on record, as a worker leaves it."""
    site.judge(evaluation_id, evidence)
    with site.house.write() as session:
        row = session.get_one(Evaluation, evaluation_id)
        by = Actor("system", row.organisation_id)
        record(session, Tag.JUDGED, by=by, subject=row.id, now=site.house.time)


def sat(site: Site, assessment_id: str, evidence: Evidence | None = None) -> str:
    """Started, pushed, finished and judged, a second apart; the id of the sealed evaluation."""
    site.house.start(assessment_id)
    site.house.later(seconds=1)
    site.pushed(assessment_id)
    sealed = site.sealed(assessment_id)
    site.house.later(seconds=1)
    settled(site, sealed, evidence)
    return sealed


def partly_measured() -> Evidence:
    """With a score and an interval, though some of it was not measured."""
    return make_poor_evidence(capacity=None)


def reach_out(site: Site, *hosts: str, courier: Courier | None = None) -> None:
    """The site may speak to servers on this machine, which pass for Greenhouse's."""
    over = courier or HttpCourier(allow_private=True, whole_s=3.0)
    site.platform = replace(site.platform, outward=Outward(over, hosts, plain=True))
    site.app.state.platform = site.platform


def deliveries_in(house: House) -> list[Delivery]:
    with house.read() as session:
        return list(session.exec(select(Delivery).order_by(col(Delivery.event_id))))


def events_in(house: House) -> list[OutgoingEvent]:
    with house.read() as session:
        return list(session.exec(select(OutgoingEvent).order_by(col(OutgoingEvent.id))))


def kinds_in(house: House) -> list[str]:
    """The events that were written, in order."""
    return [event.kind.value for event in events_in(house)]


def endpoint_in(house: House, endpoint_id: str) -> Endpoint:
    with house.read() as session:
        return session.get_one(Endpoint, endpoint_id)


def assessments_of(house: House, position_id: str) -> list[Assessment]:
    with house.read() as session:
        return list(session.exec(select(Assessment).where(Assessment.position_id == position_id)))
