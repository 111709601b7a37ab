"""What Lever's webhook tells: an opportunity changed stage."""

from fastapi import APIRouter, Request

from assay.auth.limits import CALLS_OF_KEY
from assay.db.tables import Endpoint
from assay.domain.errors import BadInput, NotFound
from assay.domain.hiring import EndpointKind
from assay.features.integrations import lever
from assay.features.integrations.lever import LeverHeardOut, LeverHookIn, Opportunity
from assay.features.integrations.orders import Order
from assay.kit.ids import new_id
from assay.web.api import PREFIX, ats
from assay.web.api.answers import refusals
from assay.web.dependencies import (
    RowId,
    ThePlatform,
    limit,
    note_wrong_token,
    refuse_guessing,
)
from assay.web.errors import SignInNeeded
from assay.web.platform import Platform

router = APIRouter(prefix=f"{PREFIX}/lever", tags=["lever"])


@router.post(
    "/{endpoint_id}", operation_id="leverStageChanged", responses=refusals(404, 409, 413, 503)
)
def stage_changed(
    request: Request, platform: ThePlatform, endpoint_id: RowId, hook: LeverHookIn
) -> LeverHeardOut:
    """Invite, if a tag of the opportunity names an open position. Once for each of both."""
    refuse_guessing(platform, request)
    endpoint = _endpoint(platform, endpoint_id)
    if not lever.is_genuine(endpoint, hook):
        note_wrong_token(platform, request)
        raise SignInNeeded("This is not signed with the token of the webhook that Lever has here.")
    limit(platform, CALLS_OF_KEY, endpoint.id)
    if hook.event != lever.STAGE_CHANGED:
        return LeverHeardOut(invited=False)
    found = lever.opportunity(platform.outward.courier, endpoint, hook.data.opportunityId)
    if not found.position_id:
        return LeverHeardOut(invited=False)
    order = _order(endpoint, found)
    return LeverHeardOut(invited=ats.take(request, platform, endpoint, order) == order.id)


def _endpoint(platform: Platform, endpoint_id: str) -> Endpoint:
    with platform.database.read() as session:
        found = session.get(Endpoint, endpoint_id)
    if found is None or found.kind is not EndpointKind.LEVER or found.disabled_at:
        raise NotFound("There is no such endpoint, or it is switched off.")
    return found


def _order(endpoint: Endpoint, found: Opportunity) -> Order:
    if not found.emails:
        raise BadInput(f"the opportunity {found.id} has no mail address to invite")
    return Order(
        id=new_id("ord"),
        position_id=found.position_id,
        request_key=f"{found.position_id}:{found.id}",
        candidate_name=found.name,
        candidate_email=found.emails[0],
        sent_by="",
        answer_url=lever.notes_url(endpoint, found.id),
    )
