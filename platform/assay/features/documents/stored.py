"""The result that counts of an assessment, as documents read it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from sqlmodel import Session

from assay.db.artifacts import get_artifact
from assay.db.results import counting_evaluation
from assay.db.tables import Evaluation
from assay.domain.errors import NotFound
from assay.domain.evidence import RESULT_FILE
from assay.domain.lifecycle import EvaluationState


class StoredArea(BaseModel):
    """An area with its points."""

    id: str
    title: str
    points: float
    max: int
    unmeasured: int


class StoredLine(BaseModel):
    """A criterion, or a gate, which has no points."""

    id: str
    title: str
    area: str = ""
    fraction: float | None
    points: float | None = None
    max: int = 0
    value: float | None = None
    unit: str = ""
    evidence: str
    advice: str


class StoredFinding(BaseModel):
    """A notable fact."""

    kind: str
    text: str


class StoredFlag(BaseModel):
    """Something a person should look at."""

    kind: str
    severity: str
    reason: str


class StoredResult(BaseModel):
    """The part of `result.json` that documents show."""

    status: str
    total: float | None
    interval: tuple[float, float] | None
    areas: tuple[StoredArea, ...]
    criteria: tuple[StoredLine, ...]
    gates: tuple[StoredLine, ...]
    findings: tuple[StoredFinding, ...] = ()
    flags: tuple[StoredFlag, ...] = ()


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
    row = counting_evaluation(session, assessment_id)
    if row is None or row.state is not EvaluationState.JUDGED:
        raise NotFound("there is no result yet: the last push is not judged")
    stored = get_artifact(session, row.id, RESULT_FILE)
    return Counting(row, StoredResult.model_validate_json(stored))


def lines_of(result: StoredResult, area_id: str) -> Sequence[StoredLine]:
    """The criteria of an area."""
    return [line for line in result.criteria if line.area == area_id]
