"""What one evaluation said: the candidate's view of it, tiered as the challenge chose."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from assay.db.artifacts import artifact_names, get_artifact
from assay.db.results import is_for_candidates
from assay.db.tables import Evaluation
from assay.domain.challenge import FeedbackTier
from assay.domain.errors import NotFound
from assay.domain.lifecycle import EvaluationState, Lane
from assay.domain.mends import Mend
from assay.features.submissions.feedback import feedback
from assay.features.submissions.reading import history
from assay.features.submissions.views import AreaFeedback, CriterionFeedback, Feedback
from assay.web.dependencies import ACandidate, RowId, ThePlatform
from assay.web.files import CANDIDATE_FILES, file_response
from assay.web.live.now import progress_now
from assay.web.logs import told
from assay.web.pages.sitting import PushRow, Sitting, number_of, sitting_of
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class AreaGroup:
    """An area with its lines."""

    area: AreaFeedback
    lines: Sequence[CriterionFeedback]


@router.get("/candidate/evaluations/{evaluation_id}")
def evaluation(platform: ThePlatform, candidate: ACandidate, evaluation_id: RowId) -> str:
    """One evaluation: live while it goes on, feedback once it is judged."""
    with platform.database.read() as session:
        sitting = sitting_of(session, platform, candidate.assessment_id)
        row = own_evaluation(session, sitting.id, evaluation_id)
        told(submission_id=row.submission_id)
        now, pushed = platform.now(), history(session, sitting.id)
        number = number_of(pushed, evaluation_id)
        return render(
            "candidate/evaluation.html",
            nav="evaluation",
            now=now,
            sitting=sitting,
            number=number,
            push=next(push for push in pushed if push.number == number),
            lane=row.lane,
            progress=progress_now(session, platform, evaluation_id, now),
            events_url=f"/candidate/evaluations/{evaluation_id}/events",
            files=_files(session, sitting, row),
            **_judged(session, sitting, row),
        )


@router.get("/candidate/evaluations/{evaluation_id}/files/{name}")
def file(platform: ThePlatform, candidate: ACandidate, evaluation_id: RowId, name: str) -> Response:
    """A file an evaluation left, as far as the candidate may have it."""
    with platform.database.read() as session:
        sitting = sitting_of(session, platform, candidate.assessment_id)
        row = own_evaluation(session, sitting.id, evaluation_id)
        if name not in _files(session, sitting, row):
            raise NotFound("There is no such file, or it is not shown in this assessment.")
        content = get_artifact(session, evaluation_id, name)
    return file_response(name, content)


def own_evaluation(session: Session, assessment_id: str, evaluation_id: str) -> Evaluation:
    """An evaluation of this assessment.

    Raises:
        NotFound: there is none, or it is another's.
    """
    row = session.get(Evaluation, evaluation_id)
    if row is None or row.assessment_id != assessment_id or not is_for_candidates(row):
        raise NotFound("There is no such evaluation of your pushes.")
    return row


def sealed_feedback(session: Session, sitting: Sitting, evaluation_id: str) -> Feedback | None:
    """The result that counts, once it was released. It is shown whole: no more runs follow."""
    return feedback(session, evaluation_id, "full") if sitting.released_at else None


def practice_mends(session: Session, sitting: Sitting, push: PushRow | None) -> Sequence[Mend]:
    """What a judged push leaves to mend, the most valuable first, as far as it is told."""
    if push is None or push.evaluation is None:
        return ()
    return feedback(session, push.evaluation.id, sitting.practice.feedback).mend


def _shown(sitting: Sitting, row: Evaluation) -> FeedbackTier | None:
    """What the candidate may see of it; None: nothing yet."""
    if row.state is not EvaluationState.JUDGED:
        return None
    if row.lane is Lane.PRACTICE:
        return sitting.practice.feedback
    return "full" if sitting.released_at else None


def _judged(session: Session, sitting: Sitting, row: Evaluation) -> dict[str, object]:
    tier = _shown(sitting, row)
    found = feedback(session, row.id, tier) if tier else None
    return {"feedback": found, "groups": _groups(found) if found else []}


def _groups(found: Feedback) -> list[AreaGroup]:
    groups = [
        AreaGroup(area, [line for line in found.criteria if line.area == area.id])
        for area in found.areas
    ]
    return [group for group in groups if group.lines]


def _files(session: Session, sitting: Sitting, row: Evaluation) -> list[str]:
    if _shown(sitting, row) != "full":
        return []
    there = artifact_names(session, row.id)
    return [name for name in CANDIDATE_FILES if name in there]
