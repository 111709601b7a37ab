"""Personal data goes so many days after the end as its position says, and never unannounced.

A week before, the owners get a letter. Deleted is only what they were told of a week ago: a
position that shortens its time, or a worker that was away, deletes nothing by surprise. What was
announced and is then kept longer is announced anew when its time comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from assay.audit.ledger import Actor, Detail, record
from assay.audit.tags import Tag
from assay.auth.accounts import owners_of
from assay.db.ends import OVER, end_of_sitting, ended_at
from assay.db.states import locked, locked_if_any
from assay.db.tables import Assessment, Mail, Position
from assay.domain.errors import BadInput

NOTICE = timedelta(days=7)
"""Between the letter to the owners and the deletion."""
AT_ONCE = 200
DAYS_MIN, DAYS_MAX = 1, 3650


@dataclass(frozen=True, slots=True)
class Leaving:
    """One assessment that will be deleted, and when at the earliest."""

    assessment: Assessment
    at: datetime


def keeping(session: Session) -> Sequence[Position]:
    """Positions that keep nothing for ever."""
    wanted = select(Position).where(col(Position.keep_days).is_not(None))
    return session.exec(wanted.order_by(col(Position.created_at), Position.id)).all()


def positions_of(session: Session, organisation_id: str) -> Sequence[Position]:
    """Those of an organisation: who keeps data for a time before who keeps them for ever."""
    forever = col(Position.keep_days).is_(None)
    wanted = select(Position).where(Position.organisation_id == organisation_id)
    order = (forever, col(Position.created_at).desc(), col(Position.id))
    return session.exec(wanted.order_by(*order).limit(AT_ONCE)).all()


def keep_for(
    session: Session, position_id: str, days: int | None, now: datetime, *, actor: Actor
) -> None:
    """Keep data of a position for so many days from now on, also of a closed one; None: for ever.

    Raises:
        NotFound: there is no such position.
        BadInput: that is no number of days.
    """
    if days is not None and not DAYS_MIN <= days <= DAYS_MAX:
        raise BadInput(f"data are kept for {DAYS_MIN} to {DAYS_MAX:,} days, or for ever")
    position = locked(session, Position, position_id)
    position.keep_days = days
    _take_back(session, position, now)
    facts: dict[str, Detail] = {"keep_days": days}
    record(session, Tag.POSITION_CHANGED, by=actor, subject=position_id, now=now, details=facts)


def leaving(
    session: Session, position: Position, now: datetime, limit: int = AT_ONCE
) -> list[Leaving]:
    """Those of a position that are deleted next, the first one first."""
    if position.keep_days is None:
        return []
    days = timedelta(days=position.keep_days)
    found = session.exec(_over(position).order_by(end_of_sitting(), Assessment.id).limit(limit))
    return [Leaving(one, _goes_at(one, days, now)) for one in found]


def warn_due(session: Session, public_url: str, now: datetime) -> int:
    """Tell owners what will be deleted in a week; of how many assessments they were told.

    All of a position at once and in one statement: of two workers one tells.
    """
    told = 0
    for position in session.exec(select(Position).order_by(col(Position.id))).all():
        _take_back(session, position, now)
        count = _announce(session, position, now)
        if count:
            _warn(session, position, count, public_url, now)
        told += count
    return told


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Ids of those whose time is over, and whose owners were told a week ago."""
    found: list[str] = []
    for position in keeping(session):
        late = end_of_sitting() <= now - _days(position)
        told = col(Assessment.deletion_warned_at) <= now - NOTICE
        rows = session.exec(_over(position).where(late, told).limit(limit - len(found)))
        found += [row.id for row in rows]
    return found


def is_due(session: Session, assessment_id: str, now: datetime) -> bool:
    """The same of one that nobody else changes from now on: the position may have changed."""
    row = locked_if_any(session, Assessment, assessment_id)
    position = session.get(Position, row.position_id) if row and row.position_id else None
    end = ended_at(row) if row else None
    if row is None or position is None or position.keep_days is None or end is None:
        return False
    told = row.deletion_warned_at
    return end + _days(position) <= now and told is not None and told + NOTICE <= now


def asking(session: Session, organisation_id: str) -> Sequence[Assessment]:
    """Assessments whose candidates asked to be deleted; who waits longest comes first."""
    return session.exec(
        select(Assessment)
        .where(
            Assessment.organisation_id == organisation_id,
            col(Assessment.deletion_asked_at).is_not(None),
        )
        .order_by(col(Assessment.deletion_asked_at), Assessment.id)
        .limit(AT_ONCE)
    ).all()


def _announce(session: Session, position: Position, now: datetime) -> int:
    """Note that the owners are told now of those whose time is near; how many there are."""
    if position.keep_days is None:
        return 0
    unwarned = col(Assessment.deletion_warned_at).is_(None)
    near = end_of_sitting() <= now - _days(position) + NOTICE
    return _marked(session, (*_is_over(position), near, unwarned), now)


def _take_back(session: Session, position: Position, now: datetime) -> None:
    """Forget that something was announced whose time is not near any more."""
    warned = col(Assessment.deletion_warned_at).is_not(None)
    conditions = [*_is_over(position), warned]
    if position.keep_days is not None:
        conditions.append(end_of_sitting() > now - _days(position) + NOTICE)
    _marked(session, conditions, None)


def _marked(
    session: Session, conditions: Sequence[ColumnElement[bool]], warned_at: datetime | None
) -> int:
    session.flush()
    return session.exec(
        update(Assessment)
        .where(*conditions)
        .values(deletion_warned_at=warned_at)
        .execution_options(synchronize_session=False)
    ).rowcount


def _over(position: Position) -> SelectOfScalar[Assessment]:
    return select(Assessment).where(*_is_over(position))


def _is_over(position: Position) -> tuple[ColumnElement[bool], ...]:
    """The sittings of a position that have come to an end. No others are deleted for their age."""
    return (col(Assessment.position_id) == position.id, col(Assessment.state).in_(OVER))


def _days(position: Position) -> timedelta:
    return timedelta(days=position.keep_days or 0)


def _goes_at(row: Assessment, days: timedelta, now: datetime) -> datetime:
    told = row.deletion_warned_at or now
    return max((ended_at(row) or now) + days, told + NOTICE)


def _warn(
    session: Session,
    position: Position,
    count: int,
    public_url: str,
    now: datetime,
) -> None:
    """One letter to each owner, without names: mail is not private."""
    for owner in owners_of(session, position.organisation_id):
        session.add(
            Mail(
                id=f"{position.id}:deletion:{now.timestamp():.0f}:{owner.id}",
                recipient=owner.email,
                subject=f"Candidates' data will be deleted ({position.title})",
                body=_letter(owner.name, position, count, public_url, now),
                created_at=now,
            )
        )
    session.flush()


def _letter(name: str, position: Position, count: int, public_url: str, now: datetime) -> str:
    people = "one candidate" if count == 1 else f"{count} candidates"
    return f"""Hello {name or "there"},

the position "{position.title}" keeps personal data for {position.keep_days} days after the end. \
From {now + NOTICE:%a %d %b %Y} on, everything about {people} is deleted: names, addresses, \
repositories, results, reviews and letters. A count without names stays for statistics.

Who they are, and when each is deleted:

  {public_url.rstrip("/")}/hiring/data

To keep them longer, change there how long the position keeps data, before that day.
"""
