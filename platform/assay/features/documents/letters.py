"""Letters to candidates: drafted from the evidence, changed by people, sent once.

A letter lies with the files of its assessment, so it goes when that is deleted. Every function
works in the caller's transaction and never commits.
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session, col, select

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.db.artifacts import get_artifact, put_artifact
from assay.db.standing import total_of
from assay.db.states import locked
from assay.db.tables import Assessment, Evaluation, Mail, Organisation
from assay.domain.challenge import FeedbackTier
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.lifecycle import EvaluationState, Lane
from assay.features.documents.letter import Draft, Work, draft_of
from assay.features.documents.stored import counting_result
from assay.kit.ids import sha256_of
from assay.kit.text import one_line, plain_lines

LETTER_FILE = "letter.json"
SUBJECT_MAX, TEXT_MAX = 200, 20_000
LINES = ("- ", "• ")
"""How a line of a list begins."""
HEADING_MAX = 60
VERSION_LENGTH = 16


class _Kept(BaseModel):
    subject: str
    text: str
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it stands.

    Attributes:
        edited: Whether a person has kept it; else it is what the evidence writes.
        sent_at: None if it was not sent.
    """

    subject: str
    text: str
    edited: bool
    sent_at: datetime | None

    @property
    def version(self) -> str:
        """Changes with every word: who changes it says which one they have read."""
        return sha256_of(f"{self.subject}\n{self.text}")[:VERSION_LENGTH]


@dataclass(frozen=True, slots=True)
class Read:
    """The version somebody began with ("": whichever it is), and what a draft is written with."""

    version: str
    title: str
    tier: FeedbackTier


class ChangedMeanwhile(Conflict):
    """Somebody kept another text since this one was read, or the evidence writes another."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, or the points of a list."""

    kind: str
    lines: tuple[str, ...]


def letter_of(session: Session, row: Assessment, title: str, tier: FeedbackTier) -> Letter:
    """What was kept, else a draft.

    Raises:
        NotFound: nothing was kept, and there is no result to write of.
    """
    kept = _kept(session, row.id)
    if kept:
        return _as_kept(kept)
    draft = drafted(session, row, title, tier)
    return Letter(draft.subject, draft.text, edited=False, sent_at=None)


def drafted(session: Session, row: Assessment, title: str, tier: FeedbackTier) -> Draft:
    """What the evidence writes.

    Raises:
        NotFound: there is no result yet.
    """
    counts = counting_result(session, row.id)
    result, total = counts.result, total_of(session, row, counts.evaluation)
    company = session.get(Organisation, row.organisation_id)
    return draft_of(
        Work(
            name=row.candidate_name,
            company=company.name if company else "the hiring team",
            title=title,
            result=result,
            tier=tier,
            practice=_practice_scores(session, row.id),
            weighted=total.total if total and total.total != result.total else None,
            released=row.released_at is not None,
        )
    )


def keep(
    session: Session, assessment_id: str, draft: Draft, now: datetime, *, read: Read | None = None
) -> None:
    """Keep what a person made of it. `read`: what they began with; None: whichever it is.

    Raises:
        BadInput: it has no subject or no text, or is too long.
        ChangedMeanwhile: another version stands by now.
        Conflict: it was sent.
    """
    row = locked(session, Assessment, assessment_id)  # who is being deleted gets no more files
    _refuse_sent(session, assessment_id)
    _refuse_unread(session, row, read, "Keep yours in its place, or take over what you need")
    subject, text = one_line(draft.subject, SUBJECT_MAX), plain_lines(draft.text)
    if not subject.strip() or not text.strip():
        raise BadInput("a letter needs a subject and a text; to begin anew, drop the changes")
    if len(text) > TEXT_MAX:
        raise BadInput(f"a letter has at most {TEXT_MAX:,} characters; shorten it")
    _put(session, assessment_id, _Kept(subject=subject, text=text), now)


