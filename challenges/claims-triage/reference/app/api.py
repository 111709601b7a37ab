"""The endpoints. Bodies are parsed once, straight from bytes."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError

from app import logs
from app.audit import Archive
from app.desk import RETRY_AFTER_S, Busy, Conflict, Desk
from app.errors import invalid, json_response, refusal
from app.metrics import FEEDBACK, LATENCY, REGISTRY, REQUESTS
from app.schemas import Batch, Claim, Feedback, Message
from app.watch import Watch

MAX_BODY_BYTES = 1_048_576
SLOW_S = 8.0
DESK = web.AppKey("desk", Desk)
ARCHIVE = web.AppKey("archive", Archive)
WATCH = web.AppKey("watch", Watch)

M = TypeVar("M", bound=Message)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
routes = web.RouteTableDef()


@routes.post("/v1/claims")
async def claim(request: web.Request) -> web.Response:
    """Decide one claim."""
    [decision] = await request.app[DESK].decide([await _read(request, Claim)])
    return json_response(decision)


@routes.post("/v1/claims/batch")
async def batch(request: web.Request) -> web.Response:
    """Decide up to twenty claims, all or none."""
    claims = (await _read(request, Batch)).claims
    return json_response({"decisions": await request.app[DESK].decide(claims)})


@routes.get("/v1/claims/{claim_id}/audit")
async def audit(request: web.Request) -> web.Response:
    """The record of a decision."""
    record = request.app[ARCHIVE].of(request.match_info["claim_id"])
    if record is None:
        return refusal(404, "unknown_claim", "There is no record of a claim with this id.")
    return json_response(record)


@routes.post("/v1/feedback")
async def feedback(request: web.Request) -> web.Response:
    """Take what an adjuster found."""
    label = await _read(request, Feedback)
    known = request.app[WATCH].labelled(label.claim_id, label.payable)
    FEEDBACK.labels(str(label.payable).lower()).inc()
    return json_response({"claim_id": label.claim_id, "matched": known}, 202)


@routes.get("/livez")
async def livez(_: web.Request) -> web.Response:
    """The process answers."""
    return json_response({"status": "alive"})


@routes.get("/readyz")
async def readyz(_: web.Request) -> web.Response:
    """Ready as soon as it listens: without the gateway, claims go to people."""
    return json_response({"status": "ready"})


@routes.get("/metrics")
async def metrics(_: web.Request) -> web.Response:
    """For Prometheus."""
    return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})


@web.middleware
async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every request is counted and timed; what fails is answered in our own words."""
    begun, path = time.perf_counter(), _path(request)
    response = await _answered(request, handler, path)
    seconds = time.perf_counter() - begun
    REQUESTS.labels(path, str(response.status)).inc()
    LATENCY.labels(path).observe(seconds)
    if seconds > SLOW_S:
        logs.warning("slow", path=path, status=response.status, ms=round(seconds * 1000))
    return response


async def _answered(request: web.Request, handler: Handler, path: str) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as error:
        return invalid(error)
    except Busy:
        wait = {"Retry-After": str(RETRY_AFTER_S)}
        return refusal(429, "busy", "Too many claims are waiting. Try again soon.", **wait)
    except Conflict:
        return refusal(409, "claim_changed", "This claim_id was sent before with other content.")
    except web.HTTPException as error:
        return refusal(error.status, "refused", error.reason)
    except Exception as exception:  # the last line of defence
        logs.error("failed", exception, path=path)
        return refusal(500, "internal", "Something went wrong on our side.")


async def _read(request: web.Request, kind: type[M]) -> M:
    return kind.model_validate_json(await request.read())


def _path(request: web.Request) -> str:
    """The route's template, so that a caller cannot invent label values."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "other"
