"""Assessments that an applicant tracking system asked for: each is asked for once.

Who takes an order holds the endpoint's row (`db.states.locked`), so that of two who ask for the
same at once the second finds what the first has made.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from assay.auth.accounts import active_user, membership
from assay.db.tables import Assessment, AtsOrder, Endpoint, Position
from assay.domain.errors import NotFound
from assay.domain.lifecycle import AssessmentState

OVER = (AssessmentState.EXPIRED, AssessmentState.REVOKED)
"""Asked for again after one of these ends, the candidate is invited again."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an ATS asks for, whichever it is.

    Attributes:
        id: What the ATS will know it by.
        request_key: What makes two orders the same.
        sent_by: Mail address of who asked, "" if that is not told.
        answer_url: Where the result is awaited.
        profile_url: The candidate's page over there.
    """

    id: str
    position_id: str
    request_key: str
    candidate_name: str
    candidate_email: str
    sent_by: str
    answer_url: str
    profile_url: str = ""


def standing(session: Session, endpoint_id: str, order: Order) -> AtsOrder | None:
    """The same order from before, if what came of it still stands; told where to answer now."""
    wanted = select(AtsOrder, Assessment.state).join(
        Assessment, col(Assessment.id) == col(AtsOrder.assessment_id)
    )
    found = session.exec(
        wanted.where(AtsOrder.endpoint_id == endpoint_id, AtsOrder.request_key == order.request_key)
    ).first()
    if found is None:
        return None
    before, state = found
    if state in OVER:
        before.request_key = before.id
        session.flush()
        return None
    before.answer_url, before.profile_url = order.answer_url, order.profile_url
    return before


def keep(
    session: Session, endpoint_id: str, order: Order, assessment_id: str, now: datetime
) -> AtsOrder:
    """Remember an order and what came of it."""
    made = AtsOrder(
        id=order.id,
        endpoint_id=endpoint_id,
        assessment_id=assessment_id,
        request_key=order.request_key,
        answer_url=order.answer_url,
        profile_url=order.profile_url,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made


def order_of(session: Session, endpoint: Endpoint, order_id: str) -> AtsOrder:
    """An order of this endpoint.

    Raises:
        NotFound: it has none of this id.
    """
    found = session.get(AtsOrder, order_id)
    if found is None or found.endpoint_id != endpoint.id:
        raise NotFound("there is no such assessment: it was never ordered with this key")
    return found


def open_positions(session: Session, organisation_id: str) -> list[Position]:
    """What can be ordered, by title."""
    wanted = select(Position).where(
        Position.organisation_id == organisation_id, col(Position.closed_at).is_(None)
    )
    return list(session.exec(wanted.order_by(col(Position.title), col(Position.id))))


def open_position(session: Session, organisation_id: str, position_id: str) -> Position:
    """One that can be ordered.

    Raises:
        NotFound: it is closed, or there is none.
    """
    found = session.get(Position, position_id)
    if found is None or found.organisation_id != organisation_id or found.closed_at:
        raise NotFound("there is no such open position; list the tests again and choose one")
    return found


def member_who_sent(session: Session, organisation_id: str, email: str) -> str | None:
    """Id of the member with this address: who hears of the result. None if there is none."""
    user = active_user(session, email) if email else None
    if user is None or membership(session, user.id, organisation_id) is None:
        return None
    return user.id
