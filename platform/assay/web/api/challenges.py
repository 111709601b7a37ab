"""How challenges fare, and which result counts, for programs."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from assay.auth.principal import require
from assay.domain.permissions import Action
from assay.features.assessments import adoption
from assay.features.challenges.health import Asked, health, version_to_show, versions_sat
from assay.features.challenges.report import HealthOut, health_out
from assay.web.api import PREFIX, answers
from assay.web.api.answers import refusals
from assay.web.api.schemas import SLUG, AdoptIn, AssessmentOut
from assay.web.blinding import face_of
from assay.web.dependencies import ACaller, RowId, ThePlatform, actor_of
from assay.web.listing import own_assessment, own_evaluation, row_of

router = APIRouter(prefix=PREFIX, tags=["challenges"])

VERSION = r"^\d+\.\d+\.\d+$"


@router.get(
    "/challenges/{challenge_id}/health", operation_id="challengeHealth", responses=refusals(404)
)
def challenge_health(
    platform: ThePlatform,
    caller: ACaller,
    challenge_id: Annotated[str, Path(pattern=SLUG, max_length=60, examples=["credit-scoring"])],
    version: Annotated[str | None, Query(pattern=VERSION, max_length=50)] = None,
) -> HealthOut:
    """How a challenge fares with the candidates of the organisation. Nobody is named."""
    staff = require(caller, Action.SEE_RESULTS)
    package = platform.challenges.get(challenge_id)
    known = version or (package.challenge.version if package else None)
    ours = staff.organisation_id
    with platform.database.read() as session:
        shown = version_to_show(session, challenge_id, ours, installed=known)
        return health_out(
            health(session, Asked(challenge_id, shown, ours)),
            challenge=challenge_id,
            version=shown,
            invited=versions_sat(session, challenge_id, ours),
        )


@router.post(
    "/evaluations/{evaluation_id}/adopt",
    operation_id="adoptResult",
    responses=refusals(404, 409, 413),
)
def adopt(
    request: Request, platform: ThePlatform, caller: ACaller, evaluation_id: RowId, why: AdoptIn
) -> AssessmentOut:
    """Let the result of a regrade count, or that of the sealed evaluation again."""
    staff = require(caller, Action.ADOPT)
    with platform.database.write() as session:
        found = own_evaluation(session, staff.organisation_id, evaluation_id)
        row = own_assessment(session, staff.organisation_id, found.assessment_id)
        by, now, url = actor_of(request, caller), platform.now(), platform.public_url
        adoption.adopt(session, evaluation_id, why.reason, url, now, actor=by)
        session.flush()
        return answers.assessment(row_of(session, row), face_of(session, caller, row))
