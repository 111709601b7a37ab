"""What is sent to us has a limit, and who passes it is told so in the form they read."""

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assay.web.refusals import refusal

BODY_MAX = 64 * 1024
"""No form and no call of the API is longer; git comes another way."""
UPLOAD_MAX = 1024 * 1024
"""Where lists of people are sent: two thousand with long names and addresses."""
AROUND = 64 * 1024
"""What a form adds to a list: the names of its fields, and what its encoding costs."""
UPLOADS = re.compile(
    r"^/(hiring|api/v1)/positions/[^/]+/(invite|invite/preview|candidates|groups)$"
)
"""Paths to which lists are sent."""


class BodyLimit:
    """Refuses a body that says it is too long, unread, and stops reading one that turns out so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = body_max(scope["path"])
        if _declared(Headers(scope=scope)) > most:
            await refusal(scope, 413, "too_large", _message(most))(scope, receive, send)
        else:
            await self.app(scope, _Counted(receive, most), send)


def body_max(path: str) -> int:
    """Bytes that can be sent to a path. Lists come as they are, or with %-signs in them."""
    return 3 * UPLOAD_MAX + AROUND if UPLOADS.match(path) else BODY_MAX


class _Counted:
    """A body that was not declared: counted as it comes."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._bytes = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._most:
            raise HTTPException(413, _message(self._most).removesuffix("."))
        return message


def _message(most: int) -> str:
    return f"At most {most // 1024} KiB can be sent here."


def _declared(headers: Headers) -> int:
    """Bytes it says it has; 0 if it says none, or no number: the server refuses that itself."""
    told = headers.get("content-length", "")
    return int(told) if told.isdecimal() else 0
