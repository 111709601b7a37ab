"""What owners are written when another system cannot be told, or complains. No name, no score."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from assay.auth.accounts import owners_of
from assay.db.tables import Delivery, Endpoint, Mail
from assay.features.integrations.endpoints import VENDORS
from assay.kit.text import one_line

PROBLEMS_MAX, PROBLEM_MAX = 5, 300


@dataclass(frozen=True, slots=True)
class Told:
    """One message to the owners.

    Attributes:
        id: Tells it from others about the same endpoint: of one id one is sent.
    """

    id: str
    subject: str
    body: str


def tell_owners(session: Session, endpoint: Endpoint, told: Told, now: datetime) -> None:
    """Queue a message to each owner, once."""
    for owner in owners_of(session, endpoint.organisation_id):
        mail_id = f"{endpoint.id}:{told.id}:{owner.id}"
        if session.get(Mail, mail_id) is None:
            session.add(
                Mail(
                    id=mail_id,
                    recipient=owner.email,
                    subject=told.subject,
                    body=f"Hello {owner.name or 'there'},\n\n{told.body}",
                    created_at=now,
                )
            )


def given_up(endpoint: Endpoint, row: Delivery, public_url: str, now: datetime) -> Told:
    """A delivery was tried often enough, or it has no use to try again.

    Of a receiver of one's own it is told each time, for each time it was switched off; of a vendor
    once a day: what an outage there cost is on the page, however many orders it was.
    """
    page = f"{public_url.rstrip('/')}/hiring/integrations/{endpoint.id}?state=failed"
    is_vendor = endpoint.kind in VENDORS
    meaning = (
        "The integration goes on; the other system was not told of this one assessment. If there "
        "are more today, no further mail says so: the page lists them."
        if is_vendor
        else "The endpoint is switched off: nothing more is sent there until you switch it on."
    )
    when = f"{now:%Y-%m-%d}" if is_vendor else f"{now.timestamp():.0f}"
    return Told(
        f"given-up:{when}",
        f"Assay could not tell {endpoint.name}",
        f"""an event could not be delivered to {endpoint.name} ({endpoint.kind.value}).

  tries        {row.attempts}
  last answer  {row.status or row.error}

{meaning}

What to do: mend the other side, then send again what failed, on its page:

{page}
""",
    )


def complaint(endpoint: Endpoint, call: str, problems: Sequence[str], now: datetime) -> Told:
    """Greenhouse says that an answer of ours was wrong. Told once a day."""
    told = [_nameless(one_line(problem, PROBLEM_MAX)) for problem in problems[:PROBLEMS_MAX]]
    lines = "\n".join(f"  {problem}" for problem in told)
    return Told(
        f"complaint:{now:%Y-%m-%d}",
        f"{endpoint.name} could not read an answer of Assay",
        f"""Greenhouse reports that it could not read what Assay answered to {one_line(call, 80)}:

{lines}

What to do: nothing was lost here. Pass this on to whoever runs this installation.
""",
    )


def _nameless(text: str) -> str:
    """Without mail addresses: this letter stays when a candidate is deleted."""
    return " ".join("…" if "@" in word else word for word in text.split())
