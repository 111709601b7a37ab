"""Every request is counted, timed and, if it fails or dawdles, logged."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import logs
from app.errors import refusal
from app.metrics import LATENCY, REQUESTS

SLOW_S = 0.5


class Observed:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 500 in our own words if all else fails."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def noting_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noting_status)
        except Exception as exception:  # the last line of defence
            logs.error("failed", exception, path=_path(scope))
            if not status:
                answer = refusal(500, "internal", "Something went wrong on our side.")
                await answer(scope, receive, noting_status)
        finally:
            _note(_path(scope), status, time.perf_counter() - started)


def _note(path: str, status: int, seconds: float) -> None:
    REQUESTS.labels(path, str(status)).inc()
    LATENCY.labels(path).observe(seconds)
    if seconds > SLOW_S:
        logs.warning("slow", path=path, status=status, ms=round(seconds * 1000))


def _path(scope: Scope) -> str:
    """The route's template, so that a caller cannot invent label values."""
    route = scope.get("route")
    return getattr(route, "path", "other")
