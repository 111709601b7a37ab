"""Deleting what is known of a candidate. What stays names nobody: a line in the audit log, a count.

The database is the truth: whatever lies on a disk for an assessment that is not in it any more (a
repository, a mail as a file, an image) is taken away by the host it lies on, see
`bootstrap.forgetting`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs

from sqlalchemy import event
from sqlmodel import Session, col, select
from sqlmodel import delete as delete_from

from assay.audit.ledger import Actor, Detail, record
from assay.audit.tags import Tag
from assay.db.artifacts import delete_artifacts
from assay.db.ends import ended_at
from assay.db.likenesses import likenesses
from assay.db.results import counting_evaluation
from assay.db.standing import renew
from assay.db.states import locked, locked_in_order
from assay.db.tables import (
    Assessment,
    AtsOrder,
    CandidateGroup,
    Decision,
    Delivery,
    Evaluation,
    EvaluationEvent,
    EvaluationStage,
    LoginSession,
    Mail,
    OutcomeCount,
    Override,
    Review,
    SavedView,
    ShareLink,
    Submission,
)
from assay.features.assessments.orders import RepositoryMaker
from assay.jobs.engine import JobQueue
from assay.jobs.queueing import call_off

BELONGING = (
    Override,
    Review,
    Decision,
    ShareLink,
    CandidateGroup,
    AtsOrder,
    Delivery,
    Evaluation,
    Submission,
    LoginSession,
)
"""Tables with a row for an assessment, in an order in which they can go. What other systems were
told stays as an event without content (`OutgoingEvent`); the bodies that were sent go."""

SEARCH = "q"
"""How the query of a saved view calls what is searched for."""
EVALUATED_FROM, EVALUATED_UNTIL = "evaluated_from", "evaluated_until"
"""Details of the entry that stays: when images of the candidate's work were last used, ISO 8601."""


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
    nothing any more; so does an `OutcomeCount` for statistics. The repository goes when the
    transaction is committed: no transaction could bring it back.

    Raises:
        NotFound: there is no such assessment.
    """
    alike = _alike(session, assessment_id)
    locked_in_order(session, Assessment, [assessment_id, *alike])
    assessment = locked(session, Assessment, assessment_id)
    call_off(session, jobs, assessment_id, "the assessment was deleted", now)
    outcome = _outcome(session, assessment)
    session.add(outcome)
    _note(session, assessment, outcome, actor, now)
    _remove_views(session, assessment)
    _remove_evaluations(session, _ids(session, Evaluation, assessment_id))
    for owner_id in (*_ids(session, Submission, assessment_id), assessment_id):
        delete_artifacts(session, owner_id)
    for table in BELONGING:
        session.exec(delete_from(table).where(col(table.assessment_id) == assessment_id))
    session.exec(delete_from(Mail).where(col(Mail.id).startswith(f"{assessment_id}:")))
    session.delete(assessment)
    session.flush()
    for other_id in alike:
        renew(session, other_id)
    event.listen(session, "after_commit", lambda _: repositories.delete(assessment_id), once=True)


def _alike(session: Session, assessment_id: str) -> Sequence[str]:
    """Assessments whose work is like this one: lists will count one less of each."""
    own = _ids(session, Submission, assessment_id)
    ids = [other.submission_id for each in own for other in likenesses(session, each)]
    wanted = select(Submission.assessment_id).where(col(Submission.id).in_(ids))
    return sorted(set(session.exec(wanted)))


def _outcome(session: Session, assessment: Assessment) -> OutcomeCount:
    """What stays for statistics: the month, never the day; the score if it is a whole one."""
    counting = counting_evaluation(session, assessment.id)
    whole = counting if counting and counting.complete else None
    version = whole and whole.challenge_version  # of a regrade that was adopted
    ended = ended_at(assessment)
    return OutcomeCount(
        organisation_id=assessment.organisation_id,
        position_id=assessment.position_id,
        challenge=assessment.challenge,
        challenge_version=version or assessment.challenge_version,
        variant=assessment.variant,
        state=assessment.state.value,
        score=whole.score if whole else None,
        verdict=_verdict(session, assessment.id),
        ended_month=f"{ended:%Y-%m}" if ended else "",
    )


def _verdict(session: Session, assessment_id: str) -> str:
    """What was decided last, "" if nothing was."""
    wanted = select(Decision.verdict).where(Decision.assessment_id == assessment_id)
    last = session.exec(wanted.order_by(col(Decision.id).desc()).limit(1)).first()
    return str(last) if last else ""


def _note(
    session: Session, assessment: Assessment, outcome: OutcomeCount, actor: Actor, now: datetime
) -> None:
    facts: dict[str, Detail] = {
        "challenge": outcome.challenge,
        "challenge_version": outcome.challenge_version,
        "variant": outcome.variant,
        "state": outcome.state,
        "score": outcome.score,
    }
    record(
        session,
        Tag.DELETED,
        by=replace(actor, organisation_id=assessment.organisation_id),
        subject=assessment.id,
        now=now,
        details=facts | _when_evaluated(session, assessment.id, now),
    )


def _when_evaluated(session: Session, assessment_id: str, now: datetime) -> dict[str, Detail]:
    """From the first start to the last end of an evaluation; nothing if none began."""
    wanted = select(Evaluation.started_at, Evaluation.ended_at)
    found = session.exec(wanted.where(Evaluation.assessment_id == assessment_id)).all()
    begun = [(started, ended or now) for started, ended in found if started]
    if not begun:
        return {}
    first, last = min(started for started, _ in begun), max(ended for _, ended in begun)
    return {EVALUATED_FROM: first.isoformat(), EVALUATED_UNTIL: last.isoformat()}


def _remove_views(session: Session, assessment: Assessment) -> None:
    """Saved views that search for this very person are about them, too; the others stay."""
    own = _words(assessment.candidate_name) | _words(assessment.candidate_email.partition("@")[0])
    wanted = select(SavedView).where(SavedView.position_id == assessment.position_id)
    for view in session.exec(wanted).all():
        searched = " ".join(parse_qs(view.query).get(SEARCH, []))
        if own & (_words(searched) | _words(view.name)):
            session.delete(view)


def _words(text: str) -> set[str]:
    """But for single letters, which would be found everywhere."""
    return {word for word in re.findall(r"[^\W_]+", text.casefold()) if len(word) > 1}


def _ids(
    session: Session, table: type[Evaluation] | type[Submission], assessment_id: str
) -> Sequence[str]:
    return session.exec(select(table.id).where(table.assessment_id == assessment_id)).all()


def _remove_evaluations(session: Session, ids: Sequence[str]) -> None:
    for evaluation_id in ids:
        delete_artifacts(session, evaluation_id)
    for table in (EvaluationEvent, EvaluationStage):
        session.exec(delete_from(table).where(col(table.evaluation_id).in_(ids)))
