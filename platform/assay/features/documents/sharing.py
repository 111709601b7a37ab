"""Links that let somebody without an account read one scorecard, for a while.

The token is in the address and nowhere else: kept is its digest. Every function works in the
caller's transaction and never commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from assay.audit.ledger import Actor, Detail, record
from assay.audit.tags import Tag
from assay.db.results import judged_evaluation
from assay.db.tables import ShareLink
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.kit.ids import new_id, new_token, sha256_of

DAYS_MIN, DAYS_MAX = 1, 90
LINKS_MAX = 20
"""Open at once for one assessment: more are a sign that somebody shares by program."""
SEEN_EVERY = timedelta(minutes=1)
"""So often is it written down that a link was followed."""
CLOSED = "this link opens nothing: it has ended, was taken back, or was not copied whole"


@dataclass(frozen=True, slots=True)
class ShareOrder:
    """A link to make.

    Attributes:
        anonymous: Without the candidate's name.
        user_id: Who made it; of a key: who made the key.
    """

    assessment_id: str
    days: int
    anonymous: bool
    user_id: str
    actor: Actor


@dataclass(frozen=True, slots=True)
class Shared:
    """A link that was made. The token is shown this once."""

    link: ShareLink
    token: str

    @property
    def path(self) -> str:
        """Below the public address."""
        return f"/shared/{self.token}"


def share(session: Session, order: ShareOrder, now: datetime) -> Shared:
    """Make a link.

    Raises:
        BadInput: it would last for too long, or not at all.
        Conflict: there is no result to show, or there are too many links.
    """
    if not DAYS_MIN <= order.days <= DAYS_MAX:
        raise BadInput(f"a link lasts {DAYS_MIN} to {DAYS_MAX} days; say how many")
    if judged_evaluation(session, order.assessment_id) is None:
        raise Conflict("there is nothing to share yet: the last push is not judged")
    still_open = [one for one in links_of(session, order.assessment_id) if is_open(one, now)]
    if len(still_open) >= LINKS_MAX:
        raise Conflict(f"there are {LINKS_MAX} open links already; take one back first")
    token = new_token("shr")
    link = ShareLink(
        id=new_id("shl"),
        assessment_id=order.assessment_id,
        token_sha256=sha256_of(token),
        anonymous=order.anonymous,
        created_by=order.user_id,
        created_at=now,
        expires_at=now + timedelta(days=order.days),
    )
    session.add(link)
    session.flush()
    facts: dict[str, Detail] = {
        "link": link.id,
        "days": order.days,
        "anonymous": order.anonymous,
    }
    record(session, Tag.SHARED, by=order.actor, subject=order.assessment_id, now=now, details=facts)
    return Shared(link, token)


def links_of(session: Session, assessment_id: str) -> Sequence[ShareLink]:
    """All links of an assessment, the newest first."""
    wanted = select(ShareLink).where(ShareLink.assessment_id == assessment_id)
    order = (col(ShareLink.created_at).desc(), col(ShareLink.id))
    return session.exec(wanted.order_by(*order)).all()


def is_open(link: ShareLink, now: datetime) -> bool:
    """Whether it still opens something."""
    return link.revoked_at is None and now < link.expires_at


def take_back(
    session: Session, assessment_id: str, link_id: str, now: datetime, *, actor: Actor
) -> None:
    """Let a link open nothing any more. Again changes nothing.

    Raises:
        NotFound: the assessment has no such link.
    """
    link = session.get(ShareLink, link_id)
    if link is None or link.assessment_id != assessment_id:
        raise NotFound("there is no such link of this assessment")
    if link.revoked_at is None:
        link.revoked_at = now
        facts = {"link": link.id}
        record(session, Tag.SHARE_REVOKED, by=actor, subject=assessment_id, now=now, details=facts)


def opened(session: Session, token: str, now: datetime) -> ShareLink:
    """The link of a token.

    Raises:
        NotFound: it opens nothing, whatever the reason.
    """
    wanted = select(ShareLink).where(ShareLink.token_sha256 == sha256_of(token))
    link = session.exec(wanted).first()
    if link is None or not is_open(link, now):
        raise NotFound(CLOSED)
    return link


def is_worth_noting(link: ShareLink, now: datetime) -> bool:
    """Whether `note_seen` would change anything: saves a transaction that writes."""
    return link.seen_at is None or link.seen_at + SEEN_EVERY <= now


def note_seen(session: Session, link_id: str, now: datetime) -> None:
    """It was followed."""
    link = session.get(ShareLink, link_id)
    if link:
        link.seen_at = now
