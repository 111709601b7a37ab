"""What machines ask: `/livez`, `/readyz`, `/metrics`."""

import structlog
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from assay.web.dependencies import ThePlatform
from assay.web.metrics import Metrics

router = APIRouter(include_in_schema=False)


@router.get("/livez")
async def livez() -> dict[str, str]:
    """The process answers. Says nothing about what it needs: a restart would not help."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(platform: ThePlatform) -> Response:
    """Whether requests can be served, and if not, why."""
    reasons = {name: check() for name, check in platform.checks.items()}
    bad = {name: reason for name, reason in reasons.items() if reason}
    if bad:
        structlog.get_logger().warning("not ready", reasons=bad)
    told = {name: reason or "ok" for name, reason in reasons.items()}
    status = "not ready" if bad else "ok"
    return JSONResponse({"status": status, "checks": told}, 503 if bad else 200)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """For Prometheus."""
    own: Metrics = request.app.state.metrics
    own.catch_up()
    return Response(generate_latest(own.registry), media_type=CONTENT_TYPE_LATEST)
