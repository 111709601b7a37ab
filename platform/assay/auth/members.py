"""Who is on a team, and as what. The last owner stays: nobody could let anybody in after that."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select

from assay.auth.accounts import add_member, create_user, membership, normal_email, owners_of
from assay.db.states import locked
from assay.db.tables import LoginSession, Membership, Organisation, User
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.permissions import Role

NAME_MAX = 200


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who shall join, as it was typed. `name`: "" to be called by the address."""

    email: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody on the team."""

    user: User
    role: Role
    since: datetime

    @property
    def title(self) -> str:
        """What they are called."""
        return self.user.name or self.user.email


def members_of(session: Session, organisation_id: str) -> list[Colleague]:
    """The team, by name."""
    found = session.exec(
        select(User, Membership)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(Membership.organisation_id == organisation_id)
    )
    team = [Colleague(user, row.role, row.created_at) for user, row in found]
    return sorted(team, key=lambda one: (one.title.casefold(), one.user.id))


def join(session: Session, organisation_id: str, wish: Newcomer, now: datetime) -> User:
    """Put somebody on the team. Who was on it before comes back under the name of then.

    Raises:
        BadInput: the address is none, or the name too long.
        Conflict: they are on it already, or belong to another company of this installation.
    """
    address = normal_email(wish.email)
    if len(wish.name) > NAME_MAX:
        raise BadInput(f"a name has at most {NAME_MAX} characters")
    locked(session, Organisation, organisation_id)
    user = session.exec(select(User).where(User.email == address)).first()
    if user is None:
        user = create_user(session, address, wish.name, now)
    _refuse_known(session, user, organisation_id)
    add_member(session, user.id, organisation_id, wish.role, now)
    return user


def change_role(session: Session, organisation_id: str, user_id: str, role: Role) -> Role:
    """Make somebody of the team something else: what they were.

    Raises:
        NotFound: nobody on the team has this id.
        Conflict: no owner would be left.
    """
    row = _on_the_team(session, organisation_id, user_id)
    was = row.role
    if role is not Role.OWNER:
        _refuse_last_owner(session, row)
    row.role = role
    session.flush()
    return was


def leave(session: Session, organisation_id: str, user_id: str) -> Role:
    """Take somebody off the team and out of every browser: what they were.

    What they did stays, under their name: reviews, decisions, the audit log.

    Raises:
        NotFound: nobody on the team has this id.
        Conflict: no owner would be left.
    """
    row = _on_the_team(session, organisation_id, user_id)
    was = row.role
    _refuse_last_owner(session, row)
    session.exec(delete(LoginSession).where(col(LoginSession.user_id) == user_id))
    session.delete(row)
    session.flush()
    return was


def rename(session: Session, organisation_id: str, name: str) -> None:
    """Call the company something else, in mails and on pages, from now on.

    Raises:
        BadInput: that is no name.
    """
    if not 1 <= len(name) <= NAME_MAX:
        raise BadInput(f"give the company a name of 1 to {NAME_MAX} characters")
    locked(session, Organisation, organisation_id).name = name
    session.flush()


def _on_the_team(session: Session, organisation_id: str, user_id: str) -> Membership:
    """Their membership. One after the other: two owners cannot make each other the last one."""
    locked(session, Organisation, organisation_id)
    row = membership(session, user_id, organisation_id)
    if row is None:
        raise NotFound("there is nobody of this id on your team")
    return row


def _refuse_last_owner(session: Session, row: Membership) -> None:
    """Who cannot sign in any more lets nobody in either, and does not count."""
    others = (one for one in owners_of(session, row.organisation_id) if one.id != row.user_id)
    if row.role is Role.OWNER and not any(others):
        raise Conflict("a team needs an owner: make somebody else one first")


def _refuse_known(session: Session, user: User, organisation_id: str) -> None:
    if user.disabled_at is not None:
        raise Conflict(f"the account of {user.email} was switched off by who runs this platform")
    if membership(session, user.id, organisation_id) is not None:
        raise Conflict(f"{user.email} is on the team already: change the role in the list")
    if session.exec(select(Membership.id).where(Membership.user_id == user.id)).first():
        raise Conflict(
            f"{user.email} belongs to another company on this platform; use another address"
        )
