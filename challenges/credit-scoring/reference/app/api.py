"""The endpoints. Bodies are read with a limit and parsed once, straight from bytes."""

from typing import TypeVar

from fastapi import APIRouter, HTTPException, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app import logs
from app.metrics import FEEDBACK, REGISTRY
from app.responses import Json
from app.schemas import Application, Batch, Feedback, Message
from app.scoring import Scorer

MAX_BODY_BYTES = 1_048_576

router = APIRouter()
M = TypeVar("M", bound=Message)


@router.post("/v1/score")
async def score(request: Request) -> Response:
    """Score one application."""
    application = await _read(request, Application)
    [answer] = await _scorer(request).score([application])
    return Json(answer)


@router.post("/v1/score/batch")
async def score_batch(request: Request) -> Response:
    """Score up to 500 applications, all or none."""
    batch = await _read(request, Batch)
    return Json({"scores": await _scorer(request).score(batch.applications)})


@router.post("/v1/feedback")
async def feedback(request: Request) -> Response:
    """Take a late label."""
    label = await _read(request, Feedback)
    known = _scorer(request).outcomes.labelled(label.application_id, label.defaulted)
    FEEDBACK.labels(str(label.defaulted).lower()).inc()
    if not known:
        logs.info("label without a score", application_id=label.application_id)
    return Json({"application_id": label.application_id, "matched": known}, status_code=202)


@router.get("/livez")
async def livez() -> Response:
    """The process answers."""
    return Json({"status": "alive"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """The model is loaded and has made a first prediction that was right."""
    _scorer(request)
    return Json({"status": "ready"})


@router.get("/metrics")
async def metrics() -> Response:
    """For Prometheus."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _scorer(request: Request) -> Scorer:
    scorer = request.app.state.scorer
    if scorer is None:
        raise HTTPException(503, "The model is still loading.")
    return scorer


async def _read(request: Request, kind: type[M]) -> M:
    return kind.model_validate_json(await _body(request))


async def _body(request: Request) -> bytes:
    if int(request.headers.get("content-length", 0)) > MAX_BODY_BYTES:
        raise HTTPException(413, "Send at most 1 MiB.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, "Send at most 1 MiB.")
    return bytes(body)
