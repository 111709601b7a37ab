"""The candidates of a position, page by page. No file is read, and no question is asked per row.

A page begins after the last row of the one before (keyset): page 200 costs what page 1 does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Tuple, literal, tuple_
from sqlmodel import Session, and_, col, not_, or_, select

from assay.db.tables import Assessment, Review
from assay.domain.errors import NotFound
from assay.domain.hiring import Verdict
from assay.features.positions.stages import in_stage, last_verdict
from assay.features.positions.wanted import Decided, Flagged, Order, Wanted

PAGE = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Whose candidates: of one position, or (None) those invited without one."""

    organisation_id: str
    position_id: str | None

    def condition(self) -> ColumnElement[bool]:
        """On an assessment."""
        at = col(Assessment.position_id)
        here = at == self.position_id if self.position_id else at.is_(None)
        return and_(col(Assessment.organisation_id) == self.organisation_id, here)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows in order. `after`: how to ask for the next ones, "" at the end."""

    rows: Sequence[Assessment]
    after: str


def page_of(
    session: Session,
    place: Place,
    wanted: Wanted,
    *,
    after: str = "",
    limit: int = PAGE,
    hidden: ColumnElement[bool] | None = None,
) -> Page:
    """A page of the candidates that are wanted.

    Args:
        session: A transaction.
        place: Whose candidates.
        wanted: Filters and order.
        after: Id of the last one of the page before.
        limit: So many at most.
        hidden: Condition on those of whom whoever asks must not know name and decision yet. They
            are found by neither: what a filter finds tells as much as what a page says.

    Raises:
        NotFound: there is no such candidate here.
    """
    question = select(Assessment).where(place.condition(), *_conditions(wanted, hidden))
    if after:
        last = session.get(Assessment, after)
        if last is None or (last.organisation_id, last.position_id) != (
            place.organisation_id,
            place.position_id,
        ):
            raise NotFound(
                "This page begins after a candidate who is not here any more; open the list anew."
            )
        question = question.where(_later(wanted.order, last))
    found = session.exec(question.order_by(*_order(wanted.order)).limit(limit + 1)).all()
    shown = found[:limit]
    return Page(shown, shown[-1].id if len(found) > limit else "")


def is_in(place: Place, ids: Sequence[str]) -> ColumnElement[bool]:
    """The condition on assessments that are these, and are here."""
    return and_(place.condition(), col(Assessment.id).in_(ids))


def _conditions(wanted: Wanted, hidden: ColumnElement[bool] | None) -> list[ColumnElement[bool]]:
    known: list[ColumnElement[bool]] = [] if hidden is None else [not_(hidden)]
    found = [] if wanted.stage is None else [in_stage(wanted.stage)]
    if wanted.least is not None:
        found.append(col(Assessment.weighted) >= wanted.least)
    if wanted.most is not None:
        found.append(col(Assessment.weighted) <= wanted.most)
    if wanted.flags is not None:
        flagged = col(Assessment.flags) > 0
        found.append(flagged if wanted.flags is Flagged.YES else col(Assessment.flags) == 0)
    if wanted.reviewer:
        found.append(_reviewed_by(wanted.reviewer))
    if wanted.decision is not None:
        found.append(_decided(wanted.decision, known))
    if wanted.search:
        found.append(_matches(wanted.search, known))
    return found


def _reviewed_by(user_id: str) -> ColumnElement[bool]:
    own = select(Review.id).where(
        col(Review.assessment_id) == col(Assessment.id), Review.user_id == user_id
    )
    return own.exists()


def _decided(decision: Decided, known: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether there is a decision, the stage tells everybody; which one, those who may know."""
    last = last_verdict()
    if decision is Decided.NO:
        return last.is_(None)
    return and_(last == Verdict(decision.value), *known)


def _matches(search: str, known: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """By name or address those who are `known` to whoever asks; by number everybody."""
    named = or_(
        col(Assessment.candidate_name).icontains(search, autoescape=True),
        col(Assessment.candidate_email).icontains(search, autoescape=True),
    )
    named = and_(named, *known)
    number = number_in(search)
    return named if number is None else or_(named, col(Assessment.number) == number)


def number_in(search: str) -> int | None:
    """Which candidate by number is searched for: "7", "Candidate 7"; None if none is."""
    digits = search.lower().removeprefix("candidate").strip()
    return int(digits) if digits.isdecimal() and len(digits) < 10 else None


def _order(order: Order) -> list[ColumnElement[Any]]:
    score = col(Assessment.weighted)
    match order:
        case Order.NEWEST:
            return [column.desc() for column in _turn()]
        case Order.OLDEST:
            return [column.asc() for column in _turn()]
        case Order.BEST:
            return [score.is_(None), score.desc(), col(Assessment.id).asc()]
        case Order.LOWEST:
            return [score.is_(None), score.asc(), col(Assessment.id).asc()]


def _later(order: Order, last: Assessment) -> ColumnElement[bool]:
    """What comes after that row. Whoever has no score yet comes at the end of both orders."""
    identity, score = col(Assessment.id), col(Assessment.weighted)
    match order:
        case Order.NEWEST:
            return _turn() < _turn_of(last)
        case Order.OLDEST:
            return _turn() > _turn_of(last)
        case Order.BEST | Order.LOWEST if last.weighted is None:
            return and_(score.is_(None), identity > last.id)
        case Order.BEST:
            beyond = score < last.weighted
        case Order.LOWEST:
            beyond = score > last.weighted
    same = and_(score == last.weighted, identity > last.id)
    return or_(beyond, same, score.is_(None))


def _turn() -> Tuple:
    """When somebody was invited; of a list sent at once, in its order."""
    return tuple_(col(Assessment.invited_at), col(Assessment.number), col(Assessment.id))


def _turn_of(row: Assessment) -> Tuple:
    return tuple_(
        *(
            literal(value, column.type)
            for value, column in zip((row.invited_at, row.number, row.id), _turn(), strict=True)
        )
    )
