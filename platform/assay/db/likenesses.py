"""What a submission is like: counted for lists, reviews and decisions.

`features.scorecards` finds it out, and keeps `similarity.json` beside the submission. Others that
were deleted count no more.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ValidationError
from sqlmodel import Session, col, select

from assay.db.artifacts import get_artifact
from assay.db.tables import Submission
from assay.domain.errors import AssayError

SIMILARITY_FILE = "similarity.json"


class Likeness(BaseModel):
    """Another submission that is alike. `severity`: "serious" or "notice"."""

    submission_id: str
    severity: str


class _Similarity(BaseModel):
    matches: tuple[Likeness, ...] = ()


def likenesses(session: Session, submission_id: str) -> list[Likeness]:
    """Those a submission is like; none too where it was not compared."""
    found = _stored(session, submission_id)
    if not found:
        return []
    ids = [one.submission_id for one in found]
    there = set(session.exec(select(Submission.id).where(col(Submission.id).in_(ids))))
    return [one for one in found if one.submission_id in there]


def _stored(session: Session, submission_id: str) -> Sequence[Likeness]:
    try:
        stored = get_artifact(session, submission_id, SIMILARITY_FILE)
        return _Similarity.model_validate_json(stored).matches
    except (AssayError, ValidationError):
        return ()
