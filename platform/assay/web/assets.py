"""Our own files for browsers. Their address names their content, so they are kept for ever."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).with_name("static")
FOR_EVER = "public, max-age=31536000, immutable"


@cache
def asset_url(name: str) -> str:
    """Where a browser finds `static/<name>`, with the beginning of its SHA-256.

    Raises:
        OSError: there is no such file.
    """
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


class Assets(StaticFiles):
    """The folder `static`."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """See starlette; asked for by version, a file may be kept for ever."""
        response = await super().get_response(path, scope)
        is_versioned = scope["query_string"].startswith(b"v=")
        response.headers["cache-control"] = FOR_EVER if is_versioned else "no-cache"
        return response
