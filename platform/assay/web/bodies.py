"""What is sent to us has a limit, and who passes it is told so in the form they read."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assay.web.refusals import refusal

BODY_MAX = 64 * 1024
"""No form and no call of the API is longer; git comes another way."""
MESSAGE = f"At most {BODY_MAX // 1024} KiB can be sent here."


class BodyLimit:
    """Refuses a body that says it is too long, unread, and stops reading one that turns out so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _declared(Headers(scope=scope)) > BODY_MAX:
            await refusal(scope, 413, "too_large", MESSAGE)(scope, receive, send)
        else:
            await self.app(scope, _Counted(receive), send)


class _Counted:
    """A body that was not declared: counted as it comes."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > BODY_MAX:
            raise HTTPException(413, MESSAGE.removesuffix("."))
        return message


def _declared(headers: Headers) -> int:
    """Bytes it says it has; 0 if it says none, or no number: the server refuses that itself."""
    told = headers.get("content-length", "")
    return int(told) if told.isdecimal() else 0
