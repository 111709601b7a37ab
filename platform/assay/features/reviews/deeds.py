"""The audit log as its page and its export show it. Names are looked up now, and stored nowhere.

Whom an entry names may be gone: then the id is all that is left, as it was promised to them.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from assay.audit.ledger import Detail
from assay.db.tables import (
    ApiKey,
    Assessment,
    AuditEntry,
    Endpoint,
    Evaluation,
    Membership,
    Position,
    Submission,
    User,
)
from assay.features.reviews.blind import portions

PAGE = 50
EXPORT_MAX = 20_000
SYSTEM = "Assay itself"
GONE = "deleted"
COMPANY = "the organisation"
HIDDEN = "until your own review is handed in"
"""In place of what an entry says of a candidate whom its reader still reviews blindly: reasons and
verdicts of others."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are wanted; what is empty or None narrows nothing.

    Attributes:
        actor: "user:ID", "key:ID", "endpoint:ID", or "system".
        action: "subject:deed", or "subject:" for all deeds about such a thing.
        assessment_id: Entries about it, its pushes and its evaluations.
        since, until: From the first on, and before the second.
        before: Id of the last entry of the page before.
    """

    actor: str = ""
    action: str = ""
    assessment_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry.

    Attributes:
        who: Name, as far as it is still known.
        about: What it was done to, in words.
        assessment_id: Which candidate's it is; "" if nobody's, or deleted.
        details: As stored; of a candidate who must not be known yet that they are hidden.
    """

    id: int
    at: datetime
    who: str
    actor: str
    action: str
    about: str
    subject: str
    assessment_id: str
    details: dict[str, Detail]
    address: str


@dataclass(frozen=True, slots=True)
class Deeds:
    """A page, the latest first. `before`: how to ask for the next; None at the end."""

    deeds: Sequence[Deed]
    before: int | None


@dataclass(frozen=True, slots=True)
class _Names:
    """What ids stand for, of those that are still there."""

    users: dict[str, str]
    keys: dict[str, str]
    endpoints: dict[str, str]
    positions: dict[str, str]
    candidates: dict[str, str]
    owners: dict[str, str]
    """Submission or evaluation -> its assessment."""


def deeds(
    session: Session,
    organisation_id: str,
    wanted: Filter,
    hidden: Collection[str] = (),
    limit: int = PAGE,
) -> Deeds:
    """What was done in an organisation.

    Args:
        session: Of the caller.
        organisation_id: Whose log.
        wanted: Which entries.
        hidden: Assessments whose candidate who asks must not know yet.
        limit: How many at most.
    """
    query = select(AuditEntry).where(AuditEntry.organisation_id == organisation_id)
    for condition in _conditions(session, wanted):
        query = query.where(condition)
    found = session.exec(query.order_by(col(AuditEntry.id).desc()).limit(limit + 1)).all()
    shown = found[:limit]
    names = _names(session, shown)
    told = [_deed(row, names, hidden) for row in shown]
    return Deeds(told, told[-1].id if len(found) > limit else None)


def actors_of(session: Session, organisation_id: str) -> list[tuple[str, str]]:
    """Who can have done something: "user:ID", "key:ID" or "endpoint:ID", and a name."""
    keys = select(ApiKey.id, ApiKey.name).where(ApiKey.organisation_id == organisation_id)
    ends = select(Endpoint.id, Endpoint.name).where(Endpoint.organisation_id == organisation_id)
    people = _members(session, organisation_id)
    programs = [(f"key:{one}", f"key {name}") for one, name in session.exec(keys)]
    programs += [(f"endpoint:{one}", f"integration {name}") for one, name in session.exec(ends)]
    return [*people, *programs, ("system", SYSTEM)]


def _members(session: Session, organisation_id: str) -> list[tuple[str, str]]:
    """Those there are now; of somebody who left, an entry leads to the others."""
    found = session.exec(
        select(User.id, User.name, User.email)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(Membership.organisation_id == organisation_id)
    )
    people = [(f"user:{one}", name or email) for one, name, email in found]
    return sorted(people, key=lambda who: who[1].casefold())


