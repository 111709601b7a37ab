"""A browser that is let in carries 256 bits of chance; we keep only their SHA-256."""

import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from assay.auth.principal import Candidate, Member, Nobody
from assay.db.tables import LoginSession, Membership, User
from assay.kit.ids import sha256_of

TOKEN_BYTES = 32
MEMBER_LASTS = timedelta(hours=12)
CANDIDATE_LASTS = timedelta(days=30)
"""From the invitation to reading the result; the link of the invitation opens another."""


def sign_in(session: Session, user_id: str, now: datetime) -> str:
    """Let a user's browser in: the token of its cookie."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        LoginSession(
            token_sha256=sha256_of(token),
            user_id=user_id,
            created_at=now,
            expires_at=now + MEMBER_LASTS,
        )
    )
    return token


def admit(session: Session, assessment_id: str, now: datetime) -> str:
    """Let a candidate's browser in to one assessment: the token of its cookie."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        LoginSession(
            token_sha256=sha256_of(token),
            assessment_id=assessment_id,
            created_at=now,
            expires_at=now + CANDIDATE_LASTS,
        )
    )
    return token


def whose_session(session: Session, token: str, now: datetime) -> Member | Candidate | Nobody:
    """Who carries this token. Changes nothing: fit for a reading transaction.

    A user of several organisations acts in the one joined first.
    """
    found = session.get(LoginSession, sha256_of(token)) if token else None
    if found is None or found.expires_at <= now:
        return Nobody()
    if found.assessment_id is not None:
        return Candidate(found.assessment_id)
    return _member(session, found.user_id)


def sign_out(session: Session, token: str) -> None:
    """The token opens nothing any more."""
    session.exec(delete(LoginSession).where(col(LoginSession.token_sha256) == sha256_of(token)))


def forget_expired(session: Session, now: datetime) -> int:
    """Remove the rows of sessions that are over; how many there were."""
    gone = session.exec(delete(LoginSession).where(col(LoginSession.expires_at) <= now))
    return gone.rowcount


def _member(session: Session, user_id: str | None) -> Member | Nobody:
    found = session.exec(
        select(Membership)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(Membership.user_id == user_id, col(User.disabled_at).is_(None))
        .order_by(col(Membership.created_at), col(Membership.id))
    ).first()
    if found is None:
        return Nobody()
    return Member(found.user_id, found.organisation_id, found.role)
