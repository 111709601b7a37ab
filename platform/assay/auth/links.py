"""A link sent by mail signs a user in, once, and soon.

Programs that scan mail open every link: following one must take a button (a POST), so that only
a person spends it.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, update

from assay.auth.accounts import active_user
from assay.db.tables import MagicLink, User
from assay.domain.errors import NotFound
from assay.kit.ids import new_token, sha256_of

LASTS = timedelta(minutes=15)
REFUSAL = "this sign-in link was used already, or is older than 15 minutes; ask for a new one"


def new_link(session: Session, email: str, now: datetime) -> str | None:
    """The token of a new link for whoever has this address; None if nobody has.

    Say the same to whoever asked in both cases: who has an account is nobody's business.
    """
    user = active_user(session, email)
    return None if user is None else new_link_for(session, user.id, now)


def new_link_for(session: Session, user_id: str, now: datetime) -> str:
    """The token of a new link for a user."""
    token = new_token("asl")
    session.add(
        MagicLink(
            token_sha256=sha256_of(token), user_id=user_id, created_at=now, expires_at=now + LASTS
        )
    )
    return token


def is_open(session: Session, token: str, now: datetime) -> bool:
    """Whether the link would sign somebody in. Spends nothing."""
    link = session.get(MagicLink, sha256_of(token))
    return link is not None and link.used_at is None and link.expires_at > now


def follow_link(session: Session, token: str, now: datetime) -> User:
    """Spend the link: the user to sign in. Of two who follow it at once, one is let in.

    Raises:
        NotFound: there is no such link, or it is spent, or too old, or the user is disabled.
    """
    digest = sha256_of(token)
    spent = session.exec(
        update(MagicLink)
        .where(
            col(MagicLink.token_sha256) == digest,
            col(MagicLink.used_at).is_(None),
            col(MagicLink.expires_at) > now,
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    link = session.get(MagicLink, digest) if spent.rowcount == 1 else None
    user = session.get(User, link.user_id) if link is not None else None
    if user is None or user.disabled_at is not None:
        raise NotFound(REFUSAL)
    return user


def forget_old_links(session: Session, now: datetime) -> int:
    """Remove the rows of links that are too old; how many there were."""
    return session.exec(delete(MagicLink).where(col(MagicLink.expires_at) <= now)).rowcount
