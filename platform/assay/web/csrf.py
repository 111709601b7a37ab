"""A request that changes something comes from our own pages, or from no browser.

Browsers say where a request comes from, by `Sec-Fetch-Site` and by `Origin`; programs say
neither. That is all it takes: no tokens in forms. (The scheme of Go's CrossOriginProtection.)
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from assay.web.refusals import refusal

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site: our own page, or the person's own doing."""


class SameOrigin:
    """Refuses requests that another site's page made a browser send."""

    def __init__(self, app: ASGIApp, *, public_url: str) -> None:
        self.app = app
        self.host = urlsplit(public_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        changes = scope["type"] == "http" and scope["method"] not in SAFE
        if changes and not self._is_own(Headers(scope=scope)):
            await refusal(scope, 403, "cross_origin", MESSAGE)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_own(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in OWN
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc in {self.host, headers.get("host")}


MESSAGE = (
    "This request came from another site's page, so it was refused. "
    "Open the page here and try again."
)
