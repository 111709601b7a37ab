"""One dependency stand-in: a behaviour, a mode, and a memory of what it was asked."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from gevent.server import StreamServer

from assay_probe.gateways.modes import COMMON, DOWN, Mode, Modes
from assay_probe.gateways.wire import BODY_BYTES, Handler, Request, Response, serve, stop

REMEMBERED = 1000
EMPTY: Mapping[str, Any] = MappingProxyType({})
EVERYWHERE = "0.0.0.0"  # noqa: S104  (the service reaches it over a network of the run)


@runtime_checkable
class OwnRules(Handler, Protocol):
    """A behaviour with modes of its own, longer requests, and a meter of what it did."""

    modes: Modes
    body_bytes: int

    def metered(self, after: int) -> dict[str, Any]:
        """Sums since the start, and what was done after the record of that number."""


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

    def set(self, name: str, settings: Mapping[str, Any] = EMPTY) -> None:
        """Change the mode for every request from now on; open connections are cut.

        Cutting them makes the change total: a pooled connection of the service would
        otherwise outlive "down", and a hanging one would outlive "hang". Behaviours with
        gentle modes are cut only then.

        Raises:
            ValueError: there is no such mode or it has no such setting.
        """
        own = self.answer if isinstance(self.answer, OwnRules) else None
        modes = own.modes if own else COMMON
        mode, before = Mode(name, settings, modes), self.mode.name
        self.mode = mode
        if self._server is not None and modes.cuts(before, name):
            stop(self._server)
            self._server = None
        if name != DOWN and self._server is None:
            longest = own.body_bytes if own else BODY_BYTES
            self._server = serve(EVERYWHERE, self.port, self._respond, longest)

    def metered(self, after: int) -> dict[str, Any]:
        """What its meter says.

        Raises:
            ValueError: it has none.
        """
        if not isinstance(self.answer, OwnRules):
            raise ValueError("this stand-in has no meter")  # noqa: TRY004 - no mistake of ours
        return self.answer.metered(after)

    def forget(self) -> None:
        """Start counting anew."""
        self.asked.clear()
        self.count = 0

    def _respond(self, request: Request) -> Response:
        self.count += 1
        mode = self.mode
        self.asked.append({"path": request.path, "at_s": time.monotonic(), "mode": mode.name})
        return mode.respond(request, self.answer)
