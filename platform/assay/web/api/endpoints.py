"""Endpoints and deliveries, for programs."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from assay.auth.principal import Principal, Staff, require
from assay.db.tables import Endpoint
from assay.domain.errors import Conflict
from assay.domain.permissions import Action
from assay.features.integrations import deliveries, endpoints, outbox
from assay.features.integrations.deliveries import DeliveryView
from assay.features.integrations.endpoints import Made, Wish
from assay.web.api import PREFIX
from assay.web.api.answers import refusals
from assay.web.api.endpoint_schemas import (
    DeliveriesOut,
    DeliveryOut,
    EndpointIn,
    EndpointOut,
    EndpointsOut,
    MadeOut,
    ReplayedOut,
)
from assay.web.dependencies import ID_PATTERN, ACaller, RowId, ThePlatform, actor_of
from assay.web.platform import Platform

router = APIRouter(prefix=PREFIX, tags=["endpoints"])

ONLY_ORDERS = "this endpoint is told only of what it has ordered: there is nothing to try out"


@router.get("/endpoints", operation_id="listEndpoints", responses=refusals())
def list_endpoints(platform: ThePlatform, caller: ACaller) -> EndpointsOut:
    """Who is told of what happens."""
    staff = _owner(caller)
    with platform.database.read() as session:
        found = endpoints.endpoints_of(session, staff.organisation_id)
        return EndpointsOut(endpoints=[endpoint_out(row) for row in found])


@router.post(
    "/endpoints", operation_id="addEndpoint", status_code=201, responses=refusals(409, 413)
)
def add(request: Request, platform: ThePlatform, caller: ACaller, wanted: EndpointIn) -> MadeOut:
    """Add an endpoint. Its secret is told this once."""
    staff, by, now = _owner(caller), actor_of(request, caller), platform.now()
    with platform.database.write() as session:
        ours, wish = staff.organisation_id, _wish(platform, wanted)
        return _made_out(endpoints.add(session, ours, wish, now, actor=by))


@router.get("/endpoints/{endpoint_id}", operation_id="getEndpoint", responses=refusals(404))
def get(platform: ThePlatform, caller: ACaller, endpoint_id: RowId) -> EndpointOut:
    """One endpoint."""
    staff = _owner(caller)
    with platform.database.read() as session:
        return endpoint_out(endpoints.own_endpoint(session, staff.organisation_id, endpoint_id))


@router.put("/endpoints/{endpoint_id}", operation_id="changeEndpoint", responses=refusals(404, 413))
def change(
    request: Request,
    platform: ThePlatform,
    caller: ACaller,
    endpoint_id: RowId,
    wanted: EndpointIn,
) -> EndpointOut:
    """Change name, address, events, and whether it is told names."""
    staff, by, now = _owner(caller), actor_of(request, caller), platform.now()
    with platform.database.write() as session:
        ours, wish = staff.organisation_id, _wish(platform, wanted)
        return endpoint_out(endpoints.change(session, ours, endpoint_id, wish, now, actor=by))


@router.post(
    "/endpoints/{endpoint_id}/secret",
    operation_id="changeEndpointSecret",
    responses=refusals(404, 409),
)
def change_secret(
    request: Request, platform: ThePlatform, caller: ACaller, endpoint_id: RowId
) -> MadeOut:
    """Make another secret. Of a signed endpoint both sign for a day."""
    staff, by, now = _owner(caller), actor_of(request, caller), platform.now()
    with platform.database.write() as session:
        ours = staff.organisation_id
        return _made_out(endpoints.change_secret(session, ours, endpoint_id, now, actor=by))


@router.post(
    "/endpoints/{endpoint_id}/disable", operation_id="disableEndpoint", responses=refusals(404)
)
def disable(
    request: Request, platform: ThePlatform, caller: ACaller, endpoint_id: RowId
) -> EndpointOut:
    """Switch it off. Again changes nothing."""
    staff, by, now = _owner(caller), actor_of(request, caller), platform.now()
    with platform.database.write() as session:
        ours = staff.organisation_id
        return endpoint_out(endpoints.disable(session, ours, endpoint_id, now, actor=by))


@router.post(
    "/endpoints/{endpoint_id}/enable", operation_id="enableEndpoint", responses=refusals(404)
)
def enable(
    request: Request, platform: ThePlatform, caller: ACaller, endpoint_id: RowId
) -> EndpointOut:
    """Switch it on: what waited is sent. Again changes nothing."""
    staff, by, now = _owner(caller), actor_of(request, caller), platform.now()
    with platform.database.write() as session:
        ours = staff.organisation_id
        return endpoint_out(endpoints.enable(session, ours, endpoint_id, now, actor=by))


@router.post(
    "/endpoints/{endpoint_id}/test", operation_id="testEndpoint", responses=refusals(404, 409)
)
def try_out(platform: ThePlatform, caller: ACaller, endpoint_id: RowId) -> DeliveryOut:
    """Send it an event of type `endpoint.tested`."""
    staff, now = _owner(caller), platform.now()
    with platform.database.write() as session:
        row = endpoints.own_endpoint(session, staff.organisation_id, endpoint_id)
        sent = outbox.try_out(session, row, platform.public_url, now)
        if sent is None:
            raise Conflict(ONLY_ORDERS)
        session.flush()
        return delivery_out(deliveries.own_delivery(session, staff.organisation_id, sent.id))


@router.get(
    "/endpoints/{endpoint_id}/deliveries", operation_id="listDeliveries", responses=refusals(404)
)
def list_deliveries(
    platform: ThePlatform,
    caller: ACaller,
    endpoint_id: RowId,
    state: Literal["waiting", "delivered", "failed"] | None = None,
    after: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = deliveries.PAGE,
) -> DeliveriesOut:
    """What was sent there, the newest first."""
    staff = _owner(caller)
    with platform.database.read() as session:
        endpoints.own_endpoint(session, staff.organisation_id, endpoint_id)
        found = deliveries.deliveries_of(
            session, endpoint_id, state=state, after=after or "", limit=limit
        )
        shown = [delivery_out(view) for view in found.rows]
    return DeliveriesOut(deliveries=shown, after=found.after)


@router.post(
    "/endpoints/{endpoint_id}/replay", operation_id="replayFailed", responses=refusals(404)
)
def replay_failed(
    request: Request, platform: ThePlatform, caller: ACaller, endpoint_id: RowId
) -> ReplayedOut:
    """Send again all that was given up."""
    staff, by, now = _owner(caller), actor_of(request, caller), platform.now()
    with platform.database.write() as session:
        row = endpoints.own_endpoint(session, staff.organisation_id, endpoint_id)
        return ReplayedOut(replayed=deliveries.replay_failed(session, row, now, actor=by))


@router.get("/deliveries/{delivery_id}", operation_id="getDelivery", responses=refusals(404))
def get_delivery(platform: ThePlatform, caller: ACaller, delivery_id: RowId) -> DeliveryOut:
    """One delivery."""
    staff = _owner(caller)
    with platform.database.read() as session:
        return delivery_out(deliveries.own_delivery(session, staff.organisation_id, delivery_id))


@router.post(
    "/deliveries/{delivery_id}/replay", operation_id="replayDelivery", responses=refusals(404)
)
def replay(
    request: Request, platform: ThePlatform, caller: ACaller, delivery_id: RowId
) -> DeliveryOut:
    """Send it again, whatever came of it before."""
    staff, by, now = _owner(caller), actor_of(request, caller), platform.now()
    with platform.database.write() as session:
        deliveries.replay(session, staff.organisation_id, delivery_id, now, actor=by)
        return delivery_out(deliveries.own_delivery(session, staff.organisation_id, delivery_id))


def endpoint_out(row: Endpoint) -> EndpointOut:
    """An endpoint, without its secret."""
    return EndpointOut(
        id=row.id,
        kind=row.kind,
        name=row.name,
        url=row.url,
        events=endpoints.events_of(row),
        personal=row.personal,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
    )


def delivery_out(view: DeliveryView) -> DeliveryOut:
    """A delivery."""
    row = view.row
    return DeliveryOut(
        id=row.id,
        endpoint_id=row.endpoint_id,
        event=view.event,
        type=view.kind,
        assessment_id=row.assessment_id,
        state=view.state,
        attempts=row.attempts,
        created_at=row.created_at,
        next_at=row.next_at,
        delivered_at=row.delivered_at,
        status=row.status,
        error=row.error,
        method=row.method,
        url=row.url,
        body=row.body,
    )


def _owner(caller: Principal) -> Staff:
    return require(caller, Action.MANAGE_INTEGRATIONS)


def _wish(platform: Platform, wanted: EndpointIn) -> Wish:
    return Wish(
        kind=wanted.kind,
        name=wanted.name,
        url=wanted.url,
        events=wanted.events,
        personal=wanted.personal,
        their_key=wanted.their_key,
        their_token=wanted.their_token,
        plain=platform.outward.plain,
    )


def _made_out(made: Made) -> MadeOut:
    return MadeOut(endpoint=endpoint_out(made.endpoint), secret=made.secret)
