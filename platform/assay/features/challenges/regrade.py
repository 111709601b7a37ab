"""Grades handed-in work once more under the installed version, beside the result it has.

Where only rubric and words changed, the stored evidence is judged anew (`judged`). Else it is
measured again: that costs no practice run and supersedes nothing, and has a lane of its own,
behind the others, and the sealed seed. Either way the result counts once somebody adopts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlmodel import Session, col, func, select

from assay.audit.ledger import SYSTEM, Actor, record
from assay.audit.tags import Tag
from assay.db.artifacts import BUNDLE, artifact_names
from assay.db.results import counting_evaluation
from assay.db.states import locked
from assay.db.tables import Assessment, Evaluation, EvaluationStage, Submission
from assay.domain.errors import Conflict, NotFound, PlatformFault
from assay.domain.lifecycle import ENDED, AssessmentState, EvaluationState, Lane
from assay.features.challenges.anew import Present, why_measured
from assay.features.challenges.stored import evidence_of, result_if_any
from assay.jobs.engine import JobQueue
from assay.jobs.queueing import enqueue


@dataclass(frozen=True, slots=True)
class Edition:
    """What everything is graded by now.

    Attributes:
        sha256: Digest of the challenge package.
        assay: Version of this program, and so of its harness.
        present: The challenge itself, to judge by; None: everything is measured.
    """

    challenge: str
    version: str
    sha256: str
    assay: str
    present: Present | None = None


Manner = Literal["as_needed", "measure", "judge_only"]
"""`as_needed`: what stored evidence is enough for is judged, the rest is measured."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which edition, who asks, and how.

    Attributes:
        again: Measure also what this edition graded already.
    """

    edition: Edition
    actor: Actor = SYSTEM
    again: bool = False
    manner: Manner = "as_needed"


@dataclass(frozen=True, slots=True)
class Regrade:
    """One assessment to grade again, or why not.

    Attributes:
        was: "1.0.0 by assay 0.1.0": what it was graded by; "" if nothing was.
        why_not: "" if it can and should be done.
        why_measured: Why it has to be measured; "" if its evidence is judged anew.
        seconds: What its evaluation took; 0 if that is unknown.
    """

    assessment_id: str
    evaluation_id: str
    was: str
    why_not: str
    why_measured: str = ""
    seconds: float = 0.0

    @property
    def is_judged(self) -> bool:
        """Whether it is done without measuring anything."""
        return not self.why_not and not self.why_measured


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
    """Queue it, to be measured.

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
    graded = _is_graded(session, counts, wish)
    needs = _why_measured(session, counts, wish, graded=graded)
    return Regrade(
        assessment_id=assessment_id,
        evaluation_id=counts.id,
        was=_edition_of(found.versions) if found else "",
        why_not=_why_not(session, counts, wish, graded=graded, needs=needs),
        why_measured=needs,
        seconds=_seconds(session, counts),
    )


def _why_not(session: Session, counts: Evaluation, wish: Wish, *, graded: bool, needs: str) -> str:
    if counts.state is not EvaluationState.JUDGED:
        return f"its result is {counts.state.value.replace('_', ' ')}"
    will_measure = needs and wish.manner != "judge_only"
    if will_measure and BUNDLE not in artifact_names(session, counts.submission_id):
        return "what was pushed is no longer stored"
    siblings = _siblings(session, counts)
    if any(one.lane is Lane.REGRADE and one.state not in ENDED for one in siblings):
        return "a regrade of it is on its way"
    if graded and not wish.again:
        return "it was graded by this version already"
    return ""


def _why_measured(session: Session, counts: Evaluation, wish: Wish, *, graded: bool) -> str:
    """Why its evidence is not judged anew; "" if it is."""
    present = wish.edition.present
    if present is None or wish.manner == "measure":
        return "so it was asked"
    if graded:
        return "this version graded it already"
    try:
        return why_measured(evidence_of(session, counts.id), present)
    except NotFound:
        return "its evidence is not stored"
    except PlatformFault as fault:
        return f"its evidence cannot be read: {fault}"


def _is_graded(session: Session, counts: Evaluation, wish: Wish) -> bool:
    """Whether this edition graded it; who wants it measured counts what was measured alone."""
    siblings = _siblings(session, counts)
    if wish.manner == "measure":
        siblings = [one for one in siblings if one.judged_from is None]
    return any(_is_of(session, one, wish.edition) for one in siblings)


def _siblings(session: Session, counts: Evaluation) -> Sequence[Evaluation]:
    return session.exec(
        select(Evaluation).where(Evaluation.submission_id == counts.submission_id)
    ).all()


def _is_of(session: Session, one: Evaluation, edition: Edition) -> bool:
    """Whether a sealed result or a regrade was made by this very edition."""
    if one.lane is Lane.PRACTICE or one.state is not EvaluationState.JUDGED:
        return False
    found = result_if_any(session, one.id)
    versions = found.versions if found else {}
    made_by = versions.get("challenge_sha256"), _judged_by(versions)
    return made_by == (edition.sha256, edition.assay)


def _edition_of(versions: dict[str, str]) -> str:
    return f"{versions.get('challenge', '?')} by assay {_judged_by(versions) or '?'}"


def _judged_by(versions: dict[str, str]) -> str | None:
    return versions.get("judged_by_assay", versions.get("assay"))


def _seconds(session: Session, row: Evaluation) -> float:
    ran = session.get_one(Evaluation, row.judged_from) if row.judged_from else row
    wanted = select(func.sum(EvaluationStage.seconds)).where(
        EvaluationStage.evaluation_id == ran.id, EvaluationStage.attempt == ran.attempt
    )
    return session.exec(wanted).one() or 0.0
