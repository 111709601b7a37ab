"""One line of JSON per request, with an id that the answer carries too."""

import logging
import secrets
import sys
import time
from dataclasses import dataclass, field
from typing import TextIO

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assay.web.metrics import REQUESTS
from assay.web.refusals import refusal

QUIET = ("/livez", "/readyz", "/metrics", "/static/")
"""Asked every few seconds by machines, or harmless: told only when it failed."""


def configure_logs(stream: TextIO = sys.stderr) -> None:
    """JSON lines with time, level and whatever is bound to the context."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def told(**facts: str | int | None) -> None:
    """Add facts, such as a submission's id, to every line of this request."""
    structlog.contextvars.bind_contextvars(**facts)


@dataclass(slots=True)
class _Answer:
    request_id: str = field(default_factory=lambda: secrets.token_hex(6))
    status: int = 0
    began_s: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began_s


class RequestLog:
    """Logs and counts requests, and answers in words when something unforeseen happens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer()
        scope.setdefault("state", {})["request_id"] = answer.request_id
        structlog.contextvars.clear_contextvars()
        told(request_id=answer.request_id)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = answer.request_id
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception:  # noqa: BLE001 - the edge: whatever it was, a person gets an answer
            structlog.get_logger().exception("request failed", path=_route(scope))
            if not answer.status:
                await refusal(scope, 500, "internal", _sorry(answer))(scope, receive, noting)
        finally:
            _tell(scope, answer)


def _sorry(answer: _Answer) -> str:
    return (
        "Something went wrong on our side, and it was written down. Try again in a moment; "
        f"if it stays, tell your contact this number: {answer.request_id}."
    )


def _route(scope: Scope) -> str:
    """Which page, without what was filled in: an address may hold a secret."""
    path: str = getattr(scope.get("route"), "path", "unknown")
    return path


def _tell(scope: Scope, answer: _Answer) -> None:
    path = _route(scope)
    REQUESTS.labels(scope["method"], path, str(answer.status)).observe(answer.seconds)
    if scope["path"].startswith(QUIET) and answer.status < 400:
        return
    structlog.get_logger().info(
        "request",
        method=scope["method"],
        path=path,
        status=answer.status,
        milliseconds=round(answer.seconds * 1000, 1),
    )
