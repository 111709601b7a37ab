"""What Greenhouse calls: its assessment-partner API, exactly as Greenhouse documents it."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from assay.db.tables import Endpoint
from assay.domain.errors import BadInput
from assay.domain.hiring import EndpointKind
from assay.features.integrations import facts, greenhouse, orders, warnings
from assay.features.integrations.addresses import may_call_back
from assay.features.integrations.greenhouse import (
    HeardOut,
    InterviewOut,
    ResponseErrorIn,
    SendTestIn,
    StatusOut,
    TakeHomeOut,
)
from assay.features.integrations.heard import WITHOUT_NUL
from assay.features.integrations.orders import Order
from assay.kit.ids import new_id
from assay.kit.text import one_line
from assay.web.api import PREFIX, ats
from assay.web.api.answers import refusals
from assay.web.dependencies import ThePlatform

logger = logging.getLogger(__name__)
router = APIRouter(prefix=f"{PREFIX}/greenhouse", tags=["greenhouse"])

ByGreenhouse = Annotated[Endpoint, Depends(ats.caller_of(EndpointKind.GREENHOUSE))]


@router.get("/list_tests", operation_id="greenhouseListTests", responses=refusals())
def list_tests(platform: ThePlatform, endpoint: ByGreenhouse) -> list[TakeHomeOut]:
    """The open positions. Their ids stay as they are."""
    with platform.database.read() as session:
        found = orders.open_positions(session, endpoint.organisation_id)
    return [TakeHomeOut(partner_test_id=one.id, partner_test_name=one.title) for one in found]


@router.post("/send_test", operation_id="greenhouseSendTest", responses=refusals(404, 409, 413))
def send_test(
    request: Request, platform: ThePlatform, endpoint: ByGreenhouse, wanted: SendTestIn
) -> InterviewOut:
    """Invite a candidate, who gets our mail. Asked for again, it is the same order."""
    outward = platform.outward
    if not may_call_back(wanted.url, outward.greenhouse_hosts, plain=outward.plain):
        raise BadInput(
            f"url: results are told to {', '.join(outward.greenhouse_hosts)} by https only, "
            f"and this address is elsewhere"
        )
    order = Order(
        id=new_id("ord"),
        position_id=wanted.partner_test_id,
        request_key=greenhouse.request_key(wanted),
        candidate_name=wanted.candidate.name,
        candidate_email=wanted.candidate.email,
        sent_by=wanted.sent_by or "",
        answer_url=wanted.url,
        profile_url=wanted.candidate.greenhouse_profile_url,
    )
    return InterviewOut(partner_interview_id=ats.take(request, platform, endpoint, order))


@router.get("/test_status", operation_id="greenhouseTestStatus", responses=refusals(404))
def test_status(
    platform: ThePlatform,
    endpoint: ByGreenhouse,
    partner_interview_id: Annotated[str, Query(min_length=1, max_length=100, pattern=WITHOUT_NUL)],
) -> StatusOut:
    """Where an order stands."""
    with platform.database.read() as session:
        _, assessment = ats.ordered(session, endpoint, partner_interview_id)
        sitting = facts.assessment_part(session, assessment)
        result = facts.result_of(session, assessment)
    page = facts.page_of(platform.public_url, assessment.id)
    return greenhouse.status(sitting, result, page)


@router.post("/response_error", operation_id="greenhouseResponseError", responses=refusals(413))
def response_error(
    platform: ThePlatform, endpoint: ByGreenhouse, report: ResponseErrorIn
) -> HeardOut:
    """Greenhouse could not read an answer of ours. Owners are told, once a day."""
    call, now = one_line(report.api_call, 80), platform.now()
    logger.warning("greenhouse could not read our answer to %s", call)
    with platform.database.write() as session:
        complaint = warnings.complaint(endpoint, call, report.errors, now)
        warnings.tell_owners(session, endpoint, complaint, now)
    return HeardOut()
