"""Studies what was handed in, in the background of a worker: see `scorecards.studies`."""

import logging
import os

from sqlmodel import Session, col, or_, select

from assay.adapters.submitted_work import BundledWork
from assay.bootstrap.installation import Installation
from assay.db.tables import Evaluation, Worker
from assay.domain.lifecycle import EvaluationState
from assay.features.scorecards.changes import WorkReader
from assay.features.scorecards.studies import Subject, study, unstudied
from assay.kit.clock import utc_now

logger = logging.getLogger(__name__)

AT_ONCE = 3


BUNDLED = BundledWork()


def study_new(installation: Installation, reader: WorkReader = BUNDLED) -> int:
    """Study some that were not studied yet; how many.

    None while somebody measures on this host: it would disturb.
    """
    with installation.database.read() as session:
        waiting = unstudied(session, AT_ONCE, utc_now())
    done = 0
    for subject in waiting:
        if _is_measuring(installation):
            break
        done += _is_studied(installation, reader, subject)
    return done


def _is_studied(installation: Installation, reader: WorkReader, subject: Subject) -> bool:
    """Whether it could be: one that cannot keeps nobody waiting, and is due again later."""
    try:
        study(installation.database, reader, subject, utc_now())
    except Exception:
        logger.exception("submission %s was not studied", subject.submission_id)
        return False
    return True


def _is_measuring(installation: Installation) -> bool:
    with installation.database.read() as session:
        return _running_here(session, installation.settings.worker, os.uname().nodename)


def _running_here(session: Session, worker: str, host: str) -> bool:
    """Whether an evaluation runs on this worker, or on another one of its host."""
    neighbours = select(Worker.id).where(Worker.host == host)
    here = or_(col(Evaluation.worker_id) == worker, col(Evaluation.worker_id).in_(neighbours))
    running = select(Evaluation.id).where(Evaluation.state == EvaluationState.RUNNING, here)
    return session.exec(running.limit(1)).first() is not None
