"""What Ashby calls: list, start and cancel of its assessments."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Request

from assay.db.tables import Endpoint
from assay.domain.hiring import EndpointKind
from assay.domain.lifecycle import AssessmentState
from assay.features.assessments import service
from assay.features.integrations import orders
from assay.features.integrations.ashby import (
    AshbyCancelIn,
    AshbyOrderOut,
    AshbyStartIn,
    AshbyTestOut,
    AshbyTestsOut,
)
from assay.features.integrations.orders import Order
from assay.web.api import PREFIX, ats
from assay.web.api.answers import refusals
from assay.web.dependencies import ThePlatform

router = APIRouter(prefix=f"{PREFIX}/ashby", tags=["ashby"])

ByAshby = Annotated[Endpoint, Depends(ats.caller_of(EndpointKind.ASHBY))]
REASON = "cancelled in Ashby"


@router.post("/assessment.list", operation_id="ashbyListAssessments", responses=refusals())
def list_assessments(platform: ThePlatform, endpoint: ByAshby) -> AshbyTestsOut:
    """The open positions."""
    with platform.database.read() as session:
        found = orders.open_positions(session, endpoint.organisation_id)
    tests = [
        AshbyTestOut(assessment_type_id=one.id, name=one.title, description=one.challenge)
        for one in found
    ]
    return AshbyTestsOut(assessments=tests)


@router.post(
    "/assessment.start", operation_id="ashbyStartAssessment", responses=refusals(404, 409, 413)
)
def start(
    request: Request, platform: ThePlatform, endpoint: ByAshby, wanted: AshbyStartIn
) -> AshbyOrderOut:
    """Invite a candidate, who gets our mail. Asked for again, it is the same order."""
    order = Order(
        id=str(uuid4()),
        position_id=wanted.assessment_type_id,
        request_key=wanted.request_key,
        candidate_name=wanted.candidate.name,
        candidate_email=wanted.candidate.email,
        sent_by="",
        answer_url=f"{endpoint.url}/assessment.update",
    )
    return AshbyOrderOut(assessment_id=ats.take(request, platform, endpoint, order))


@router.post(
    "/assessment.cancel", operation_id="ashbyCancelAssessment", responses=refusals(404, 409, 413)
)
def cancel(
    request: Request, platform: ThePlatform, endpoint: ByAshby, wanted: AshbyCancelIn
) -> AshbyOrderOut:
    """Withdraw an order. Again changes nothing."""
    with platform.database.write() as session:
        order, assessment = ats.ordered(session, endpoint, wanted.assessment_id)
        if assessment.state is not AssessmentState.REVOKED:
            by, now = ats.actor_of(request, endpoint), platform.now()
            service.revoke(session, platform.jobs, assessment.id, REASON, now, actor=by)
    return AshbyOrderOut(assessment_id=order.id)
