"""Who listens: endpoints as an owner makes, changes and switches them off.

Every function works in the caller's transaction and never commits. Whether the caller may is the
caller's to check.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from assay.audit.ledger import SYSTEM, Actor, Detail, record
from assay.audit.tags import Tag
from assay.db.states import locked
from assay.db.tables import Endpoint
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.hiring import EndpointKind, EventKind
from assay.features.integrations import ashby, lever, signing
from assay.features.integrations.addresses import address_of
from assay.features.integrations.keys import new_key
from assay.kit.ids import new_id
from assay.kit.text import one_line

NAME_MAX = 80
GIVEN_MAX = 100
"""Of a secret that another system made: two of ours and a blank fit beside it."""
MOST = 50
"""Endpoints of an organisation."""
CHOSEN = tuple(kind for kind in EventKind if kind is not EventKind.TESTED)
"""What an endpoint can choose to be told of."""
VENDORS = (EndpointKind.GREENHOUSE, EndpointKind.ASHBY, EndpointKind.LEVER)
PLACES = {EndpointKind.ASHBY: ashby.API, EndpointKind.LEVER: lever.API}
"""Where a vendor's own interface is; another place is for trying things out."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an endpoint shall be.

    Attributes:
        url: Where to; "" of Greenhouse, which says so with each order, and of vendors whose
            place we know.
        events: What it is told of; none: of all.
        personal: Whether it is told names and mail addresses.
        their_key: The key that Ashby or Lever made for us.
        their_token: The signature token of Lever's webhook.
        plain: Whether http is good enough (`addresses.address_of`).
    """

    kind: EndpointKind
    name: str
    url: str = ""
    events: Sequence[EventKind] = ()
    personal: bool = False
    their_key: str = ""
    their_token: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """An endpoint and the secret that belongs to it: shown once, "" if there is none to show."""

    endpoint: Endpoint
    secret: str


def add(
    session: Session,
    organisation_id: str,
    wish: Wish,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
) -> Made:
    """Make an endpoint.

    Raises:
        BadInput: something is missing or wrong; everything that is so is told.
        Conflict: there are too many.
    """
    url = _place(wish.kind, wish.url or PLACES.get(wish.kind, ""))
    _refuse(wish, url)
    if len(endpoints_of(session, organisation_id)) >= MOST:
        raise Conflict(f"an organisation has at most {MOST} endpoints; remove one that is not used")
    secret, shown = _secret(wish)
    made = Endpoint(
        id=new_id("end"),
        organisation_id=organisation_id,
        kind=wish.kind,
        name=one_line(wish.name, NAME_MAX),
        url=url,
        secret=secret,
        events=_stored(wish.events),
        personal=wish.personal,
        created_by=actor.name.partition("user:")[2] or None,
        created_at=now,
    )
    session.add(made)
    session.flush()
    _note(session, made, Tag.ENDPOINT_ADDED, actor, now, kind=made.kind.value)
    return Made(made, shown)


def change(
    session: Session,
    organisation_id: str,
    endpoint_id: str,
    wish: Wish,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
) -> Endpoint:
    """Change name, address, events and whether it is told names; kind and secrets stay.

    Raises:
        NotFound: the organisation has no such endpoint.
        BadInput: something is wrong.
    """
    row = _own_locked(session, organisation_id, endpoint_id)
    wish = replace(wish, kind=row.kind)
    url = _place(row.kind, wish.url or row.url)
    _refuse(wish, url, is_new=False)
    row.name, row.url = one_line(wish.name, NAME_MAX), url
    row.events, row.personal = _stored(wish.events), wish.personal
    _note(session, row, Tag.ENDPOINT_CHANGED, actor, now, personal=row.personal)
    return row


def change_secret(
    session: Session, organisation_id: str, endpoint_id: str, now: datetime, *, actor: Actor
) -> Made:
    """Make another secret. Of signed endpoints the one before goes on signing for a day.

    Raises:
        NotFound: the organisation has no such endpoint.
        Conflict: we made no secret for it.
    """
    row = _own_locked(session, organisation_id, endpoint_id)
    match row.kind:
        case EndpointKind.SIGNED:
            new = signing.new_secret()
            row.secret = signing.changed(row.secret, new, now)
        case EndpointKind.GREENHOUSE:
            new = row.secret = new_key()
        case EndpointKind.ASHBY:
            new = new_key()
            row.secret = f"{new} {row.secret.split()[-1]}"
        case EndpointKind.SLACK | EndpointKind.LEVER:
            raise Conflict("its secrets were made over there; add an endpoint with the new ones")
    _note(session, row, Tag.ENDPOINT_CHANGED, actor, now, renewed=True)
    return Made(row, new)


def disable(
    session: Session,
    organisation_id: str,
    endpoint_id: str,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
    reason: str = "",
) -> Endpoint:
    """Nothing more is sent there, and nobody calls with its key. Again changes nothing.

    Raises:
        NotFound: the organisation has no such endpoint.
    """
    row = _own_locked(session, organisation_id, endpoint_id)
    if row.disabled_at is None:
        row.disabled_at = now
        _note(session, row, Tag.ENDPOINT_DISABLED, actor, now, reason=reason)
    return row


def enable(
    session: Session, organisation_id: str, endpoint_id: str, now: datetime, *, actor: Actor
) -> Endpoint:
    """What waited is sent. What happened meanwhile is not made up for.

    Raises:
        NotFound: the organisation has no such endpoint.
    """
    row = _own_locked(session, organisation_id, endpoint_id)
    if row.disabled_at is not None:
        row.disabled_at = None
        _note(session, row, Tag.ENDPOINT_CHANGED, actor, now, enabled=True)
    return row


def endpoints_of(session: Session, organisation_id: str) -> list[Endpoint]:
    """All of an organisation, the newest first."""
    wanted = select(Endpoint).where(Endpoint.organisation_id == organisation_id)
    order = (col(Endpoint.created_at).desc(), col(Endpoint.id))
    return list(session.exec(wanted.order_by(*order)))


def own_endpoint(session: Session, organisation_id: str, endpoint_id: str) -> Endpoint:
    """One of an organisation.

    Raises:
        NotFound: it has none of this id.
    """
    row = session.get(Endpoint, endpoint_id)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound("There is no such endpoint in your organisation.")
    return row


def is_told_of(endpoint: Endpoint, kind: EventKind) -> bool:
    """Whether it wants to hear of such an event. Vendors decide by what their format tells."""
    chosen = events_of(endpoint)
    return not chosen or kind in chosen or endpoint.kind in VENDORS


def events_of(endpoint: Endpoint) -> list[EventKind]:
    """What it chose to be told of; none: of all."""
    return [EventKind(word) for word in endpoint.events.split()]


def _own_locked(session: Session, organisation_id: str, endpoint_id: str) -> Endpoint:
    own_endpoint(session, organisation_id, endpoint_id)
    return locked(session, Endpoint, endpoint_id)


def _refuse(wish: Wish, url: str, *, is_new: bool = True) -> None:
    problems: list[str] = []
    if not one_line(wish.name, NAME_MAX).strip():
        problems.append("give it a name to know it by")
    if wish.kind is not EndpointKind.GREENHOUSE:
        try:
            address_of(url, plain=wish.plain)
        except BadInput as error:
            problems.append(str(error))
    if is_new:
        problems += _missing(wish)
    if problems:
        raise BadInput(*problems)


def _missing(wish: Wish) -> list[str]:
    """Which secret of another system is not there, or is none."""
    needed = {
        EndpointKind.ASHBY: {"the API key that Ashby made": wish.their_key},
        EndpointKind.LEVER: {
            "the API key that Lever made": wish.their_key,
            "the signature token of Lever's webhook": wish.their_token,
        },
    }
    return [
        f"paste {what}, 1 to {GIVEN_MAX} plain characters without a blank"
        for what, value in needed.get(wish.kind, {}).items()
        if not 1 <= len(value) <= GIVEN_MAX or not value.isascii() or not value.isprintable()
        or " " in value or ":" in value
    ]  # fmt: skip


def _secret(wish: Wish) -> tuple[str, str]:
    """What is stored, and what of it is shown this once."""
    match wish.kind:
        case EndpointKind.SIGNED:
            made = signing.new_secret()
            return made, made
        case EndpointKind.SLACK:
            return "", ""
        case EndpointKind.GREENHOUSE:
            made = new_key()
            return made, made
        case EndpointKind.ASHBY:
            made = new_key()
            return f"{made} {wish.their_key}", made
        case EndpointKind.LEVER:
            return f"{wish.their_token} {wish.their_key}", ""


def _place(kind: EndpointKind, url: str) -> str:
    """Where to; of a vendor's interface what its calls are appended to.

    Greenhouse says where with each order: whatever else is given is dropped, for nobody looks
    at it.
    """
    if kind is EndpointKind.GREENHOUSE:
        return ""
    return url.rstrip("/") if kind in VENDORS else url


def _stored(events: Sequence[EventKind]) -> str:
    chosen = [kind.value for kind in CHOSEN if kind in events]
    return "" if len(chosen) == len(CHOSEN) else " ".join(chosen)


def _note(
    session: Session, row: Endpoint, tag: Tag, actor: Actor, now: datetime, **details: Detail
) -> None:
    by = replace(actor, organisation_id=row.organisation_id)
    record(session, tag, by=by, subject=row.id, now=now, details=details)
