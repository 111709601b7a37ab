"""Puts the parts together: liveness at once, readiness when the model has proved itself."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from app import logs
from app.api import router
from app.bureau import Bureau
from app.config import Settings
from app.errors import on_http_error, on_invalid
from app.influence import limits_of
from app.metrics import REGISTRY, Watched, announce
from app.middleware import Observed
from app.model import Model, load_model
from app.scoring import Scorer


def create_app(settings: Settings) -> FastAPI:
    """The application; it loads its model when it is started."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        bureau = Bureau(settings.bureau_url, settings.bureau_timeout_s)
        loading = asyncio.create_task(_become_ready(app, settings, bureau))
        yield
        loading.cancel()
        await bureau.close()
        logs.info("stopped")

    app = FastAPI(title="Credit scoring", lifespan=lifespan)
    app.state.scorer = None
    app.include_router(router)
    app.add_middleware(Observed)
    app.add_exception_handler(ValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http_error)
    return app


async def _become_ready(app: FastAPI, settings: Settings, bureau: Bureau) -> None:
    try:
        model = await asyncio.to_thread(_proven_model, settings)
    except Exception as exception:  # whatever it is: never ready, and somebody is told
        logs.error("no model", exception)
        return
    scorer = Scorer(model, bureau)
    REGISTRY.register(
        Watched(scorer.drift.psi, scorer.outcomes.brier_score, lambda: bureau.breaker.open)
    )
    gc.collect()
    gc.freeze()  # what was loaded stays: do not look through it for garbage again
    app.state.scorer = scorer
    announce(model.version, model.profile, limits_of(model.influences))
    logs.info("ready", model_version=model.version)


def _proven_model(settings: Settings) -> Model:
    model = load_model(settings.model_path)
    model.self_test()
    return model
