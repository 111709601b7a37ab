"""API keys: a program acts in an organisation, with a role of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from assay.auth.principal import Key, Nobody
from assay.db.tables import ApiKey
from assay.domain.errors import BadInput, NotFound
from assay.domain.permissions import Role
from assay.kit.ids import new_id, new_token, sha256_of

NOTED_EVERY = timedelta(minutes=5)
"""A busy program costs one write in this time."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. `token` is shown once and stored nowhere."""

    id: str
    token: str


@dataclass(frozen=True, slots=True)
class KeyOrder:
    """What somebody wants a key for."""

    organisation_id: str
    name: str
    role: Role
    created_by: str


def create_key(session: Session, order: KeyOrder, now: datetime) -> NewKey:
    """Make a key.

    Raises:
        BadInput: it has no name to know it by later.
    """
    name = order.name.strip()
    if not 1 <= len(name) <= 200:
        raise BadInput("name the key after what uses it, in 1 to 200 characters")
    made = NewKey(new_id("key"), new_token("ask"))
    session.add(
        ApiKey(
            id=made.id,
            organisation_id=order.organisation_id,
            name=name,
            token_sha256=sha256_of(made.token),
            role=order.role,
            created_by=order.created_by,
            created_at=now,
        )
    )
    session.flush()
    return made


def whose_key(session: Session, token: str) -> Key | Nobody:
    """Who carries this token. Changes nothing: fit for a reading transaction."""
    found = session.exec(
        select(ApiKey).where(
            ApiKey.token_sha256 == sha256_of(token), col(ApiKey.revoked_at).is_(None)
        )
    ).first()
    return Nobody() if found is None else Key(found.id, found.organisation_id, found.role)


def note_use(session: Session, key_id: str, now: datetime) -> None:
    """Remember when the key was last used, to some minutes."""
    long_ago = col(ApiKey.last_used_at).is_(None) | (col(ApiKey.last_used_at) <= now - NOTED_EVERY)
    session.exec(
        update(ApiKey)
        .where(col(ApiKey.id) == key_id, long_ago)
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


def is_use_worth_noting(session: Session, key_id: str, now: datetime) -> bool:
    """Whether `note_use` would change anything: saves a transaction that writes."""
    found = session.get(ApiKey, key_id)
    return found is not None and (
        found.last_used_at is None or found.last_used_at <= now - NOTED_EVERY
    )


def keys_of(session: Session, organisation_id: str) -> list[ApiKey]:
    """The keys of an organisation, the newest first, also revoked ones."""
    wanted = select(ApiKey).where(ApiKey.organisation_id == organisation_id)
    return list(session.exec(wanted.order_by(col(ApiKey.created_at).desc(), col(ApiKey.id))))


def revoke_key(session: Session, organisation_id: str, key_id: str, now: datetime) -> None:
    """The key opens nothing any more. Revoked twice it stays as it was.

    Raises:
        NotFound: this organisation has no such key.
    """
    found = session.get(ApiKey, key_id)
    if found is None or found.organisation_id != organisation_id:
        raise NotFound("there is no such key in your organisation")
    if found.revoked_at is None:
        found.revoked_at = now
        session.add(found)
