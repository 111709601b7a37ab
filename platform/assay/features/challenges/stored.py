"""What is stored of an evaluation, for statistics and for comparing editions."""

from pydantic import ValidationError
from sqlmodel import Session

from assay.db.artifacts import artifact_names, get_artifact
from assay.db.results import stored_result
from assay.domain.errors import PlatformFault
from assay.domain.evidence import EVIDENCE_FILE, RESULT_FILE, Evidence
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


def evidence_of(session: Session, evaluation_id: str) -> Evidence:
    """What was measured.

    Raises:
        NotFound: it is not stored.
        PlatformFault: what is stored is damaged, or of no version we know.
    """
    content = get_artifact(session, evaluation_id, EVIDENCE_FILE)
    try:
        return Evidence.model_validate_json(content)
    except ValidationError as error:
        raise PlatformFault(
            f"the evidence of {evaluation_id} is of no version that is known here"
        ) from error


def outcome_of(result: StoredResult) -> Outcome:
    """Without a name, for statistics. Gates come first."""
    lines = tuple(ItemResult(one.id, one.title, one.max, one.fraction) for one in result.lines)
    return Outcome(result.total, lines)
