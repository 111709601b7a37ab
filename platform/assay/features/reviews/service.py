"""Reviews: a draft is saved, handed in once, and reopened with a reason.

Every function works in the caller's transaction and never commits. Whether the caller may is the
caller's to check; what is checked here is whether it makes sense now.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session, select

from assay.audit.ledger import Actor, Detail, record
from assay.audit.tags import Tag
from assay.db.states import locked
from assay.db.tables import Assessment, Review
from assay.domain.errors import BadInput, Conflict, Problem
from assay.domain.human_rubric import (
    FLAG,
    HIGHEST,
    LOWEST,
    NOTE_MAX,
    SUMMARY_MAX,
    Opinion,
    ReviewLine,
    problems_of,
)
from assay.features.reviews.results import required
from assay.kit.ids import new_id

REASON_MAX = 2000


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reviewer has written so far.

    Attributes:
        opinions: Line, or "flag:KIND", -> what is said.
        summary: What decided it.
    """

    opinions: Mapping[str, Opinion] = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who reviews what."""

    assessment_id: str
    user_id: str
    actor: Actor


def own_review(session: Session, assessment_id: str, user_id: str) -> Review | None:
    """What the user has written about the assessment."""
    return session.exec(
        select(Review).where(Review.assessment_id == assessment_id, Review.user_id == user_id)
    ).first()


def save(session: Session, desk: Desk, draft: Draft, now: datetime) -> Review:
    """Keep a draft.

    Raises:
        NotFound: there is no such assessment.
        BadInput: a score is none of 1 to 4, or something is too long.
        Conflict: there is no result to review yet, or the review was handed in.
    """
    _refuse_strange(draft)
    assessment = locked(session, Assessment, desk.assessment_id)
    required(session, assessment.id)
    review = own_review(session, desk.assessment_id, desk.user_id)
    if review is None:
        review = Review(
            id=new_id("rev"), assessment_id=assessment.id, user_id=desk.user_id, created_at=now
        )
    if review.handed_in_at:
        raise Conflict("you handed this review in already; reopen it, with a reason, to change it")
    review.lines = _stored(draft.opinions)
    review.summary = draft.summary.strip()
    session.add(review)
    session.flush()
    return review


def is_handed_in(session: Session, desk: Desk, draft: Draft) -> bool:
    """Whether just this was handed in already: who presses twice has nothing to be told."""
    review = own_review(session, desk.assessment_id, desk.user_id)
    if review is None or review.handed_in_at is None:
        return False
    return (review.lines, review.summary) == (_stored(draft.opinions), draft.summary.strip())


def hand_in(
    session: Session, desk: Desk, lines: Sequence[ReviewLine], now: datetime
) -> Mapping[str, str]:
    """Hand in what was saved, once. What it still lacks, if anything: then it stays a draft.

    Args:
        session: Of the caller.
        desk: Whose review of what.
        lines: All that have to be judged.
        now: The instant.

    Returns:
        Line, or "summary" -> what to do; empty if it was handed in.

    Raises:
        Conflict: nothing was saved, or it was handed in before.
    """
    assessment = locked(session, Assessment, desk.assessment_id)
    review = own_review(session, desk.assessment_id, desk.user_id)
    if review is None or review.handed_in_at:
        raise Conflict("there is no draft to hand in; write one, or reopen what you handed in")
    missing = problems_of(opinions_of(review), review.summary, lines)
    if missing:
        return missing
    review.handed_in_at = now
    details: dict[str, Detail] = {"review": review.id, "blind": review.names_seen_at is None}
    _note(session, assessment, Tag.REVIEW_HANDED_IN, desk, now, **details)
    return {}


def reopen(session: Session, desk: Desk, reviewer_id: str, reason: str, now: datetime) -> Review:
    """Make a draft of what was handed in. By then its reviewer knows whom it is about.

    Args:
        session: Of the caller.
        desk: Who reopens it.
        reviewer_id: Whose it is.
        reason: Why.
        now: The instant.

    Raises:
        BadInput: there is no reason.
        Conflict: it is not handed in.
    """
    if not reason.strip():
        raise BadInput("say why the review is reopened: the reason is kept in the audit log")
    assessment = locked(session, Assessment, desk.assessment_id)
    review = own_review(session, desk.assessment_id, reviewer_id)
    if review is None or review.handed_in_at is None:
        raise Conflict("this review is not handed in: there is nothing to reopen")
    review.handed_in_at = None
    review.names_seen_at = review.names_seen_at or now
    details: dict[str, Detail] = {"review": review.id, "reason": reason.strip()[:REASON_MAX]}
    _note(session, assessment, Tag.REVIEW_REOPENED, desk, now, **details)
    return review


def see_names(session: Session, desk: Desk, now: datetime) -> Review:
    """Let an owner who reviews see whom it is about: their review counts as not blind from now on.

    Raises:
        Conflict: there is no result yet, or the review was handed in.
    """
    assessment = locked(session, Assessment, desk.assessment_id)
    review = own_review(session, desk.assessment_id, desk.user_id)
    if review is None:
        review = save(session, desk, Draft(), now)
    if review.handed_in_at:
        raise Conflict("you handed this review in already: you see the name")
    if review.names_seen_at is None:
        review.names_seen_at = now
        _note(session, assessment, Tag.NAMES_SEEN, desk, now, review=review.id)
    return review


def opinions_of(review: Review) -> dict[str, Opinion]:
    """What a stored review says, line by line."""
    return opinions_in(review.lines)


def opinions_in(lines: str) -> dict[str, Opinion]:
    """The same of the column."""
    stored = json.loads(lines)
    return {name: Opinion(one["score"], one["note"]) for name, one in stored.items()}


def _stored(opinions: Mapping[str, Opinion]) -> str:
    said = {
        name: {"score": one.score, "note": one.note.strip()}
        for name, one in opinions.items()
        if not one.is_empty
    }
    return json.dumps(said, sort_keys=True, ensure_ascii=False)


def _refuse_strange(draft: Draft) -> None:
    """All that cannot be kept, at once."""
    problems = [
        f"{name}: {one.score} is no step; choose {LOWEST} to {HIGHEST}"
        for name, one in draft.opinions.items()
        if one.score is not None and not LOWEST <= one.score <= HIGHEST
    ]
    problems += [
        f"{name.removeprefix(FLAG)}: a flag is answered in words, and has no steps; leave them out"
        for name, one in draft.opinions.items()
        if name.startswith(FLAG) and one.score is not None
    ]
    problems += [
        f"{name.removeprefix(FLAG)}: the note has {len(one.note):,} characters; "
        f"at most {NOTE_MAX:,} are kept"
        for name, one in draft.opinions.items()
        if len(one.note) > NOTE_MAX
    ]
    if len(draft.summary) > SUMMARY_MAX:
        problems.append(
            f"the summary has {len(draft.summary):,} characters; at most {SUMMARY_MAX:,} are kept"
        )
    if problems:
        raise BadInput(*map(Problem, problems))


def _note(
    session: Session,
    assessment: Assessment,
    tag: Tag,
    desk: Desk,
    now: datetime,
    **details: Detail,
) -> None:
    by = replace(desk.actor, organisation_id=assessment.organisation_id)
    record(session, tag, by=by, subject=assessment.id, now=now, details=details)
