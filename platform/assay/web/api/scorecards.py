"""What stands around the result that counts, for programs: questions, the others, likeness."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import Session

from assay.auth.principal import Principal, require
from assay.db.tables import Assessment, Evaluation
from assay.domain.errors import NotFound
from assay.domain.permissions import Action
from assay.domain.questions import Question
from assay.domain.scoring import rounded
from assay.domain.veil import Veil
from assay.features.scorecards.dossier import Dossier, chosen_run, dossier_of
from assay.features.scorecards.pool import NOBODY, pool_of
from assay.web.api import PREFIX
from assay.web.api.answers import refusals
from assay.web.api.schemas import Id, Taken
from assay.web.blinding import face_of
from assay.web.dependencies import ACaller, RowId, ThePlatform
from assay.web.listing import own_assessment
from assay.web.scorecards import alike_in, other_of, standing_of

router = APIRouter(prefix=PREFIX, tags=["evaluations"])


class QuestionOut(Taken):
    """A question for the interview."""

    rule: str
    text: str
    why: str = Field(description="What a good answer shows.")
    area: str
    criterion: str = Field(description="The line it is about; empty if it is about none.")
    source: str = Field(description="Where in evidence.json it stands.")
    weight: float = Field(description="Points of 100 that were lost there.")
    origin: Literal["assay", "challenge"]


class AlikeOut(Taken):
    """Another submission that is alike. It proves nothing."""

    assessment_id: Id
    share: float = Field(ge=0, le=1, description="Of the smaller of the two.")
    severity: str


class ScorecardOut(Taken):
    """Beside `result.json`, which has every line."""

    evaluation_id: Id
    counts: bool = Field(
        description="Whether this is the result that counts; false of a practice run."
    )
    status: Literal["complete", "partial", "void"]
    total: float | None
    interval: tuple[float, float] | None
    weighted_total: float | None = Field(
        description="By the weights of the position; null where it has none."
    )
    weighted_interval: tuple[float, float] | None
    overridden_total: float | None = Field(
        description="With what people decided about single lines, by the weights of the position; "
        "null where nobody did, and to a reviewer who has yet to judge."
    )
    others: int = Field(description="Other results of the same challenge and version.")
    percentile: float | None = Field(description="Among them; null of fewer than six.")
    questions: list[QuestionOut] = Field(description="What tells most first.")
    compared_with: int | None = Field(description="Null: not compared with others yet.")
    alike: list[AlikeOut]


@router.get(
    "/assessments/{assessment_id}/scorecard", operation_id="getScorecard", responses=refusals(404)
)
def get_scorecard(platform: ThePlatform, caller: ACaller, assessment_id: RowId) -> ScorecardOut:
    """The scorecard of an assessment: of the result that counts, or of the last that was judged."""
    staff = require(caller, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_assessment(session, staff.organisation_id, assessment_id)
        run = chosen_run(session, assessment_id)
        found = dossier_of(session, run) if run else None
        if run is None or found is None:
            raise NotFound("There is no result of this assessment yet.")
        return _answer(session, caller, row, run, found)


def _answer(
    session: Session, caller: Principal, row: Assessment, run: Evaluation, found: Dossier
) -> ScorecardOut:
    face = face_of(session, caller, row)
    standing = standing_of(session, row, run, found, face)
    pool = pool_of(session, row) if standing.counts else NOBODY
    similar, compared = alike_in(session, caller, run)
    decided = standing.overrides.total
    others = [(other_of(session, one.match.submission_id), one.match) for one in similar]
    return ScorecardOut(
        evaluation_id=found.evaluation_id,
        counts=standing.counts,
        status=found.result.status,
        total=found.result.total,
        interval=found.result.interval,
        weighted_total=standing.weighted,
        weighted_interval=standing.interval,
        overridden_total=None if decided is None else float(rounded(decided)),
        others=pool.count,
        percentile=pool.percentile,
        questions=[_question(one, face.veil) for one in found.prepared.questions],
        compared_with=compared,
        alike=[
            AlikeOut(assessment_id=other.id, share=match.share, severity=match.severity)
            for other, match in others
            if other
        ],
    )


def _question(one: Question, veil: Veil) -> QuestionOut:
    return QuestionOut(
        rule=one.rule,
        text=veil(one.text),
        why=one.why,
        area=one.area,
        criterion=one.criterion,
        source=one.source,
        weight=one.weight,
        origin=one.origin,
    )
