"""The web application: pages for people, an API for programs, and what machines ask."""

from functools import cache
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from assay.auth.principal import Candidate, Member
from assay.web import health
from assay.web.api import (
    PREFIX,
    ashby,
    assessments,
    challenges,
    endpoints,
    evaluations,
    greenhouse,
    keys,
    lever,
)
from assay.web.api import documents as api_documents
from assay.web.api import positions as api_positions
from assay.web.api import reviews as api_reviews
from assay.web.api import scorecards as scorecard_api
from assay.web.assets import Assets
from assay.web.bodies import BodyLimit
from assay.web.csrf import SameOrigin
from assay.web.dependencies import ThePlatform, of_cookie
from assay.web.errors import answer_errors
from assay.web.headers import SecurityHeaders
from assay.web.live import routes as live
from assay.web.live.watch import Watch, marks_of
from assay.web.logs import RequestLog
from assay.web.metrics import Metrics
from assay.web.pages import (
    audit,
    candidate,
    compare,
    data,
    decisions,
    documents,
    fairness,
    feedback,
    hiring,
    integrations,
    letters,
    position_deeds,
    position_invite,
    position_pipeline,
    positions,
    regrades,
    reviews,
    shared,
    sign_in,
    team,
)
from assay.web.pages import scorecard as scorecard_pages
from assay.web.platform import Platform
from assay.web.rendering import render

ABOUT = (
    "Invite candidates, follow their pushes, read results. Send a key as "
    "`Authorization: Bearer ask_...`; owners make keys. Refusals are JSON: "
    '`{"error": {"code", "message", "problems"}}`.'
)


def create_app(platform: Platform) -> FastAPI:
    """The application. Git is answered beside it, see `assay.web.git.server`."""
    app = FastAPI(
        title="Assay",
        version=version("assay"),
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        telemetry={"tracing": False},
        servers=[{"url": platform.public_url}],
    )
    app.state.platform = platform
    app.state.watch = Watch(marks_of(platform.database))
    app.state.metrics = Metrics(platform.database, platform.now)
    answer_errors(app)
    app.router.routes.extend(_routes())
    app.add_middleware(BodyLimit)
    app.add_middleware(SameOrigin, public_url=platform.public_url)
    app.add_middleware(RequestLog)
    app.add_middleware(SecurityHeaders, secure=platform.secure)
    return app


@cache
def _routes() -> list[BaseRoute]:
    """The same for every application: what they take and give is worked out once, at first use."""
    router = APIRouter()
    router.add_api_route(
        "/", welcome, include_in_schema=False, response_class=HTMLResponse, methods=["GET"]
    )
    for part in (
        candidate,
        data,
        documents,
        fairness,
        letters,
        shared,
        api_documents,
        feedback,
        hiring,
        positions,
        position_pipeline,
        position_invite,
        position_deeds,
        api_positions,
        reviews,
        decisions,
        compare,
        audit,
        api_reviews,
        sign_in,
        live,
        health,
        assessments,
        challenges,
        evaluations,
        keys,
        regrades,
        team,
        scorecard_pages,
        scorecard_api,
        integrations,
        endpoints,
        greenhouse,
        ashby,
        lever,
    ):
        router.include_router(part.router)
    router.mount("/static", Assets(), name="static")
    return router.routes


def welcome(request: Request, platform: ThePlatform) -> Response:
    """To where whoever comes belongs."""
    if isinstance(of_cookie(request, platform, "team"), Member):
        return RedirectResponse("/hiring", 303)
    if isinstance(of_cookie(request, platform, "candidate"), Candidate):
        return RedirectResponse("/candidate", 303)
    return HTMLResponse(render("welcome.html"))
