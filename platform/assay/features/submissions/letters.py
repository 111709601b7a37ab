"""What we write to the hiring team about evaluations. No name and no score: mail is not private.

The ids of the letters begin with that of the assessment, so that they go when it is deleted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from assay.auth.accounts import membership, owners_of
from assay.db.tables import Assessment, Evaluation, Mail, Position, User
from assay.domain.hiring import ReleasePolicy

SEEN = {
    ReleasePolicy.BY_HAND: "when you release it there",
    ReleasePolicy.WITH_DECISION: "when it is decided that they go on, or that they do not",
    ReleasePolicy.AT_ONCE: "now, as their position promises",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One message to several people.

    Attributes:
        kind: Tells it from others about the same evaluation.
        body: What follows the greeting.
    """

    kind: str
    subject: str
    body: str


def tell(
    session: Session, row: Evaluation, told: Told, people: Iterable[User], now: datetime
) -> None:
    """Queue the message to each of them."""
    for person in people:
        session.add(
            Mail(
                id=f"{row.assessment_id}:{told.kind}:{row.id}:{row.attempt}:{person.id}",
                recipient=person.email,
                subject=told.subject,
                body=f"Hello {person.name or 'there'},\n\n{told.body}",
                created_at=now,
            )
        )


def fault(session: Session, row: Evaluation, attempts: int) -> Told:
    """We could not carry it out."""
    challenge = _challenge(session, row)
    return Told(
        "fault",
        f"Assay could not carry out an evaluation ({challenge})",
        f"""an evaluation failed {attempts} times through no fault of the candidate's. It has cost \
them nothing, and it has no result.

  assessment   {row.assessment_id} ({challenge})
  evaluation   {row.id} ({row.lane.value}, attempt {row.attempt})
  what failed  {row.message}

What to do: look at the worker it names (`assay doctor` there says what is missing), then press \
"Try again" on the page of the assessment. A sealed evaluation must be tried again before there \
is a result to release.
""",
    )


def result(session: Session, row: Evaluation, public_url: str) -> Told:
    """The evaluation that counts is judged."""
    challenge = _challenge(session, row)
    whole = "" if row.complete else "\nNot every line could be measured; the report says which.\n"
    seen = _seen(session, row)
    return Told(
        "result",
        f"A result is ready ({challenge})",
        f"""an assessment has ended and its last push is judged.

  assessment   {row.assessment_id} ({challenge})

{public_url.rstrip("/")}/hiring/assessments/{row.assessment_id}
{whole}
The candidate sees the result {seen}.
""",
    )


def team_of(session: Session, row: Evaluation) -> list[User]:
    """Who waits for a result: the owners, and whoever invited the candidate."""
    people = {owner.id: owner for owner in owners_of(session, row.organisation_id)}
    inviter = _inviter(session, row)
    if inviter:
        people.setdefault(inviter.id, inviter)
    return list(people.values())


def _inviter(session: Session, row: Evaluation) -> User | None:
    """Whoever invited the candidate, if they are still with the company."""
    assessment = session.get(Assessment, row.assessment_id)
    user_id = assessment.invited_by if assessment else None
    if user_id is None or membership(session, user_id, row.organisation_id) is None:
        return None
    user = session.get(User, user_id)
    return user if user and user.disabled_at is None else None


def _seen(session: Session, row: Evaluation) -> str:
    """When the candidate does. What their position promises holds for a complete result alone."""
    assessment = session.get(Assessment, row.assessment_id)
    position_id = assessment.position_id if assessment else None
    position = session.get(Position, position_id) if position_id else None
    promise = position.release if position and row.complete else ReleasePolicy.BY_HAND
    return SEEN[promise]


def _challenge(session: Session, row: Evaluation) -> str:
    assessment = session.get(Assessment, row.assessment_id)
    return assessment.challenge if assessment else "an assessment"
