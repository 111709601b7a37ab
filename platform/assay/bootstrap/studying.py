"""Studies what was handed in, in the background of a worker: see `scorecards.studies`."""

import logging

from sqlmodel import Session, select

from assay.adapters.submitted_work import BundledWork
from assay.bootstrap.installation import Installation
from assay.db.tables import Evaluation
from assay.domain.errors import AssayError
from assay.domain.lifecycle import EvaluationState
from assay.features.scorecards.studies import study, unstudied
from assay.kit.clock import utc_now

logger = logging.getLogger(__name__)

AT_ONCE = 3


def study_new(installation: Installation) -> int:
    """Study some that were not studied yet; how many.

    None while this worker measures: it would disturb.
    """
    with installation.database.read() as session:
        waiting = [] if _measures(session, installation) else unstudied(session, AT_ONCE)
    for subject in waiting:
        try:
            study(installation.database, BundledWork(), subject, utc_now())
        except AssayError as error:
            logger.warning("submission %s was not studied: %s", subject.submission_id, error)
    return len(waiting)


def _measures(session: Session, installation: Installation) -> bool:
    running = select(Evaluation.id).where(
        Evaluation.state == EvaluationState.RUNNING,
        Evaluation.worker_id == installation.settings.worker,
    )
    return session.exec(running.limit(1)).first() is not None