def _conditions(session: Session, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.actor:
        yield col(AuditEntry.actor) == wanted.actor
    if wanted.action.endswith(":"):
        yield col(AuditEntry.action).startswith(wanted.action, autoescape=True)
    elif wanted.action:
        yield col(AuditEntry.action) == wanted.action
    if wanted.assessment_id:
        about = _belonging(session, wanted.assessment_id)
        own = col(AuditEntry.actor) == f"candidate:{wanted.assessment_id}"
        yield or_(col(AuditEntry.subject).in_(about), own)
    if wanted.since:
        yield col(AuditEntry.at) >= wanted.since
    if wanted.until:
        yield col(AuditEntry.at) < wanted.until
    if wanted.before is not None:
        yield col(AuditEntry.id) < wanted.before


def _belonging(session: Session, assessment_id: str) -> list[str]:
    """The assessment, its pushes and its evaluations."""
    pushes = select(Submission.id).where(Submission.assessment_id == assessment_id)
    runs = select(Evaluation.id).where(Evaluation.assessment_id == assessment_id)
    return [assessment_id, *session.exec(pushes), *session.exec(runs)]


def _names(session: Session, rows: Sequence[AuditEntry]) -> _Names:
    mentioned = {row.subject for row in rows} | {row.actor.partition(":")[2] for row in rows}

    def told(kind: str, columns: Sequence[Any]) -> dict[str, str]:
        return _told(session, _of_kind(mentioned, kind), columns)

    owners = told("sub", (Submission.id, Submission.assessment_id))
    owners |= told("evl", (Evaluation.id, Evaluation.assessment_id))
    there = {*_of_kind(mentioned, "asm"), *owners.values()}
    called = (Assessment.id, Assessment.candidate_name, Assessment.candidate_email)
    return _Names(
        users=told("usr", (User.id, User.name, User.email)),
        keys=told("key", (ApiKey.id, ApiKey.name)),
        endpoints=told("end", (Endpoint.id, Endpoint.name)),
        positions=told("pos", (Position.id, Position.title)),
        candidates=_told(session, list(there), called),
        owners=owners,
    )


def _told(session: Session, ids: Sequence[str], columns: Sequence[Any]) -> dict[str, str]:
    """Id, the first column, -> the first of the others that says something; in portions."""
    found: dict[str, str] = {}
    for some in portions(ids):
        for one, *said in session.exec(select(*columns).where(columns[0].in_(some))):
            found[one] = next(filter(None, said), "")
    return found


def _of_kind(ids: Iterable[str], kind: str) -> list[str]:
    return [one for one in ids if one.startswith(f"{kind}_")]


def _deed(row: AuditEntry, names: _Names, hidden: Collection[str]) -> Deed:
    about = names.owners.get(row.subject, row.subject)
    return Deed(
        id=row.id or 0,
        at=row.at,
        who=_who(row.actor, names, hidden),
        actor=row.actor,
        action=row.action,
        about=_about(row.subject, names, hidden),
        subject=row.subject,
        assessment_id=about if about in names.candidates else "",
        details={"hidden": HIDDEN} if about in hidden else json.loads(row.details),
        address=row.address,
    )


def _who(actor: str, names: _Names, hidden: Collection[str]) -> str:
    kind, _, one = actor.partition(":")
    match kind:
        case "user":
            return names.users.get(one, f"{GONE} user")
        case "key":
            return f"key {names.keys.get(one, GONE)}"
        case "endpoint":
            return f"integration {names.endpoints.get(one, GONE)}"
        case "candidate":
            return _candidate(one, names, hidden)
        case "system":
            return SYSTEM
        case _:
            return actor


def _about(subject: str, names: _Names, hidden: Collection[str]) -> str:
    kind = subject.partition("_")[0]
    match kind:
        case "asm":
            return _candidate(subject, names, hidden)
        case "sub" | "evl":
            what = "push" if kind == "sub" else "evaluation"
            return f"{what} of {_candidate(names.owners.get(subject, ''), names, hidden)}"
        case "usr":
            return names.users.get(subject, f"{GONE} user")
        case "key":
            return f"key {names.keys.get(subject, GONE)}"
        case "end":
            return f"integration {names.endpoints.get(subject, GONE)}"
        case "pos":
            return f"position {names.positions.get(subject, GONE)}"
        case "org":
            return COMPANY
        case _:
            return subject


def _candidate(assessment_id: str, names: _Names, hidden: Collection[str]) -> str:
    if assessment_id in hidden:
        return "a candidate under review"
    return names.candidates.get(assessment_id, f"{GONE} candidate")
