"""What we write to candidates. Short, plain text, and every deadline with its time zone."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from assay.db.tables import Assessment, Mail
from assay.features.assessments.orders import InvitationOrder

DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and body of one message."""

    subject: str
    body: str


def send(
    session: Session, assessment: Assessment, what: str, letter: Letter, now: datetime
) -> bool:
    """Queue a message to the candidate, at most one of its kind for an assessment.

    Its id names the assessment, so that it goes when the assessment is deleted.

    Returns:
        Whether it was queued now.
    """
    mail_id = f"{assessment.id}:{what}"
    if session.get(Mail, mail_id):
        return False
    session.add(
        Mail(
            id=mail_id,
            recipient=assessment.candidate_email,
            subject=letter.subject,
            body=letter.body,
            created_at=now,
        )
    )
    return True


def invitation(order: InvitationOrder, company: str, link: str, ends_at: datetime) -> Letter:
    """The first message a candidate gets: what is asked, how long it takes, what happens then."""
    offer = order.offer
    return Letter(
        f"{company} invites you to a take-home assessment",
        f"""{_hello(order.candidate_name)}

{company} invites you to "{offer.title}".

What it is:  a small, working service with weaknesses. You make it fit for production.
Time:        about {offer.expected_hours:g} hours of work; from the moment you press Start you \
have {duration(offer.time_box_s)}.
How:         you clone a repository, work with your own tools, and push. Every push is measured \
and answered with feedback ({offer.practice_runs} practice runs).
Result:      the last push counts. It is measured, not read by a machine that guesses.

Everything else, and the Start button:

  {link}

The link is yours alone: it needs no password, so do not pass it on. It can be used until \
{instant(ends_at)}. Nothing starts before you press Start.
""",
    )


def reminded(assessment: Assessment, company: str, link: str) -> Letter:
    """The company asks the candidate to look again. The link in it replaces the one before."""
    waits = f"You can press Start until {instant(assessment.invitation_ends_at)}."
    if assessment.deadline_at:
        waits = f"Your assessment runs, and ends at {instant(assessment.deadline_at)}."
    return Letter(
        f"A reminder of your assessment for {company}",
        f"""{_hello(assessment.candidate_name)}

{company} reminds you of your take-home assessment. {waits}

This link leads to it. It replaces the link you had, which opens nothing any more:

  {link}

It is yours alone, so do not pass it on. If you would rather not take part, you need not do \
anything.
""",
    )


def reminder(assessment: Assessment, deadline_at: datetime) -> Letter:
    """A day before the deadline."""
    return Letter(
        "Your assessment ends soon",
        f"""{_hello(assessment.candidate_name)}

Your assessment ends at {instant(deadline_at)}. The last push before that counts; you need not \
press anything. If you are done, you can press Finish on your page at any time.

Stopping early is fine.
""",
    )


def extended(assessment: Assessment, ends_at: datetime) -> Letter:
    """More time was given: until then the sitting runs, or can be started."""
    until = f"you can press Start until {instant(ends_at)}."
    if assessment.deadline_at:
        until = f"your assessment now ends at {instant(ends_at)}."
    return Letter(
        "You have more time for your assessment",
        f"""{_hello(assessment.candidate_name)}

You were given more time: {until}
""",
    )


def released(assessment: Assessment, company: str, link: str) -> Letter:
    """The result can be seen."""
    return Letter(
        f"The result of your assessment for {company}",
        f"""{_hello(assessment.candidate_name)}

{company} has released the result of your assessment. It stands, line by line with what was \
measured, on your page:

  {link}

If that page asks who you are, open it by the link in your invitation.
""",
    )


def revised(assessment: Assessment, company: str, link: str) -> Letter:
    """Another measurement counts now, and the candidate had seen the one before."""
    return Letter(
        f"The result of your assessment for {company} was revised",
        f"""{_hello(assessment.candidate_name)}

Your last push was measured again, under a newer version of the assessment, and {company} has \
decided that this result counts. Both stand, line by line, on your pages:

  {link}

If that page asks who you are, open it by the link in your invitation.
""",
    )


def duration(seconds: int) -> str:
    """A length of time as people say it: "3 days", "36 hours", "90 minutes"."""
    for name, length in (("day", DAY_S), ("hour", HOUR_S), ("minute", MINUTE_S)):
        count, rest = divmod(seconds, length)
        if count and not rest:
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"


def instant(at: datetime) -> str:
    """A moment that nobody misreads: "Sat 21 Nov 2026, 19:20 UTC"."""
    return f"{at:%a %d %b %Y, %H:%M} UTC"


def _hello(name: str) -> str:
    return f"Hello {name}," if name else "Hello,"
