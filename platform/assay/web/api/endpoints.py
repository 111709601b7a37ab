"""Endpoints and deliveries, for programs."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from assay.auth.principal import Principal, Staff
from assay.db.tables import Endpoint
from assay.domain.veil import Veil
from assay.features.integrations import deliveries, endpoints, outbox
from assay.features.integrations.deliveries import DeliveryView
from assay.features.integrations.endpoints import Made, Wish
from assay.features.integrations.removing import remove
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
from assay.web.dependencies import ID_PATTERN, ACaller, RowId, ThePlatform
from assay.web.integrations import done, owner, veils_of
from assay.web.platform import Platform

router = APIRouter(prefix=PREFIX, tags=["endpoints"])


@router.get("/endpoints", operation_id="listEndpoints", responses=refusals())
def list_endpoints(platform: ThePlatform, caller: ACaller) -> EndpointsOut:
    """Who is told of what happens."""
    staff = owner(caller)
    with platform.database.read() as session:
        found = endpoints.endpoints_of(session, staff.organisation_id)
        return EndpointsOut(endpoints=[endpoint_out(row) for row in found])


@router.post(
    "/endpoints", operation_id="addEndpoint", status_code=201, responses=refusals(409, 413)
)
def add(request: Request, platform: ThePlatform, caller: ACaller, wanted: EndpointIn) -> MadeOut:
    """Add an endpoint. Its secret is told this once."""
    return _made_out(done(request, platform, caller, endpoints.add, _wish(platform, wanted)))


@router.get("/endpoints/{endpoint_id}", operation_id="getEndpoint", responses=refusals(404))
def get(platform: ThePlatform, caller: ACaller, endpoint_id: RowId) -> EndpointOut:
    """One endpoint."""
    staff = owner(caller)
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
    wish = _wish(platform, wanted)
    return endpoint_out(done(request, platform, caller, endpoints.change, endpoint_id, wish))


@router.delete(
    "/endpoints/{endpoint_id}",
    operation_id="removeEndpoint",
    status_code=204,
    responses=refusals(404),
)
def take_away(
    request: Request, platform: ThePlatform, caller: ACaller, endpoint_id: RowId
) -> Response:
    """Remove it, with its secrets and its deliveries. What waits is not sent."""
    done(request, platform, caller, remove, endpoint_id)
    return Response(status_code=204)


@router.post(
    "/endpoints/{endpoint_id}/secret",
    operation_id="changeEndpointSecret",
    responses=refusals(404, 409),
)
def change_secret(
    request: Request, platform: ThePlatform, caller: ACaller, endpoint_id: RowId
) -> MadeOut:
    """Make another secret. Of a signed endpoint both sign for a day."""
    return _made_out(done(request, platform, caller, endpoints.change_secret, endpoint_id))


@router.post(
    "/endpoints/{endpoint_id}/disable", operation_id="disableEndpoint", responses=refusals(404)
)
def disable(
    request: Request, platform: ThePlatform, caller: ACaller, endpoint_id: RowId
) -> EndpointOut:
    """Switch it off. Again changes nothing."""
    return endpoint_out(done(request, platform, caller, endpoints.disable, endpoint_id))


@router.post(
    "/endpoints/{endpoint_id}/enable", operation_id="enableEndpoint", responses=refusals(404)
)
def enable(
    request: Request, platform: ThePlatform, caller: ACaller, endpoint_id: RowId
) -> EndpointOut:
    """Switch it on: what waited is sent. Again changes nothing."""
    return endpoint_out(done(request, platform, caller, endpoints.enable, endpoint_id))


@router.post(
    "/endpoints/{endpoint_id}/test", operation_id="testEndpoint", responses=refusals(404, 409)
)
def try_out(platform: ThePlatform, caller: ACaller, endpoint_id: RowId) -> DeliveryOut:
    """Send it an event of type `endpoint.tested`."""
    staff, now = owner(caller), platform.now()
    with platform.database.write() as session:
        row = endpoints.own_endpoint(session, staff.organisation_id, endpoint_id)
        sent = outbox.try_out(session, row, platform.public_url, now)
        return _delivery(session, caller, staff, sent.id)


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
    staff = owner(caller)
    with platform.database.read() as session:
        endpoints.own_endpoint(session, staff.organisation_id, endpoint_id)
        found = deliveries.deliveries_of(
            session, endpoint_id, state=state, after=after or "", limit=limit
        )
        veil_of = veils_of(session, caller, [view.row for view in found.rows])
        shown = [delivery_out(view, veil_of(view.row)) for view in found.rows]
    return DeliveriesOut(deliveries=shown, after=found.after)


@router.post(
    "/endpoints/{endpoint_id}/replay", operation_id="replayFailed", responses=refusals(404)
)
def replay_failed(
    request: Request, platform: ThePlatform, caller: ACaller, endpoint_id: RowId
) -> ReplayedOut:
    """Send again all that was given up."""
    again = done(request, platform, caller, deliveries.replay_failed, endpoint_id)
    return ReplayedOut(replayed=again)


@router.get("/deliveries/{delivery_id}", operation_id="getDelivery", responses=refusals(404))
def get_delivery(platform: ThePlatform, caller: ACaller, delivery_id: RowId) -> DeliveryOut:
    """One delivery."""
    staff = owner(caller)
    with platform.database.read() as session:
        return _delivery(session, caller, staff, delivery_id)


@router.post(
    "/deliveries/{delivery_id}/replay", operation_id="replayDelivery", responses=refusals(404)
)
def replay(
    request: Request, platform: ThePlatform, caller: ACaller, delivery_id: RowId
) -> DeliveryOut:
    """Send it again, whatever came of it before."""
    done(request, platform, caller, deliveries.replay, delivery_id)
    return get_delivery(platform, caller, delivery_id)


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


def delivery_out(view: DeliveryView, veil: Veil) -> DeliveryOut:
    """A delivery, as who asks may read it."""
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
        error=veil(row.error),
        method=row.method,
        url=row.url,
        body=veil(row.body),
    )


def _delivery(session: Session, caller: Principal, staff: Staff, delivery_id: str) -> DeliveryOut:
    view = deliveries.own_delivery(session, staff.organisation_id, delivery_id)
    return delivery_out(view, veils_of(session, caller, [view.row])(view.row))


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
