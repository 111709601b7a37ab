"""Who may not know yet whom they judge.

A **reviewer** is blind to a candidate from the moment a sealed result stands until they have
handed in their review of it. An **owner** runs the process and sees names, but is blind to a
candidate while a review of theirs is a draft, until they hand it in or choose to see the name,
which is on record. A **viewer** judges nobody, and is blind to nobody. Who is blind sees neither
name nor address nor what the others wrote, and neither decides nor overrides.

Programs are nobody who could be biased: a key is not blind.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, not_, or_, select

from assay.db.results import may_count
from assay.db.tables import Assessment, Evaluation, Membership, Review
from assay.domain.errors import Conflict
from assay.domain.lifecycle import EvaluationState
from assay.domain.permissions import Role

AT_ONCE = 5000
"""Ids in one question: databases take no more than some ten thousand."""


def blinded(session: Session, user_id: str, assessment_ids: Collection[str]) -> set[str]:
    """Of these assessments, those whose candidate the user must not know yet."""
    roles = _roles(session, user_id)
    found: set[str] = set()
    for some in portions(list(dict.fromkeys(assessment_ids))):
        mine = _own_reviews(session, user_id, some)
        found |= {one for one, review in mine.items() if _is_open(review)}
        if Role.REVIEWER in roles.values():
            judged = _judged(session, some, [o for o, r in roles.items() if r is Role.REVIEWER])
            found |= judged - set(mine)
    return found


def is_blind(session: Session, user_id: str, assessment_id: str) -> bool:
    """The same of one."""
    return bool(blinded(session, user_id, [assessment_id]))


def refuse_blind(session: Session, user_id: str | None, assessment_id: str) -> None:
    """Refuse what is done knowing what the others wrote. A program (None) is nobody's eyes.

    Raises:
        Conflict: an own review has to be handed in first.
    """
    if user_id and is_blind(session, user_id, assessment_id):
        raise Conflict(
            "your own review of this candidate comes first: hand it in, or, as an owner, choose to "
            "see the name"
        )


def open_reviews(session: Session, user_id: str) -> set[str]:
    """Assessments that the user has begun to review blindly. Of an owner: all that are hidden."""
    wanted = select(Review.assessment_id).where(
        Review.user_id == user_id,
        col(Review.handed_in_at).is_(None),
        col(Review.names_seen_at).is_(None),
    )
    return set(session.exec(wanted).all())


def hidden_rows(user_id: str, role: Role) -> ColumnElement[bool]:
    """The same rule as a condition on assessments of the organisation in which the user is that.

    By what lists know of results: one that was judged a moment ago, and is not on its assessment
    yet (`db.standing`), is not in it. So it narrows a list, and `blinded` says what may be shown.
    """
    mine = select(Review.id).where(
        col(Review.assessment_id) == col(Assessment.id), Review.user_id == user_id
    )
    is_open = col(Review.handed_in_at).is_(None) & col(Review.names_seen_at).is_(None)
    begun = mine.where(is_open).exists()
    if role is not Role.REVIEWER:
        return begun
    return or_(begun, and_(col(Assessment.result_id).is_not(None), not_(mine.exists())))


def shuffled_place(user_id: str, position_id: str | None, assessment_id: str) -> str:
    """Where an assessment stands in a reviewer's own order of a position: sort by it.

    Random to who looks, the same each time, and another for every reviewer, so that nobody is
    always judged first.
    """
    text = "/".join((user_id, position_id or "", assessment_id))
    return hashlib.sha256(text.encode()).hexdigest()


def _is_open(review: Review) -> bool:
    return review.handed_in_at is None and review.names_seen_at is None


def _roles(session: Session, user_id: str) -> dict[str, Role]:
    """Organisation -> what the user is there."""
    rows = session.exec(select(Membership).where(Membership.user_id == user_id))
    return {row.organisation_id: row.role for row in rows}


def _own_reviews(session: Session, user_id: str, ids: Sequence[str]) -> dict[str, Review]:
    wanted = select(Review).where(Review.user_id == user_id, col(Review.assessment_id).in_(ids))
    return {row.assessment_id: row for row in session.exec(wanted)}


def _judged(session: Session, ids: Sequence[str], organisation_ids: Sequence[str]) -> set[str]:
    """Those with a result that counts.

    Asked by assessment alone: with another condition SQLite takes the index of that one, and
    reads every evaluation of the organisation (0.23 s of 200 000, against 5 ms).
    """
    wanted = select(Evaluation.assessment_id, Evaluation.organisation_id, Evaluation.state).where(
        col(Evaluation.assessment_id).in_(ids), may_count()
    )
    return {
        assessment_id
        for assessment_id, organisation_id, state in session.exec(wanted)
        if organisation_id in organisation_ids and state is EvaluationState.JUDGED
    }


def portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many at a time as a database is asked about at once."""
    for at in range(0, len(ids), AT_ONCE):
        yield ids[at : at + AT_ONCE]
