"""Organisations and the people in them."""

from datetime import datetime

from sqlmodel import Session, col, select

from assay.auth.passwords import hash_password
from assay.db.tables import Membership, Organisation, User
from assay.domain.errors import BadInput, Conflict
from assay.domain.permissions import Role
from assay.kit.ids import new_id


def create_organisation(session: Session, name: str, now: datetime) -> Organisation:
    """A new company, with nobody in it."""
    made = Organisation(id=new_id("org"), name=name, created_at=now)
    session.add(made)
    session.flush()
    return made


def create_user(
    session: Session, email: str, name: str, now: datetime, *, password: str | None = None
) -> User:
    """A new person. Without a password links and the company's own sign-in let them in.

    Raises:
        BadInput: the address is none, or the password too weak.
        Conflict: somebody has this address.
    """
    address = normal_email(email)
    if session.exec(select(User).where(User.email == address)).first() is not None:
        raise Conflict(f"{address} has an account already; add that user to the organisation")
    password_hash = None if password is None else hash_password(password)
    made = User(
        id=new_id("usr"), email=address, name=name, password_hash=password_hash, created_at=now
    )
    session.add(made)
    session.flush()
    return made


def add_member(
    session: Session, user_id: str, organisation_id: str, role: Role, now: datetime
) -> Membership:
    """Make a user a member.

    Raises:
        Conflict: they are one already.
    """
    if membership(session, user_id, organisation_id) is not None:
        raise Conflict("this user is a member of the organisation already; change the role instead")
    made = Membership(
        id=new_id("mbr"),
        user_id=user_id,
        organisation_id=organisation_id,
        role=role,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made


def membership(session: Session, user_id: str, organisation_id: str) -> Membership | None:
    """What a user is in an organisation."""
    return session.exec(
        select(Membership).where(
            Membership.user_id == user_id, Membership.organisation_id == organisation_id
        )
    ).first()


def owners_of(session: Session, organisation_id: str) -> list[User]:
    """Whom to tell what needs a person, by address."""
    return list(
        session.exec(
            select(User)
            .join(Membership, col(Membership.user_id) == col(User.id))
            .where(
                Membership.organisation_id == organisation_id,
                Membership.role == Role.OWNER,
                col(User.disabled_at).is_(None),
            )
            .order_by(col(User.email))
        )
    )


def active_user(session: Session, email: str) -> User | None:
    """Who has this address and may sign in."""
    return session.exec(
        select(User).where(User.email == email.strip().lower(), col(User.disabled_at).is_(None))
    ).first()


def normal_email(email: str) -> str:
    """An address as it is stored.

    Raises:
        BadInput: it is none. Whether it is somebody's only a mail can tell.
    """
    address = email.strip().lower()
    name, at, host = address.rpartition("@")
    plain = address.isprintable() and not any(c in address for c in ' ,;<>"')
    if not (name and at and host and plain) or len(address) > 320:
        raise BadInput(f"{email!r} is no e-mail address; write it as name@example.com")
    return address
