"""Deleting what is known of a candidate. What stays is a line in the audit log without a name."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select
from sqlmodel import delete as delete_from

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.db.artifacts import delete_artifacts
from assay.db.results import counting_evaluation
from assay.db.states import locked
from assay.db.tables import (
    Assessment,
    Evaluation,
    EvaluationEvent,
    EvaluationStage,
    LoginSession,
    Mail,
    Submission,
)
from assay.features.assessments.orders import RepositoryMaker
from assay.jobs.engine import JobQueue
from assay.jobs.queueing import call_off


def delete(
    session: Session,
    jobs: JobQueue,
    assessment_id: str,
    repositories: RepositoryMaker,
    now: datetime,
    *,
    actor: Actor,
) -> None:
    """Remove an assessment with everything in it: person, repository, pushes, results, mail.

    The audit log keeps which challenge it was and what came of it, under an id that names
    nothing any more.

    Raises:
        NotFound: there is no such assessment.
    """
    assessment = locked(session, Assessment, assessment_id)
    call_off(session, jobs, assessment_id, "the assessment was deleted", now)
    _note(session, assessment, actor, now)
    _remove_evaluations(session, _ids(session, Evaluation, assessment_id))
    for submission_id in _ids(session, Submission, assessment_id):
        delete_artifacts(session, submission_id)
    for table in (Evaluation, Submission, LoginSession):
        session.exec(delete_from(table).where(col(table.assessment_id) == assessment_id))
    session.exec(delete_from(Mail).where(col(Mail.id).startswith(f"{assessment_id}:")))
    session.delete(assessment)
    session.flush()
    repositories.delete(assessment_id)


def _note(session: Session, assessment: Assessment, actor: Actor, now: datetime) -> None:
    counting = counting_evaluation(session, assessment.id)
    record(
        session,
        Tag.DELETED,
        by=replace(actor, organisation_id=assessment.organisation_id),
        subject=assessment.id,
        now=now,
        details={
            "challenge": assessment.challenge,
            "challenge_version": assessment.challenge_version,
            "variant": assessment.variant,
            "state": assessment.state.value,
            "score": counting.score if counting else None,
        },
    )


def _ids(
    session: Session, table: type[Evaluation] | type[Submission], assessment_id: str
) -> Sequence[str]:
    return session.exec(select(table.id).where(table.assessment_id == assessment_id)).all()


def _remove_evaluations(session: Session, ids: Sequence[str]) -> None:
    for evaluation_id in ids:
        delete_artifacts(session, evaluation_id)
    for table in (EvaluationEvent, EvaluationStage):
        session.exec(delete_from(table).where(col(table.evaluation_id).in_(ids)))
