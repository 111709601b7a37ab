"""One dependency stand-in: a behaviour, a mode, and a memory of what it was asked."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from gevent.server import StreamServer

from assay_probe.gateways.modes import DOWN, Mode
from assay_probe.gateways.wire import Handler, Request, Response, serve, stop

REMEMBERED = 1000
EVERYWHERE = "0.0.0.0"  # noqa: S104  (the service reaches it over a network of the run)


@dataclass(slots=True)
class Gateway:
    """Serves on its port in the current mode.

    Attributes:
        asked: The latest requests: `{"path", "at_s", "mode"}`, oldest first.
        count: All requests since the last `forget`.
    """

    port: int
    answer: Handler
    mode: Mode = field(default_factory=Mode)
    asked: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    count: int = 0
    _server: StreamServer | None = None

    def set(self, mode: Mode) -> None:
        """Change the mode for every request from now on; open connections are cut.

        Cutting them makes the change total: a pooled connection of the service would
        otherwise outlive "down", and a hanging one would outlive "hang".
        """
        self.mode = mode
        if self._server is not None:
            stop(self._server)
            self._server = None
        if mode.name != DOWN:
            self._server = serve(EVERYWHERE, self.port, self._respond)

    def forget(self) -> None:
        """Start counting anew."""
        self.asked.clear()
        self.count = 0

    def _respond(self, request: Request) -> Response:
        self.count += 1
        mode = self.mode
        self.asked.append({"path": request.path, "at_s": time.monotonic(), "mode": mode.name})
        return mode.respond(request, self.answer)
