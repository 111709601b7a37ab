"""The part of a stored `result.json` that is needed here."""

from pydantic import BaseModel
from sqlmodel import Session

from assay.db.artifacts import artifact_names, get_artifact
from assay.domain.evidence import RESULT_FILE
from assay.domain.health import ItemResult, Outcome


class _Line(BaseModel):
    id: str
    title: str
    max: int = 0
    fraction: float | None


class StoredResult(BaseModel):
    """What an evaluation came to, and under which versions."""

    total: float | None
    criteria: tuple[_Line, ...]
    gates: tuple[_Line, ...]
    versions: dict[str, str]

    @property
    def outcome(self) -> Outcome:
        """Without a name, for statistics. Gates come first."""
        lines = (*self.gates, *self.criteria)
        return Outcome(
            self.total, tuple(ItemResult(one.id, one.title, one.max, one.fraction) for one in lines)
        )


def stored_result(session: Session, evaluation_id: str) -> StoredResult | None:
    """What was judged; None if nothing was stored.

    Raises:
        PlatformFault: what is stored is damaged.
    """
    if RESULT_FILE not in artifact_names(session, evaluation_id):
        return None
    return StoredResult.model_validate_json(get_artifact(session, evaluation_id, RESULT_FILE))
