"""Pipelines as pages and the API show them: what slices know apart, put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from assay.audit.ledger import Actor
from assay.auth.principal import Staff
from assay.db.tables import Assessment, Membership, Position, User
from assay.domain.errors import BadInput, NotFound, Refused
from assay.domain.permissions import Role
from assay.features.assessments import reminding
from assay.features.assessments import service as assessments
from assay.features.positions.pipeline import PAGE, Place, is_in, number_in, page_of
from assay.features.positions.rows import Candidate, candidates_of
from assay.features.positions.service import own_position
from assay.features.positions.wanted import Wanted, cleaned
from assay.web.blinding import hidden_from, hidden_rows_from
from assay.web.platform import Platform

ROWS_MAX = 10_000
"""Of an export. More are asked for by a filter, or by the API page by page."""
EXPORT_PAGE = 500
TICKED_MAX = 200
"""Candidates that one deed is done to at a time."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of candidates. `after`: how to ask for the next ones, "" at the end."""

    rows: Sequence[Candidate]
    after: str


def place_of(session: Session, staff: Staff, position_id: str | None) -> Place:
    """A position of whoever asks; None: those invited without one.

    Raises:
        NotFound: their organisation has no such position.
    """
    if position_id is not None:
        own_position(session, staff.organisation_id, position_id)
    return Place(staff.organisation_id, position_id)


def shown_to(
    session: Session, staff: Staff, place: Place, wanted: Wanted, after: str = "", limit: int = PAGE
) -> Shown:
    """A page as this person may see it: without the names of those they still have to judge.

    Raises:
        NotFound: there is no such place to go on.
    """
    wanted, unknown = cleaned(wanted), hidden_rows_from(staff)
    page = page_of(session, place, wanted, after=after, limit=limit, hidden=unknown)
    rows = _seen_by(session, staff, page.rows)
    if (
        wanted.search
    ):  # whose result came a moment ago is hidden, and was found by name all the same
        number = number_in(wanted.search)
        rows = [row for row in rows if not row.is_hidden or row.number == number]
    return Shown(rows, page.after)


def all_shown_to(session: Session, staff: Staff, place: Place, wanted: Wanted) -> list[Candidate]:
    """Every candidate that is wanted, for an export.

    Raises:
        BadInput: there are too many.
    """
    found: list[Candidate] = []
    after = ""
    while True:
        page = shown_to(session, staff, place, wanted, after, EXPORT_PAGE)
        found += page.rows
        after = page.after
        if not after:
            return found
        if len(found) >= ROWS_MAX:
            raise BadInput(f"more than {ROWS_MAX:,} candidates: narrow the list by a filter first")


def ticked_by(session: Session, staff: Staff, place: Place, ids: Sequence[str]) -> list[Candidate]:
    """These candidates of a place, as this person may see them.

    Raises:
        BadInput: none were named, or too many.
        NotFound: one of them is not here.
    """
    if not ids:
        raise BadInput("nobody is ticked: tick the candidates first, then choose what to do")
    if len(ids) > TICKED_MAX:
        raise BadInput(f"{len(ids)} candidates are too many: at most {TICKED_MAX} at a time")
    wanted = select(Assessment).where(is_in(place, ids)).order_by(col(Assessment.number))
    rows = session.exec(wanted).all()
    if len(rows) != len(set(ids)):
        raise NotFound("One of these candidates is not here any more: load the list anew.")
    return _seen_by(session, staff, rows)


def _seen_by(session: Session, staff: Staff, rows: Sequence[Assessment]) -> list[Candidate]:
    hidden = hidden_from(session, staff, [row.id for row in rows])
    return candidates_of(session, rows, hidden)


def reviewers_in(session: Session, organisation_id: str) -> dict[str, str]:
    """User -> name of those who may review in an organisation, by name."""
    rows = session.exec(
        select(User)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(
            Membership.organisation_id == organisation_id,
            col(Membership.role).in_([Role.OWNER, Role.REVIEWER]),
        )
        .order_by(col(User.name), col(User.email))
    ).all()
    return {user.id: user.name or user.email for user in rows}


Deed = Callable[[Session, str], None]
"""What is done to a candidate, by id, in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of them. `why_not`: "" if it was done."""

    assessment_id: str
    why_not: str = ""


def reminding_by(platform: Platform, actor: Actor) -> Deed:
    """Write to them again."""
    now, url = platform.now(), platform.public_url

    def do(session: Session, assessment_id: str) -> None:
        reminding.remind(session, assessment_id, url, now, actor=actor)

    return do


def extending_by(platform: Platform, actor: Actor, hours: float, reason: str) -> Deed:
    """Give them more time."""
    now, more = platform.now(), timedelta(hours=hours)

    def do(session: Session, assessment_id: str) -> None:
        assessments.extend(session, assessment_id, more, reason, now, actor=actor)

    return do


def revoking_by(platform: Platform, actor: Actor, reason: str) -> Deed:
    """Withdraw their invitations and sittings."""
    now = platform.now()

    def do(session: Session, assessment_id: str) -> None:
        assessments.revoke(session, platform.jobs, assessment_id, reason, now, actor=actor)

    return do


def done_to_each(platform: Platform, deed: Deed, ids: Sequence[str]) -> list[Outcome]:
    """Do it to each of them; what cannot be done to one keeps nobody else from it."""
    return [Outcome(one, _tried(platform, deed, one)) for one in ids]


def _tried(platform: Platform, deed: Deed, assessment_id: str) -> str:
    try:
        with platform.database.write() as session:
            deed(session, assessment_id)
    except (BadInput, Refused) as refused:
        return str(refused)
    return ""


def positions_of(session: Session, organisation_id: str) -> list[Position]:
    """The positions of an organisation, the open ones first, then the newest."""
    wanted = select(Position).where(Position.organisation_id == organisation_id)
    order = (col(Position.closed_at).is_not(None), col(Position.created_at).desc())
    return list(session.exec(wanted.order_by(*order, col(Position.id))))
