"""What the interfaces for applicant tracking systems share: who calls, and taking an order."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBasic
from sqlmodel import Session

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.auth.limits import CALLS_OF_KEY
from assay.db.states import locked
from assay.db.tables import Assessment, AtsOrder, Endpoint, Position
from assay.domain.errors import Conflict
from assay.domain.hiring import EndpointKind
from assay.features.assessments import service
from assay.features.assessments.orders import InvitationOrder, offer_of
from assay.features.integrations import orders
from assay.features.integrations.keys import key_in, whose_key
from assay.features.integrations.orders import Order
from assay.web.dependencies import (
    ThePlatform,
    address_of,
    limit,
    note_wrong_token,
    refuse_guessing,
)
from assay.web.errors import SignInNeeded
from assay.web.platform import Platform

BY_BASIC = HTTPBasic(
    auto_error=False,
    description="The key of the integration (`age_...`) as the user name, and no password.",
)
"""For the OpenAPI document; the header is read below."""
WRONG_KEY = "This key opens nothing: it was changed, its integration is off, or it is none of ours."


def caller_of(kind: EndpointKind) -> Callable[..., Endpoint]:
    """What a route of such a vendor depends on: the endpoint whose key came."""

    def found(
        request: Request, platform: ThePlatform, _: Annotated[object, Depends(BY_BASIC)]
    ) -> Endpoint:
        refuse_guessing(platform, request)
        key = key_in(request.headers.get("authorization", ""))
        with platform.database.read() as session:
            endpoint = whose_key(session, kind, key)
        if endpoint is None:
            note_wrong_token(platform, request)
            raise SignInNeeded(WRONG_KEY)
        limit(platform, CALLS_OF_KEY, endpoint.id)
        return endpoint

    return found


def actor_of(request: Request, endpoint: Endpoint) -> Actor:
    """As the ledger names who orders."""
    return Actor(f"endpoint:{endpoint.id}", endpoint.organisation_id, address_of(request))


def take(request: Request, platform: Platform, endpoint: Endpoint, order: Order) -> str:
    """Invite whom an ATS names, once; the id by which it knows the order.

    Raises:
        NotFound: there is no such open position.
        BadInput: that is no mail address.
        Conflict: nobody can be invited to the challenge of the position.
    """
    with platform.database.write() as session:
        locked(session, Endpoint, endpoint.id)
        known = orders.standing(session, endpoint.id, order)
        return known.id if known else _invited(request, platform, session, endpoint, order)


def ordered(session: Session, endpoint: Endpoint, order_id: str) -> tuple[AtsOrder, Assessment]:
    """An order of this endpoint, and what came of it.

    Raises:
        NotFound: it has none of this id.
    """
    order = orders.order_of(session, endpoint, order_id)
    return order, session.get_one(Assessment, order.assessment_id)


def _invited(
    request: Request, platform: Platform, session: Session, endpoint: Endpoint, order: Order
) -> str:
    now, by = platform.now(), actor_of(request, endpoint)
    position = orders.open_position(session, endpoint.organisation_id, order.position_id)
    wanted = _invitation(platform, session, position, order, by)
    made = service.invite(session, wanted, now)
    orders.keep(session, endpoint.id, order, made.assessment_id, now)
    facts = {"assessment": made.assessment_id, "position": position.id}
    record(session, Tag.ATS_ORDERED, by=by, subject=endpoint.id, now=now, details=facts)
    return order.id


def _invitation(
    platform: Platform, session: Session, position: Position, order: Order, by: Actor
) -> InvitationOrder:
    package = platform.challenges.get(position.challenge)
    if package is None:
        raise Conflict(
            f"the challenge {position.challenge} of this position is not installed any more; "
            f"ask whoever runs Assay"
        )
    ours = position.organisation_id
    return InvitationOrder(
        organisation_id=ours,
        offer=offer_of(package),
        candidate_email=order.candidate_email,
        candidate_name=order.candidate_name,
        public_url=platform.public_url,
        actor=by,
        invited_by=orders.member_who_sent(session, ours, order.sent_by),
        unproven=platform.allow_unproven,
        position_id=position.id,
    )
