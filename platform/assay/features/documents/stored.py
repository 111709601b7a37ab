"""The result that counts of an assessment, as documents read it."""

from dataclasses import dataclass

from sqlmodel import Session

from assay.db.results import judged_evaluation, stored_result
from assay.db.tables import Evaluation
from assay.domain.errors import NotFound
from assay.domain.stored_result import StoredResult


@dataclass(frozen=True, slots=True)
class Counting:
    """The evaluation that counts, and what it says."""

    evaluation: Evaluation
    result: StoredResult


def counting_result(session: Session, assessment_id: str) -> Counting:
    """What counts.

    Raises:
        NotFound: there is no result yet.
    """
    row = judged_evaluation(session, assessment_id)
    if row is None:
        raise NotFound("there is no result yet: the last push is not judged")
    return Counting(row, stored_result(session, row.id))
