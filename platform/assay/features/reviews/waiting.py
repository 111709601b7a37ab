"""What waits for a reviewer: by position, in an order of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, or_, select

from assay.db.results import may_count
from assay.db.tables import Assessment, Decision, Evaluation, Position, Review
from assay.domain.hiring import FINAL
from assay.domain.lifecycle import AssessmentState, EvaluationState
from assay.features.reviews.blind import shuffled_place

READ_MAX = 2000
"""The latest that are looked at; who has more to review reviews these first."""
SHOWN = 20
"""Of each position."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One candidate to review, without a name. `begun`: there is a draft."""

    assessment_id: str
    number: int
    begun: bool


@dataclass(frozen=True, slots=True)
class Pile:
    """What waits in one position.

    Attributes:
        title: Of the position, or of the challenge where there is none.
        count: Of those that wait, at most `READ_MAX` over all positions; `shown` come first.
    """

    position_id: str | None
    challenge: str
    title: str
    count: int
    shown: Sequence[Waiting]


def piles_of(session: Session, organisation_id: str, user_id: str) -> list[Pile]:
    """What the user has not reviewed yet, drafts first."""
    rows = session.exec(
        select(Assessment.id, Assessment.number, Assessment.position_id, Assessment.challenge)
        .where(
            Assessment.organisation_id == organisation_id,
            Assessment.state == AssessmentState.FINISHED,
            _has_result(),
            ~_handed_in(user_id),
            _is_undecided(),
        )
        .order_by(col(Assessment.invited_at).desc(), col(Assessment.id).desc())
        .limit(READ_MAX)
    ).all()
    drafts = select(Review.assessment_id).where(
        Review.user_id == user_id, col(Review.handed_in_at).is_(None)
    )
    begun = set(session.exec(drafts).all())
    titles = dict(
        session.exec(
            select(Position.id, Position.title).where(Position.organisation_id == organisation_id)
        ).all()
    )
    piles: dict[tuple[str | None, str], list[Waiting]] = {}
    for assessment_id, number, position_id, challenge in rows:
        one = Waiting(assessment_id, number, assessment_id in begun)
        piles.setdefault((position_id, challenge), []).append(one)
    return [
        _pile(key, titles.get(key[0] or "", key[1]), user_id, waiting)
        for key, waiting in piles.items()
    ]


def _pile(
    key: tuple[str | None, str], title: str, user_id: str, waiting: Sequence[Waiting]
) -> Pile:
    position_id, challenge = key

    def place(one: Waiting) -> tuple[bool, str]:
        return not one.begun, shuffled_place(user_id, position_id, one.assessment_id)

    return Pile(position_id, challenge, title, len(waiting), sorted(waiting, key=place)[:SHOWN])


def _has_result() -> ColumnElement[bool]:
    return (
        exists()
        .where(
            col(Evaluation.assessment_id) == col(Assessment.id),
            col(Evaluation.state) == EvaluationState.JUDGED,
            may_count(),
        )
        .correlate(Assessment)
    )


def _handed_in(user_id: str) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            col(Review.assessment_id) == col(Assessment.id),
            col(Review.user_id) == user_id,
            col(Review.handed_in_at).is_not(None),
        )
        .correlate(Assessment)
    )


def _is_undecided() -> ColumnElement[bool]:
    """Somebody waits for another opinion still; of several decisions the last one counts."""
    last = (
        select(Decision.verdict)
        .where(col(Decision.assessment_id) == col(Assessment.id))
        .order_by(col(Decision.id).desc())
        .limit(1)
        .correlate(Assessment)
        .scalar_subquery()
    )
    return or_(last.is_(None), last.not_in(FINAL))
