"""Results come to where lists show them, and to candidates when their position promised it.

Both are sweeps: whatever was missed, by a process that died or by rows written another way, is
found the next time. A reading transaction looks, and writers wait only for what there is to do.
"""

import logging

from assay.bootstrap.installation import Installation
from assay.db.standing import renew, unsettled
from assay.domain.errors import Refused
from assay.features.assessments import service as assessments
from assay.features.positions.releasing import due_for_release, is_due_for_release
from assay.kit.clock import utc_now

logger = logging.getLogger(__name__)


def settle_results(installation: Installation) -> int:
    """Write results on assessments that lack theirs; how many."""
    with installation.database.read() as session:
        found = unsettled(session)
    for assessment_id in found:
        with installation.database.write() as session:
            renew(session, assessment_id)
    return len(found)


def release_results(installation: Installation) -> int:
    """Release what positions promised, and write to the candidates; how many."""
    with installation.database.read() as session:
        due = due_for_release(session)
    return sum(_release(installation, assessment_id) for assessment_id in due)


def _release(installation: Installation, assessment_id: str) -> bool:
    url = installation.settings.public_url
    try:
        with installation.database.write() as session:
            if not is_due_for_release(session, assessment_id):
                return False
            assessments.release(session, assessment_id, url, utc_now())
    except Refused as refused:  # deleted meanwhile, or its result is being made anew
        logger.info("the result of %s is not released: %s", assessment_id, refused)
        return False
    return True
