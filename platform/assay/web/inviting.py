"""Inviting to a position: by a page, by a list, by a program. One rule for all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from assay.audit.ledger import Actor
from assay.auth.principal import Member, Staff
from assay.db.states import locked
from assay.db.tables import Assessment, Position
from assay.domain.errors import Conflict
from assay.domain.lifecycle import AssessmentState
from assay.features.assessments import service as assessments
from assay.features.assessments.orders import Invitation, InvitationOrder, Offer, offer_of
from assay.features.positions.people import Person
from assay.web.platform import Platform

AT_ONCE = 50
"""Invitations in one transaction: nobody else waits long, and a list that was cut off is sent again
without inviting anybody twice."""
OVER = (AssessmentState.REVOKED, AssessmentState.EXPIRED)
"""Whose invitation came to nothing may be invited again."""


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody who was invited now. `invitation` None: they had been before."""

    person: Person
    invitation: Invitation | None


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who invites, to what, and how long the invitations can be accepted."""

    staff: Staff
    actor: Actor
    position: Position
    valid_for: timedelta


def known_in(session: Session, position_id: str) -> set[str]:
    """Addresses of those who are invited to a position already."""
    wanted = select(Assessment.candidate_email).where(
        Assessment.position_id == position_id, col(Assessment.state).not_in(OVER)
    )
    return set(session.exec(wanted))


def why_not_invite(platform: Platform, position: Position) -> str:
    """Why nobody can be invited to a position now; "" if somebody can."""
    if position.closed_at is not None:
        return "the position is closed: nobody can be invited to it any more"
    package = platform.challenges.get(position.challenge)
    if package is None:
        return f"the challenge {position.challenge} is not offered here any more"
    unpublished = offer_of(package).unpublished
    if unpublished and not platform.allow_unproven:
        return f"nobody can be invited to the challenge yet: {unpublished}"
    return ""


def invite_all(platform: Platform, head: Letterhead, people: Sequence[Person]) -> list[Invitee]:
    """Invite them, those left out who are invited already; told in the order of the list.

    Raises:
        Conflict: nobody can be invited to the position.
    """
    if why := why_not_invite(platform, head.position):
        raise Conflict(why)
    offer = offer_of(platform.challenges[head.position.challenge])
    order = _order(platform, head, offer)
    found: list[Invitee] = []
    for some in _portions(people):
        with platform.database.write() as session:
            locked(session, Position, head.position.id)
            known = known_in(session, head.position.id)
            found += [_invited(session, order, one, known, platform.now()) for one in some]
    return found


def _order(platform: Platform, head: Letterhead, offer: Offer) -> InvitationOrder:
    """What is the same for all of a list. The offer reads a file, so it is made once."""
    return InvitationOrder(
        organisation_id=head.position.organisation_id,
        offer=offer,
        candidate_email="",
        public_url=platform.public_url,
        actor=head.actor,
        invited_by=head.staff.user_id if isinstance(head.staff, Member) else None,
        valid_for=head.valid_for,
        unproven=platform.allow_unproven,
        position_id=head.position.id,
    )


def _invited(
    session: Session, order: InvitationOrder, person: Person, known: set[str], now: datetime
) -> Invitee:
    if person.email in known:
        return Invitee(person, None)
    known.add(person.email)
    own = replace(order, candidate_email=person.email, candidate_name=person.name)
    return Invitee(person, assessments.invite(session, own, now))


def _portions(people: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for at in range(0, len(people), AT_ONCE):
        yield people[at : at + AT_ONCE]
