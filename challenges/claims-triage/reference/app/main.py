"""Puts the parts together."""

from collections.abc import AsyncIterator

from aiohttp import web

from app import logs, metrics
from app.api import ARCHIVE, DESK, MAX_BODY_BYTES, WATCH, observed, routes
from app.audit import Archive
from app.config import Settings
from app.desk import Desk
from app.gateway import Gateway
from app.triage import Triage
from app.watch import Watch


def create_app(settings: Settings) -> web.Application:
    """The application; it opens its connections when it is started."""
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[observed])
    app.add_routes(routes)

    async def running(app: web.Application) -> AsyncIterator[None]:
        archive, watch = Archive(), Watch()
        gateway = Gateway(settings.base_url, settings.api_key, settings.attempt_s)
        triage = Triage(settings, gateway, archive, watch)
        app[DESK] = Desk(triage.decide, settings.in_work, settings.waiting)
        app[ARCHIVE], app[WATCH] = archive, watch
        watched = metrics.Watched(watch, gateway.breaker)
        metrics.REGISTRY.register(watched)
        models = (settings.small_model, settings.large_model)
        metrics.start_at_zero(models, settings.daily_budget_usd)
        logs.info("ready", gateway=bool(settings.base_url))
        yield
        metrics.REGISTRY.unregister(watched)
        await gateway.close()
        logs.info("stopped")

    app.cleanup_ctx.append(running)
    return app
