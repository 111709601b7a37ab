"""The part of a stored `result.json` that people judge beside. Read as it was stored."""

from pydantic import BaseModel
from sqlmodel import Session

from assay.db.artifacts import get_artifact
from assay.db.results import counting_evaluation
from assay.db.tables import Evaluation
from assay.domain.errors import Conflict
from assay.domain.evidence import RESULT_FILE
from assay.domain.human_rubric import FLAG
from assay.domain.lifecycle import EvaluationState
from assay.domain.scorecard import FlagKind


class AreaPart(BaseModel):
    """What an area earned. `max`: of its measured criteria."""

    id: str
    title: str
    points: float
    max: int


class LinePart(BaseModel):
    """A criterion. `value` is null where it is infinite or unknown; so are ends of `interval`."""

    id: str
    area: str
    title: str
    fraction: float | None
    points: float | None
    max: int
    value: float | None
    unit: str
    interval: tuple[float | None, float | None] | None
    evidence: str


class GatePart(BaseModel):
    """A criterion that multiplies the whole."""

    id: str
    title: str
    fraction: float | None
    evidence: str


class FlagPart(BaseModel):
    """Something a person should look at."""

    kind: FlagKind
    severity: str
    reason: str

    @property
    def line(self) -> str:
        """How a review names its answer."""
        return FLAG + self.kind


class ResultPart(BaseModel):
    """One result."""

    status: str
    total: float | None
    interval: tuple[float, float] | None
    areas: tuple[AreaPart, ...]
    criteria: tuple[LinePart, ...]
    gates: tuple[GatePart, ...]
    flags: tuple[FlagPart, ...] = ()

    def titles(self) -> dict[str, str]:
        """Every line that earns points, or multiplies them, by its id."""
        return {line.id: line.title for line in self._lines()}

    def fractions(self) -> dict[str, float | None]:
        """What the machine gave each of them; None: not measured."""
        return {line.id: line.fraction for line in self._lines()}

    def _lines(self) -> list[GatePart | LinePart]:
        return [*self.gates, *self.criteria]


def standing(session: Session, assessment_id: str) -> Evaluation | None:
    """The judged evaluation whose result counts; None as long as there is none."""
    found = counting_evaluation(session, assessment_id)
    return found if found and found.state is EvaluationState.JUDGED else None


def required(session: Session, assessment_id: str) -> Evaluation:
    """The same, for what makes no sense before.

    Raises:
        Conflict: there is no result yet.
    """
    found = standing(session, assessment_id)
    if found is None:
        raise Conflict("there is no result yet: it stands once the sealed evaluation was judged")
    return found


def result_of(session: Session, evaluation_id: str) -> ResultPart:
    """What an evaluation was worth.

    Raises:
        NotFound: it has no result.
    """
    return ResultPart.model_validate_json(get_artifact(session, evaluation_id, RESULT_FILE))
