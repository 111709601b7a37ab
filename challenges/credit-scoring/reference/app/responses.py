"""JSON that cannot hold NaN: orjson writes null for it, and we never send null either."""

from typing import Any

import orjson
from starlette.responses import Response


class Json(Response):
    """A JSON body."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode."""
        return orjson.dumps(content)
