"""Where an evaluation stands at the moment a page is asked for."""

from datetime import datetime

from sqlmodel import Session, col, select

from assay.db.tables import Assessment, Evaluation, EvaluationEvent
from assay.domain.challenge import Challenge
from assay.features.submissions.reading import live
from assay.web.live.progress import LOG_LINES, Progress, Watched
from assay.web.platform import Platform


def progress_now(
    session: Session, platform: Platform, evaluation_id: str, now: datetime
) -> Progress:
    """The panel as it is, with the end of the log.

    Raises:
        NotFound: there is no such evaluation.
    """
    watched = Watched(challenge_of(session, platform, evaluation_id))
    log = watched.take(live(session, evaluation_id, _tail_begins(session, evaluation_id)))
    return watched.progress(log, now)


def challenge_of(session: Session, platform: Platform, evaluation_id: str) -> Challenge | None:
    """The challenge an evaluation belongs to; None if it is no longer offered."""
    slug = session.exec(
        select(Assessment.challenge)
        .join(Evaluation, col(Evaluation.assessment_id) == col(Assessment.id))
        .where(Evaluation.id == evaluation_id)
    ).first()
    package = platform.challenges.get(slug or "")
    return package.challenge if package else None


def _tail_begins(session: Session, evaluation_id: str) -> int:
    """Id of the event after which the newest `LOG_LINES` events come."""
    newest = (
        select(EvaluationEvent.id)
        .where(EvaluationEvent.evaluation_id == evaluation_id)
        .order_by(col(EvaluationEvent.id).desc())
        .offset(LOG_LINES)
        .limit(1)
    )
    return session.exec(newest).first() or 0
