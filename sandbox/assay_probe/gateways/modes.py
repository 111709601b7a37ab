"""How a dependency can fail. A mode stands between every request and the behaviour."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gevent

from assay_probe.gateways.wire import Handler, Request, Reset, Response, json_response

HANG_S = 3600.0
Settings = Mapping[str, Any]


def _ok(request: Request, answer: Handler, _settings: Settings) -> Response:
    """As it should be."""
    return answer(request)


def _slow(request: Request, answer: Handler, settings: Settings) -> Response:
    """Right, after `delay_ms`."""
    gevent.sleep(settings["delay_ms"] / 1000)
    return answer(request)


def _hang(_request: Request, _answer: Handler, _settings: Settings) -> Response:
    """Accepts the request and never answers."""
    gevent.sleep(HANG_S)
    raise Reset


def _error(_request: Request, _answer: Handler, settings: Settings) -> Response:
    """Answers `status` to everything."""
    return json_response(settings["status"], {"error": "the dependency failed"})


def _garbled(request: Request, answer: Handler, _settings: Settings) -> Response:
    """200 with the first half of the right body: not JSON any more."""
    body = answer(request).body
    return Response(200, body[: len(body) // 2] + b"\x00\xff")


def _reset(_request: Request, _answer: Handler, _settings: Settings) -> Response:
    """Takes the request, then cuts the connection."""
    raise Reset


DOWN = "down"
"""Connections are refused. Not in the table: it happens before there is a request."""

MODES: dict[str, Callable[[Request, Handler, Settings], Response]] = {
    "ok": _ok,
    "slow": _slow,
    "hang": _hang,
    "error": _error,
    "garbled": _garbled,
    "reset": _reset,
}

DEFAULTS: dict[str, Settings] = {
    "slow": {"delay_ms": 1000},
    "error": {"status": 503},
}


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode with its settings.

    Raises:
        ValueError: there is no such mode or it has no such setting.
    """

    name: str = "ok"
    settings: Settings = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name != DOWN and self.name not in MODES:
            raise ValueError(f"no mode {self.name!r}; there are: {', '.join([*MODES, DOWN])}")
        allowed = DEFAULTS.get(self.name, {})
        for setting, value in self.settings.items():
            if setting not in allowed or isinstance(value, bool) or not isinstance(value, int):
                raise ValueError(f"mode {self.name!r} takes no setting {setting}={value!r}")

    def respond(self, request: Request, answer: Handler) -> Response:
        """The answer to one request in this mode."""
        settings = {**DEFAULTS.get(self.name, {}), **self.settings}
        return MODES[self.name](request, answer, settings)
