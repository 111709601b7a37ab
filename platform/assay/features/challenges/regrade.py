"""Evaluates handed-in work once more under the installed version, beside the result it has.

It costs no practice run and supersedes nothing; it has a lane of its own, behind the others, and
the sealed seed. Its result counts once somebody adopts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, func, select

from assay.audit.ledger import SYSTEM, Actor, record
from assay.audit.tags import Tag
from assay.db.artifacts import artifact_names
from assay.db.results import counting_evaluation
from assay.db.states import locked
from assay.db.tables import Assessment, Evaluation, EvaluationStage, Submission
from assay.domain.errors import Conflict, NotFound
from assay.domain.lifecycle import ENDED, AssessmentState, EvaluationState, Lane
from assay.features.challenges.stored import result_if_any
from assay.jobs.engine import JobQueue
from assay.jobs.queueing import enqueue

BUNDLE = "repository.bundle"
"""What a submission is evaluated from; `submissions.service` stores it under this name."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What everything is graded by now.

    Attributes:
        sha256: Digest of the challenge package.
        assay: Version of this program, and so of its harness.
    """

    challenge: str
    version: str
    sha256: str
    assay: str


@dataclass(frozen=True, slots=True)
class Wish:
    """Which edition, who asks, and whether also for what it graded already."""

    edition: Edition
    actor: Actor = SYSTEM
    again: bool = False


@dataclass(frozen=True, slots=True)
class Regrade:
    """One assessment to grade again, or why not.

    Attributes:
        was: "1.0.0 by assay 0.1.0": what it was graded by; "" if nothing was.
        why_not: "" if it can and should be done.
        seconds: What its evaluation took; 0 if that is unknown.
    """

    assessment_id: str
    evaluation_id: str
    was: str
    why_not: str
    seconds: float = 0.0


def sealed_assessments(session: Session, challenge: str) -> list[str]:
    """Ids of the assessments of a challenge that have ended, the eldest first."""
    return list(
        session.exec(
            select(Assessment.id)
            .where(Assessment.challenge == challenge, Assessment.state == AssessmentState.FINISHED)
            .order_by(col(Assessment.finished_at), Assessment.id)
        )
    )


def planned(session: Session, assessment_ids: Sequence[str], wish: Wish) -> list[Regrade]:
    """What grading these again would mean. Changes nothing.

    Raises:
        NotFound: there is no such assessment.
        Conflict: it is of another challenge.
    """
    return [_planned(session, one, wish) for one in assessment_ids]


def regrade(
    session: Session, jobs: JobQueue, assessment_id: str, wish: Wish, now: datetime
) -> Evaluation:
    """Queue it.

    Raises:
        NotFound: there is no such assessment.
        Conflict: it cannot be done, or there is no reason to; in words.
    """
    assessment = locked(session, Assessment, assessment_id)
    plan, edition = _planned(session, assessment_id, wish), wish.edition
    if plan.why_not:
        raise Conflict(f"{assessment_id}: {plan.why_not}")
    before = session.get_one(Evaluation, plan.evaluation_id)
    submission = session.get_one(Submission, before.submission_id)
    row = enqueue(session, jobs, assessment, submission, Lane.REGRADE, now)
    row.challenge_version, row.challenge_sha256 = edition.version, edition.sha256
    session.flush()
    by = replace(wish.actor, organisation_id=assessment.organisation_id)
    details = {"beside": before.id, "challenge_version": edition.version, "assay": edition.assay}
    record(session, Tag.REGRADE_QUEUED, by=by, subject=row.id, now=now, details=details)
    return row


def _planned(session: Session, assessment_id: str, wish: Wish) -> Regrade:
    assessment = session.get(Assessment, assessment_id)
    if assessment is None:
        raise NotFound(f"there is no assessment {assessment_id}")
    asked = wish.edition.challenge
    if assessment.challenge != asked:
        raise Conflict(f"{assessment_id} is of {assessment.challenge}, not of {asked}")
    counts = counting_evaluation(session, assessment_id)
    if counts is None:
        return Regrade(assessment_id, "", "", "nothing was sealed")
    found = result_if_any(session, counts.id)
    return Regrade(
        assessment_id=assessment_id,
        evaluation_id=counts.id,
        was=_edition_of(found.versions) if found else "",
        why_not=_why_not(session, counts, wish),
        seconds=_seconds(session, counts),
    )


def _why_not(session: Session, counts: Evaluation, wish: Wish) -> str:
    if counts.state is not EvaluationState.JUDGED:
        return f"its result is {counts.state.value.replace('_', ' ')}"
    if BUNDLE not in artifact_names(session, counts.submission_id):
        return "what was pushed is no longer stored"
    siblings = session.exec(
        select(Evaluation).where(Evaluation.submission_id == counts.submission_id)
    ).all()
    if any(one.lane is Lane.REGRADE and one.state not in ENDED for one in siblings):
        return "a regrade of it is on its way"
    if not wish.again and any(_is_of(session, one, wish.edition) for one in siblings):
        return "it was graded by this version already"
    return ""


def _is_of(session: Session, one: Evaluation, edition: Edition) -> bool:
    """Whether a sealed result or a regrade was made by this very edition."""
    if one.lane is Lane.PRACTICE or one.state is not EvaluationState.JUDGED:
        return False
    found = result_if_any(session, one.id)
    versions = found.versions if found else {}
    return (versions.get("challenge_sha256"), versions.get("assay")) == (
        edition.sha256,
        edition.assay,
    )


def _edition_of(versions: dict[str, str]) -> str:
    return f"{versions.get('challenge', '?')} by assay {versions.get('assay', '?')}"


def _seconds(session: Session, row: Evaluation) -> float:
    wanted = select(func.sum(EvaluationStage.seconds)).where(
        EvaluationStage.evaluation_id == row.id, EvaluationStage.attempt == row.attempt
    )
    return session.exec(wanted).one() or 0.0
