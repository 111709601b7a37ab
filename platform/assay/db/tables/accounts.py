"""Organisations, their members, and what lets somebody in."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from assay.db.base import Row
from assay.db.types import UtcDateTime, word_of
from assay.domain.permissions import Role


class Organisation(Row, table=True):
    """A company that invites candidates."""

    __tablename__ = "organisation"

    id: str = Field(primary_key=True)
    name: str = Field(max_length=200)
    created_at: datetime = Field(sa_type=UtcDateTime)


class User(Row, table=True):
    """A person of a hiring team. Candidates have no user: their invitation lets them in."""

    __tablename__ = "user_account"

    id: str = Field(primary_key=True)
    email: str = Field(unique=True, max_length=320, description="Lower case.")
    name: str = Field(default="", max_length=200)
    password_hash: str | None = Field(default=None, description="argon2id; None: links only.")
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Membership(Row, table=True):
    """What a user is in an organisation."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id"),)

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user_account.id", index=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    role: Role = Field(sa_type=word_of(Role))
    created_at: datetime = Field(sa_type=UtcDateTime)


class LoginSession(Row, table=True):
    """A browser that is signed in: of a user, or of a candidate to one assessment."""

    __tablename__ = "login_session"

    token_sha256: str = Field(primary_key=True, max_length=64)
    user_id: str | None = Field(default=None, foreign_key="user_account.id", index=True)
    assessment_id: str | None = Field(default=None, foreign_key="assessment.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class MagicLink(Row, table=True):
    """A link sent by mail that signs a user in, once."""

    __tablename__ = "magic_link"

    token_sha256: str = Field(primary_key=True, max_length=64)
    user_id: str = Field(foreign_key="user_account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiKey(Row, table=True):
    """Lets a program act in an organisation."""

    __tablename__ = "api_key"

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    name: str = Field(max_length=200)
    token_sha256: str = Field(unique=True, max_length=64)
    role: Role = Field(sa_type=word_of(Role))
    created_by: str = Field(foreign_key="user_account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
