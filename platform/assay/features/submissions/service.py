"""What becomes of a push, and what a hiring team can do about an evaluation.

Every function works in the caller's transaction and never commits. Whether the caller may is the
caller's to check; what is checked here is whether it makes sense now.
"""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from assay.audit.ledger import SYSTEM, Actor, record
from assay.audit.tags import Tag
from assay.db.artifacts import BUNDLE, put_artifact
from assay.db.standing import renew
from assay.db.states import locked
from assay.db.tables import Assessment, Evaluation, Submission
from assay.domain.errors import Conflict
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.features.submissions import repository
from assay.features.submissions.pushes import Push, Recorded
from assay.features.submissions.reading import practice_runs_left
from assay.jobs import queueing
from assay.jobs.engine import JobQueue
from assay.kit.ids import new_id
from assay.kit.text import one_line

SUBJECT_MAX = 200


def record_push(session: Session, jobs: JobQueue, push: Push, now: datetime) -> Recorded:
    """Keep what was pushed and queue its practice evaluation, if there is a run left for it.

    It takes the place of pushes before it that still wait: they give their run back. Git takes
    pushes only while the sitting runs; of one we hear when it is over (a process died in
    between), we were too slow, and it counts as it would have: it is sealed instead of the one
    before. Not so once the result is released, or the sitting was withdrawn: then it is kept and
    judged by nobody. Told of the same commit again, this changes nothing.

    Raises:
        NotFound: there is no such assessment.
    """
    assessment = locked(session, Assessment, push.assessment_id)
    known = repository.by_commit(session, assessment.id, push.new_sha)
    if known:
        judged_in = repository.practice_evaluation(session, known.id)
        return _recorded(known, judged_in)
    submission = _keep(session, push, now)
    runs, counts = assessment.state is AssessmentState.STARTED, still_counts(assessment)
    evaluation = _practise(session, jobs, assessment, submission, now) if runs else None
    if counts and not runs:
        _seal_instead(session, jobs, assessment, submission, now)
    by = Actor(f"candidate:{assessment.id}", assessment.organisation_id)
    details = {"number": submission.number, "counts": counts, "practice": evaluation is not None}
    record(session, Tag.PUSHED, by=by, subject=submission.id, now=now, details=details)
    return _recorded(submission, evaluation)


def still_counts(assessment: Assessment) -> bool:
    """Whether a push that git took is, or can still become, the one that is sealed."""
    if assessment.state is AssessmentState.FINISHED:
        return assessment.released_at is None
    return assessment.state is AssessmentState.STARTED


def cancel(
    session: Session,
    jobs: JobQueue,
    evaluation_id: str,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
) -> None:
    """End an evaluation that waits or runs. It costs no practice run.

    Raises:
        NotFound: there is no such evaluation.
        Conflict: it has ended.
    """
    message = "it was cancelled by the hiring team"
    ended = EvaluationState.CANCELLED
    row = queueing.take_out(session, jobs, evaluation_id, ended, message, now)
    _note(session, row, Tag.CANCELLED, actor, now)


def retry(
    session: Session,
    jobs: JobQueue,
    evaluation_id: str,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
) -> None:
    """Queue an evaluation once more that we failed to carry out.

    Raises:
        NotFound: there is no such evaluation.
        Conflict: it did not end by a fault of ours, or the sitting was withdrawn, or is over and
            practice has no use any more, or a later push counts.
    """
    found = repository.evaluation(session, evaluation_id)
    assessment = locked(session, Assessment, found.assessment_id)
    row = locked(session, Evaluation, evaluation_id)
    if row.state is not EvaluationState.PLATFORM_FAULT:
        raise Conflict("only an evaluation that ended by a fault of the platform is tried again")
    useful = (
        assessment.state is AssessmentState.STARTED
        if row.lane is Lane.PRACTICE
        else assessment.state is AssessmentState.FINISHED
    )
    if not useful:
        raise Conflict(f"the assessment is {assessment.state.value}: this would help nobody")
    if row.lane is Lane.SEALED and not _is_of_last_push(session, row):
        raise Conflict("a later push counts: its own sealed evaluation is the one to look at")
    queueing.requeue(session, jobs, row, "tried again by the hiring team", now)
    _note(session, row, Tag.RETRIED, actor, now)


def _keep(session: Session, push: Push, now: datetime) -> Submission:
    submission = Submission(
        id=new_id("sub"),
        assessment_id=push.assessment_id,
        number=repository.last_number(session, push.assessment_id) + 1,
        commit_sha=push.new_sha,
        tree_sha=push.tree_sha,
        subject=one_line(push.subject, SUBJECT_MAX),
        pack_bytes=push.pack_bytes,
        pushed_at=now,
    )
    session.add(submission)
    session.flush()
    put_artifact(session, submission.id, BUNDLE, push.bundle, now)
    return submission


def _practise(
    session: Session,
    jobs: JobQueue,
    assessment: Assessment,
    submission: Submission,
    now: datetime,
) -> Evaluation | None:
    message = f"push {submission.number} took its place; the practice run was given back"
    queueing.supersede_waiting(session, jobs, assessment.id, message, now)
    if not practice_runs_left(session, assessment.id, assessment.practice_runs_max):
        return None
    return queueing.enqueue(session, jobs, assessment, submission, Lane.PRACTICE, now)


def _seal_instead(
    session: Session,
    jobs: JobQueue,
    assessment: Assessment,
    submission: Submission,
    now: datetime,
) -> None:
    message = f"push {submission.number}, which git had taken before the end, counts instead"
    queueing.call_off(session, jobs, assessment.id, message, now, lanes=[Lane.SEALED])
    queueing.enqueue(session, jobs, assessment, submission, Lane.SEALED, now)
    renew(session, assessment.id)


def _is_of_last_push(session: Session, row: Evaluation) -> bool:
    number = repository.submission(session, row.submission_id).number
    return number == repository.last_number(session, row.assessment_id)


def _recorded(submission: Submission, evaluation: Evaluation | None) -> Recorded:
    return Recorded(submission.id, evaluation.id if evaluation else None)


def _note(session: Session, row: Evaluation, tag: Tag, actor: Actor, now: datetime) -> None:
    by = replace(actor, organisation_id=row.organisation_id)
    details = {"lane": row.lane.value, "attempt": row.attempt}
    record(session, tag, by=by, subject=row.id, now=now, details=details)
