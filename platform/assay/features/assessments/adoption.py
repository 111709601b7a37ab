"""Deciding which of several results of one push counts. A person does, with a reason, on record."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from assay.audit.ledger import SYSTEM, Actor, Detail, record
from assay.audit.tags import Tag
from assay.db.results import counting_evaluation
from assay.db.standing import renew
from assay.db.states import locked
from assay.db.tables import Assessment, Evaluation
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.lifecycle import EvaluationState, Lane
from assay.features.assessments import mail, repository


def adopt(
    session: Session,
    evaluation_id: str,
    reason: str,
    public_url: str,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
) -> None:
    """Let this result count from now on. The one before is kept, and can be adopted again.

    A candidate who has seen the one before is written to.

    Raises:
        NotFound: there is no such evaluation.
        BadInput: there is no reason.
        Conflict: it cannot count: it is practice, not whole, of another push, or counts already.
    """
    if not reason.strip():
        raise BadInput("say why this result shall count: the reason is kept in the audit log")
    found = session.get(Evaluation, evaluation_id)
    if found is None:
        raise NotFound(f"there is no evaluation {evaluation_id}")
    assessment = locked(session, Assessment, found.assessment_id)
    row = locked(session, Evaluation, evaluation_id)
    before = _refuse(row, counting_evaluation(session, assessment.id))
    row.adopted_at = now
    session.flush()
    renew(session, assessment.id)
    by = replace(actor, organisation_id=assessment.organisation_id)
    details = _details(assessment, row, before) | {"reason": reason}
    record(session, Tag.ADOPTED, by=by, subject=row.id, now=now, details=details)
    if assessment.released_at:
        company = repository.organisation(session, assessment.organisation_id).name
        letter = mail.revised(assessment, company, f"{public_url.rstrip('/')}/candidate")
        mail.send(session, assessment, f"revised-{row.id}-{now.timestamp():.0f}", letter, now)


def _refuse(row: Evaluation, counts: Evaluation | None) -> Evaluation:
    """What counts so far, if the row can take its place."""
    if row.lane is Lane.PRACTICE or counts is None:
        raise Conflict("this was practice: only a sealed result or a regrade of it can count")
    if row.state is not EvaluationState.JUDGED or not row.complete:
        stands = "not complete" if row.state is EvaluationState.JUDGED else row.state.value
        raise Conflict(f"only a whole result can count: this one is {stands.replace('_', ' ')}")
    if row.id == counts.id:
        raise Conflict("this is the result that counts already")
    if row.submission_id != counts.submission_id:
        raise Conflict("it is of another push than the result that counts")
    return counts


def _details(assessment: Assessment, row: Evaluation, before: Evaluation) -> dict[str, Detail]:
    return {
        "was": before.id,
        "was_score": before.score,
        "score": row.score,
        "challenge_version": row.challenge_version or assessment.challenge_version,
    }