def drop(session: Session, assessment_id: str, now: datetime, *, read: Read | None = None) -> None:
    """Forget the changes: the letter is again what the evidence writes.

    Raises:
        ChangedMeanwhile: see `keep`.
        Conflict: it was sent.
    """
    row = locked(session, Assessment, assessment_id)
    _refuse_sent(session, assessment_id)
    _refuse_unread(session, row, read, "Drop it once more if it shall go all the same")
    _put(session, assessment_id, _Kept(subject="", text=""), now)


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent, and by whom.

    Attributes:
        page_url: Where the candidate reads it again.
        read: See `keep`.
    """

    draft: Draft
    page_url: str
    actor: Actor
    read: Read | None = None


def send(session: Session, row: Assessment, sending: Sending, now: datetime) -> None:
    """Mail it, once, and let the candidate's page show it.

    Raises:
        BadInput, ChangedMeanwhile: see `keep`.
        Conflict: it was sent before.
    """
    keep(session, row.id, sending.draft, now, read=sending.read)
    kept = _kept(session, row.id)
    if kept is None:
        raise BadInput("a letter needs a subject and a text")
    _put(session, row.id, kept.model_copy(update={"sent_at": now}), now)
    session.add(
        Mail(
            id=f"{row.id}:letter",
            recipient=row.candidate_email,
            subject=kept.subject,
            body=f"{kept.text.rstrip()}\n\n--\nThe same letter on your page: {sending.page_url}\n",
            created_at=now,
        )
    )
    record(session, Tag.LETTER_SENT, by=sending.actor, subject=row.id, now=now)


def sent_letter(session: Session, assessment_id: str) -> Letter | None:
    """What the candidate may read; None if nothing was sent."""
    kept = _kept(session, assessment_id)
    if kept is None or kept.sent_at is None:
        return None
    return _as_kept(kept)


def blocks_of(text: str) -> list[Block]:
    """The text as a page shows it: paragraphs, headings and lists."""
    parts = [part.strip("\n") for part in plain_lines(text).split("\n\n")]
    return [_block(part.split("\n")) for part in parts if part.strip()]


def _block(lines: list[str]) -> Block:
    if all(line.startswith(LINES) for line in lines):
        return Block("list", tuple(line[2:].strip() for line in lines))
    only = lines[0].strip()
    if len(lines) == 1 and len(only) <= HEADING_MAX and only[-1] not in ".,;:!?":
        return Block("heading", (only,))
    return Block("paragraph", tuple(lines))


def _practice_scores(session: Session, assessment_id: str) -> list[float]:
    wanted = (
        select(Evaluation.score)
        .where(
            Evaluation.assessment_id == assessment_id,
            Evaluation.lane == Lane.PRACTICE,
            Evaluation.state == EvaluationState.JUDGED,
        )
        .order_by(col(Evaluation.queued_at))
    )
    return [score for score in session.exec(wanted) if score is not None]


def _as_kept(kept: _Kept) -> Letter:
    return Letter(kept.subject, kept.text, edited=True, sent_at=kept.sent_at)


def _refuse_sent(session: Session, assessment_id: str) -> None:
    kept = _kept(session, assessment_id)
    if kept and kept.sent_at:
        raise Conflict(
            "the letter was sent already; write a mail of your own if more is to be said"
        )


def _refuse_unread(session: Session, row: Assessment, read: Read | None, instead: str) -> None:
    if read is None or not read.version:
        return
    stands = letter_of(session, row, read.title, read.tier)
    if stands.version != read.version:
        what = (
            "somebody has changed the letter"
            if stands.edited
            else "the letter that the evidence writes is another one"
        )
        raise ChangedMeanwhile(
            f"{what} since you opened it; it is shown here as it is now. {instead}"
        )


def _kept(session: Session, assessment_id: str) -> _Kept | None:
    try:
        kept = _Kept.model_validate_json(get_artifact(session, assessment_id, LETTER_FILE))
    except NotFound:
        return None
    return kept if kept.text else None


def _put(session: Session, assessment_id: str, kept: _Kept, now: datetime) -> None:
    content = kept.model_dump_json().encode()
    put_artifact(session, assessment_id, LETTER_FILE, content, now)
