"""Where in a position an invitation belongs: its number, and what the position says instead."""

from dataclasses import replace

from sqlmodel import Session, func, select

from assay.db.states import locked_if_any
from assay.db.tables import Assessment, OutcomeCount, Position
from assay.domain.errors import Conflict, NotFound
from assay.features.assessments.orders import InvitationOrder


def seated(session: Session, order: InvitationOrder) -> tuple[InvitationOrder, int]:
    """The order as its position wants it, and the number of the candidate there, from 1.

    Who invites holds the position until the end of the transaction: of two at once one waits, and
    gets the number after. Without a position the order is what it was, and the number 0.

    Raises:
        NotFound: the organisation has no such position.
        Conflict: it is closed, or for another challenge.
    """
    if order.position_id is None:
        return order, 0
    position = locked_if_any(session, Position, order.position_id)
    if position is None or position.organisation_id != order.organisation_id:
        raise NotFound("There is no such position in your organisation.")
    if position.closed_at is not None:
        raise Conflict("the position is closed: nobody can be invited to it any more")
    if position.challenge != order.offer.slug:
        raise Conflict(
            f"the position is for {position.challenge}, not for {order.offer.slug}; "
            f"open another position for that challenge"
        )
    if position.time_box_s is not None:
        order = replace(order, offer=replace(order.offer, time_box_s=position.time_box_s))
    return order, _next_number(session, position.id)


def _next_number(session: Session, position_id: str) -> int:
    """The one after all that were ever given.

    What was said of "Candidate 7", who was deleted since, must not be read as said of another one.
    """
    here = select(func.max(Assessment.number), func.count())
    largest, there = session.exec(here.where(Assessment.position_id == position_id)).one()
    gone = select(func.count()).where(OutcomeCount.position_id == position_id)
    return max(largest or 0, there + session.exec(gone).one()) + 1
