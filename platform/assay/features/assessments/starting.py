"""Start, as a request does it: the repository first, then the clock, in two transactions.

Making a repository takes seconds, and who writes to SQLite makes everybody else wait.
"""

from collections.abc import Callable
from datetime import datetime

from assay.db.session import Database
from assay.domain.errors import NotFound
from assay.features.assessments import service
from assay.features.assessments.orders import GitAccess, RepositoryMaker


def start(
    database: Database,
    assessment_id: str,
    repositories: RepositoryMaker,
    now: Callable[[], datetime],
) -> GitAccess:
    """Make the repository the candidate clones, and start the clock once it is there.

    Of two who do so at once one starts it; both made the same repository, which is one.

    Raises:
        NotFound: there is no such assessment.
        Conflict: it was started, ended or withdrawn before.
        PlatformFault: the repository could not be made; the clock was not started.
    """
    with database.read() as session:
        waiting = service.ready_to_start(session, assessment_id, now())
    repositories.make(waiting.id, waiting.challenge, waiting.variant)
    try:
        with database.write() as session:
            return service.start(session, assessment_id, now())
    except NotFound:  # it was deleted meanwhile, with a repository that was not there yet
        repositories.delete(assessment_id)
        raise
