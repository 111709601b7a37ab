"""What a new installation begins with, and how its owner gets in without a password."""

from datetime import datetime

from sqlmodel import Session, col, select

from assay.auth.accounts import add_member, create_organisation, create_user
from assay.auth.links import new_link, new_link_for
from assay.db.tables import Membership, Organisation, User
from assay.domain.errors import BadInput
from assay.domain.permissions import Role

OWNER = "owner@assay.localhost"
ORGANISATION = "Demo"


def seed(session: Session, now: datetime) -> bool:
    """Make the demo organisation with an owner, if there is none at all; whether it was made."""
    if session.exec(select(Organisation.id).limit(1)).first():
        return False
    organisation = create_organisation(session, ORGANISATION, now)
    owner = create_user(session, OWNER, "Owner", now)
    add_member(session, owner.id, organisation.id, Role.OWNER, now)
    return True


def demo_organisation(session: Session) -> str:
    """Id of the organisation a first start makes: whose owner has no address but this machine's.

    Raises:
        BadInput: there is none.
    """
    wanted = (
        select(Membership.organisation_id)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(User.email == OWNER, Membership.role == Role.OWNER)
        .order_by(col(Membership.created_at))
    )
    found = session.exec(wanted).first()
    if found is None:
        raise BadInput(
            f"demo data goes only into the organisation that a first start makes, that of {OWNER}; "
            "this installation has none: set ASSAY_HOME to a new directory"
        )
    return found


def member_link(session: Session, email: str, now: datetime) -> str:
    """Path of a link that signs somebody in, once: for who runs the platform without mail.

    Raises:
        BadInput: nobody on a team has this address.
    """
    token = new_link(session, email, now)
    if token is None:
        raise BadInput(
            f"nobody on a team has the address {email}; an owner adds people under Team, on "
            "/hiring/team"
        )
    return f"/hiring/link/{token}"


def owner_link(session: Session, now: datetime) -> str:
    """Path of a link that signs the first owner in, once.

    Raises:
        BadInput: nobody owns anything.
    """
    owner_id = session.exec(
        select(User.id)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(Membership.role == Role.OWNER, col(User.disabled_at).is_(None))
        .order_by(col(Membership.created_at))
    ).first()
    if owner_id is None:
        raise BadInput("there is no owner to sign in; `assay up` makes one at its first start")
    return f"/hiring/link/{new_link_for(session, owner_id, now)}"
