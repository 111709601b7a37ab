"""The part of a stored `result.json` that people judge beside. Read as it was stored."""

from collections.abc import Sequence
from typing import Literal

from sqlmodel import Session

from assay.db.artifacts import get_artifact
from assay.db.likenesses import Likeness, likenesses
from assay.db.results import judged_evaluation
from assay.db.tables import Evaluation
from assay.domain.errors import Conflict
from assay.domain.evidence import RESULT_FILE
from assay.domain.human_rubric import FLAG
from assay.domain.scorecard import FlagKind
from assay.domain.stored_result import StoredFlag, StoredResult

LIKENESS: Literal["likeness"] = "likeness"
"""What is found by comparing submissions, and so stands in no result."""


class FlagPart(StoredFlag):
    """Something a person should look at, and answers."""

    kind: FlagKind | Literal["likeness"]

    @property
    def line(self) -> str:
        """How a review names its answer."""
        return FLAG + self.kind


class ResultPart(StoredResult):
    """One result."""

    flags: tuple[FlagPart, ...] = ()

    def titles(self) -> dict[str, str]:
        """Every line that earns points, or multiplies them, by its id."""
        return {line.id: line.title for line in self.lines}

    def fractions(self) -> dict[str, float | None]:
        """What the machine gave each of them; None: not measured."""
        return {line.id: line.fraction for line in self.lines}


def required(session: Session, assessment_id: str) -> Evaluation:
    """The judged evaluation whose result counts, for what makes no sense before.

    Raises:
        Conflict: there is no result yet.
    """
    found = judged_evaluation(session, assessment_id)
    if found is None:
        raise Conflict("there is no result yet: it stands once the sealed evaluation was judged")
    return found


def result_of(session: Session, evaluation_id: str) -> ResultPart:
    """What an evaluation was worth.

    Raises:
        NotFound: it has no result.
    """
    return ResultPart.model_validate_json(get_artifact(session, evaluation_id, RESULT_FILE))


def flags_of(session: Session, evaluation: Evaluation) -> list[FlagPart]:
    """Everything a review of this result answers: its flags, and that others handed in the like.

    Raises:
        NotFound: it has no result.
    """
    found = list(result_of(session, evaluation.id).flags)
    if alike := likenesses(session, evaluation.submission_id):
        found.append(_likeness(alike))
    return found


def _likeness(alike: Sequence[Likeness]) -> FlagPart:
    """One for all of them: what there is to say is about the work, not about who else has it."""
    whom = "another submission" if len(alike) == 1 else f"{len(alike)} other submissions"
    reason = (
        f"Much of the work is in {whom} of the challenge, too. That proves nothing: look at them, "
        "side by side, from the scorecard."
    )
    serious = any(one.severity == "serious" for one in alike)
    return FlagPart(kind=LIKENESS, severity="serious" if serious else "notice", reason=reason)
