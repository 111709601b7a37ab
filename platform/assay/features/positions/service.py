"""Opening, changing and closing a position. The caller has checked whether whoever asks may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlmodel import Session, col, select

from assay.audit.ledger import Actor, Detail, record
from assay.audit.tags import Tag
from assay.db.states import locked
from assay.db.tables import Assessment, Position
from assay.domain.challenge import Challenge
from assay.domain.errors import BadInput, Conflict, NotFound, Problem
from assay.domain.hiring import ReleasePolicy
from assay.domain.weights import Weights, checked_weights, weights_of, weights_text
from assay.kit.ids import new_id
from assay.kit.text import one_line

TITLE_MAX = 200
BOX_H_MIN, BOX_H_MAX = 0.5, 24 * 90
KEEP_DAYS_MAX = 3650
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Terms:
    """What a position says.

    Attributes:
        factors: Area -> factor on its points.
        time_box_h: From Start to the deadline; None: the challenge's own.
        keep_days: Personal data goes so many days after the end; None: it stays.
    """

    title: str
    factors: Mapping[str, float]
    time_box_h: float | None
    release: ReleasePolicy
    keep_days: int | None


def open_position(
    session: Session,
    challenge: Challenge,
    terms: Terms,
    now: datetime,
    *,
    actor: Actor,
    created_by: str | None = None,
) -> Position:
    """A new position of the actor's organisation.

    Raises:
        BadInput: the terms cannot be; every problem is named.
    """
    weights = _checked(challenge, terms)
    made = Position(
        id=new_id("pos"),
        organisation_id=str(actor.organisation_id),
        title="",
        challenge=challenge.id,
        release=terms.release,
        created_by=created_by,
        created_at=now,
    )
    _write(made, terms, weights)
    session.add(made)
    session.flush()
    _note(session, made, Tag.POSITION_OPENED, actor, now)
    return made


def change_position(
    session: Session,
    position_id: str,
    challenge: Challenge | None,
    terms: Terms,
    now: datetime,
    *,
    actor: Actor,
) -> Position:
    """Other terms from now on. Whoever was invited keeps the time box they were told.

    Args:
        session: A transaction that writes.
        position_id: Which.
        challenge: The one of the position; None if it is not offered any more.
        terms: All of them.
        now: The time.
        actor: Who changes it.

    Raises:
        NotFound: there is no such position.
        BadInput: the terms cannot be; every problem is named.
        Conflict: it is closed; or the weights would change after somebody has started, or for a
            challenge that is not offered any more.
    """
    position = locked(session, Position, position_id)
    if position.closed_at is not None:
        raise Conflict("the position is closed; it stays as it was")
    weights = _weights_from_now_on(session, position, challenge, terms)
    _write(position, terms, weights)
    session.flush()
    _note(session, position, Tag.POSITION_CHANGED, actor, now)
    return position


def close_position(session: Session, position_id: str, now: datetime, *, actor: Actor) -> Position:
    """Nobody can be invited any more. Who was invited goes on. Again changes nothing.

    Raises:
        NotFound: there is no such position.
    """
    position = locked(session, Position, position_id)
    if position.closed_at is None:
        position.closed_at = now
        session.flush()
        _note(session, position, Tag.POSITION_CLOSED, actor, now)
    return position


def own_position(session: Session, organisation_id: str, position_id: str) -> Position:
    """A position of this organisation.

    Raises:
        NotFound: there is none, or it is another's.
    """
    row = session.get(Position, position_id)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound("There is no such position in your organisation.")
    return row


def has_started(session: Session, position_id: str) -> bool:
    """Whether a candidate of the position has pressed Start: from then on weights are fixed."""
    wanted = select(Assessment.id).where(
        Assessment.position_id == position_id, col(Assessment.started_at).is_not(None)
    )
    return session.exec(wanted.limit(1)).first() is not None


def _weights_from_now_on(
    session: Session, position: Position, challenge: Challenge | None, terms: Terms
) -> Weights:
    """What stands may stay, whatever the challenge allows by now."""
    before = weights_of(position.weights)
    if _all(terms.factors) == _all(before):
        _refuse(_wrong(terms))
        return before
    if has_started(session, position.id):
        raise Conflict(
            "the weights are fixed: a candidate of this position has started, and the same rule "
            "holds for all. Open another position to weigh differently"
        )
    if challenge is None:
        raise Conflict(
            f"the challenge {position.challenge} is not offered here any more, so the weights stay "
            "as they are. Open another position to weigh differently"
        )
    return _checked(challenge, terms)


def _checked(challenge: Challenge, terms: Terms) -> Weights:
    problems: list[Problem] = []
    weights: Weights = {}
    try:
        weights = checked_weights(terms.factors, challenge)
    except BadInput as wrong:
        problems += wrong.problems
    _refuse([*problems, *_wrong(terms)])
    return weights


def _refuse(problems: Sequence[Problem | str]) -> None:
    if problems:
        raise BadInput(*problems)


def _wrong(terms: Terms) -> list[str]:
    found = []
    if not one_line(terms.title, TITLE_MAX):
        found.append("Title: give the position one, as you advertise it")
    if terms.time_box_h is not None and not BOX_H_MIN <= terms.time_box_h <= BOX_H_MAX:
        found.append(
            f"Time box: {terms.time_box_h:g} hours cannot be; give {BOX_H_MIN:g} to "
            f"{BOX_H_MAX:,} hours, or none for the challenge's own"
        )
    if terms.keep_days is not None and not 1 <= terms.keep_days <= KEEP_DAYS_MAX:
        found.append(
            f"Keep personal data: {terms.keep_days} days cannot be; give 1 to "
            f"{KEEP_DAYS_MAX:,}, or none to keep it until somebody deletes it"
        )
    return found


def _write(position: Position, terms: Terms, weights: Weights) -> None:
    position.title = one_line(terms.title, TITLE_MAX)
    position.weights = weights_text(weights)
    position.time_box_s = None if terms.time_box_h is None else round(terms.time_box_h * HOUR_S)
    position.release = terms.release
    position.keep_days = terms.keep_days


def _all(weights: Mapping[str, Fraction | float]) -> dict[str, float]:
    """Those that weigh something, to be compared."""
    return {area: float(factor) for area, factor in weights.items() if factor != 1}


def _note(session: Session, row: Position, tag: Tag, actor: Actor, now: datetime) -> None:
    by = replace(actor, organisation_id=row.organisation_id)
    details: dict[str, Detail] = {"challenge": row.challenge}
    if tag is not Tag.POSITION_CLOSED:
        details |= {
            "weights": row.weights,
            "time_box_s": row.time_box_s,
            "release": row.release.value,
            "keep_days": row.keep_days,
        }
    record(session, tag, by=by, subject=row.id, now=now, details=details)
