"""What pages and the API show of reviews, as far as who asks may see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from assay.audit.tags import Tag
from assay.db.tables import Assessment, AuditEntry, Membership, Review, User
from assay.domain.agreement import Agreement, agreement, spread
from assay.domain.human_rubric import FLAG, Opinion, ReviewLine
from assay.domain.permissions import Role
from assay.features.reviews.service import opinions_in, opinions_of

READ_MAX = 4000
"""More make agreement no surer, and a page waits for them."""
BLIND = "blind"
INVITED = "not blind: invited the candidate"
SEEN = "not blind: knew the name when it was handed in"
HIDDEN = "name hidden while reviewing"
"""What is said of a review: the last one where its reviewer could see the name elsewhere before,
as owners can, or where nobody can tell any more, as of who left, or was something else than a
reviewer after the end. Nothing more is vouched for."""
OTHERWISE = (Tag.ROLE_CHANGED.value, Tag.MEMBER_REMOVED.value)
"""Deeds after which somebody may be something else on the team than they were before."""


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One review that was handed in.

    Attributes:
        reviewer: Name, or address where there is none.
        blindness: Whether its reviewer knew the name, in words.
        opinions: Line, or "flag:KIND", -> what was said.
        is_own: Whether it is of who asks.
    """

    id: str
    user_id: str
    reviewer: str
    blindness: str
    opinions: dict[str, Opinion]
    summary: str
    handed_in_at: datetime
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class LineView:
    """One line over all reviews.

    Attributes:
        scores: Reviewer -> 1..4, of those who gave one.
        spread: Steps between the lowest and the highest.
    """

    id: str
    title: str
    scores: tuple[tuple[str, int], ...]
    spread: int


def reviews_of(session: Session, assessment_id: str, user_id: str = "") -> list[ReviewView]:
    """The reviews that were handed in, the first one first. `user_id`: who asks."""
    found = session.exec(
        select(Review, User, Assessment, Membership)
        .join(User, col(User.id) == col(Review.user_id))
        .join(Assessment, col(Assessment.id) == col(Review.assessment_id))
        .outerjoin(
            Membership,
            (col(Membership.user_id) == col(Review.user_id))
            & (col(Membership.organisation_id) == col(Assessment.organisation_id)),
        )
        .where(Review.assessment_id == assessment_id, col(Review.handed_in_at).is_not(None))
        .order_by(col(Review.handed_in_at), col(Review.id))
    ).all()
    since = _otherwise(session, [review.user_id for review, *_ in found])
    return [
        ReviewView(
            id=review.id,
            user_id=review.user_id,
            reviewer=user.name or user.email,
            blindness=_blindness(review, sitting, member, since.get(review.user_id)),
            opinions=opinions_of(review),
            summary=review.summary,
            handed_in_at=review.handed_in_at,
            is_own=review.user_id == user_id,
        )
        for review, user, sitting, member in found
        if review.handed_in_at
    ]


def lines_over(reviews: Sequence[ReviewView], lines: Iterable[ReviewLine]) -> list[LineView]:
    """Line by line what all reviewers gave; lines that the challenge has no more come last."""
    titles = {line.id: line.title for line in lines}
    said = [name for one in reviews for name in one.opinions if not name.startswith(FLAG)]
    return [
        _line(name, titles.get(name, name), reviews) for name in dict.fromkeys([*titles, *said])
    ]


def agreement_of(session: Session, position_id: str) -> Agreement:
    """How far the reviewers of a position agree, over the latest `READ_MAX` reviews."""
    rows = session.exec(
        select(Review.assessment_id, Review.lines)
        .join(Assessment, col(Assessment.id) == col(Review.assessment_id))
        .where(Assessment.position_id == position_id, col(Review.handed_in_at).is_not(None))
        .order_by(col(Review.handed_in_at).desc(), col(Review.id))
        .limit(READ_MAX)
    ).all()
    units: dict[str, dict[str, list[int]]] = {}
    for assessment_id, lines in rows:
        for name, said in opinions_in(lines).items():
            if said.score is not None and not name.startswith(FLAG):
                units.setdefault(assessment_id, {}).setdefault(name, []).append(said.score)
    return agreement(list(lines.values()) for lines in units.values())


def _otherwise(session: Session, user_ids: Sequence[str]) -> dict[str, datetime]:
    """User -> when they were last made something else, of those to whom that was done."""
    found = session.exec(
        select(AuditEntry.subject, AuditEntry.at)
        .where(col(AuditEntry.subject).in_(user_ids), col(AuditEntry.action).in_(OTHERWISE))
        .order_by(col(AuditEntry.id))
    )
    return dict(found.all())


def _blindness(
    review: Review, sitting: Assessment, member: Membership | None, otherwise: datetime | None
) -> str:
    """Before the end of a sitting everybody may see the name: what they were then is no matter."""
    if sitting.invited_by == review.user_id:
        return INVITED
    if review.names_seen_at is not None:
        return SEEN
    ended = sitting.finished_at
    is_same = otherwise is None or (ended is not None and otherwise <= ended)
    is_reviewer = member is not None and member.role is Role.REVIEWER
    return BLIND if is_reviewer and is_same else HIDDEN


def _line(name: str, title: str, reviews: Sequence[ReviewView]) -> LineView:
    scores = tuple(
        (one.reviewer, score)
        for one in reviews
        if (score := one.opinions.get(name, Opinion()).score) is not None
    )
    return LineView(name, title, scores, spread([score for _, score in scores]))
