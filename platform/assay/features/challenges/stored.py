"""What is stored of an evaluation, for statistics and for comparing editions."""

from sqlmodel import Session

from assay.db.artifacts import artifact_names
from assay.db.results import stored_result
from assay.domain.evidence import RESULT_FILE
from assay.domain.health import ItemResult, Outcome
from assay.domain.stored_result import StoredResult


def result_if_any(session: Session, evaluation_id: str) -> StoredResult | None:
    """What was judged; None if nothing was stored.

    Raises:
        PlatformFault: what is stored is damaged.
    """
    if RESULT_FILE not in artifact_names(session, evaluation_id):
        return None
    return stored_result(session, evaluation_id)


def outcome_of(result: StoredResult) -> Outcome:
    """Without a name, for statistics. Gates come first."""
    lines = tuple(ItemResult(one.id, one.title, one.max, one.fraction) for one in result.lines)
    return Outcome(result.total, lines)
