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

Way = Callable[[Request, Handler, Settings], Response]

MODES: dict[str, Way] = {
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
class Modes:
    """The ways in which one kind of stand-in can fail; every one can be "down".

    Attributes:
        ways: Mode -> what it does with a request.
        defaults: Mode -> its settings, all of them.
        gentle: Whether a change cuts connections only where it must, into and out of "down" and
            out of "hang", so that whoever is under way ends in the mode in which it began.
        check: Raises ValueError for settings that make no sense.
    """

    ways: Mapping[str, Way]
    defaults: Mapping[str, Settings]
    gentle: bool = False
    check: Callable[[str, Settings], None] | None = None

    def cuts(self, before: str, after: str) -> bool:
        """Whether changing from one mode to the other ends the open connections."""
        return not self.gentle or DOWN in (before, after) or before == "hang"


COMMON = Modes(MODES, DEFAULTS)
"""What every stand-in can do that has no modes of its own."""


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode with its settings.

    Raises:
        ValueError: there is no such mode or it has no such setting.
    """

    name: str = "ok"
    settings: Settings = field(default_factory=dict)
    among: Modes = COMMON

    def __post_init__(self) -> None:
        if self.name != DOWN and self.name not in self.among.ways:
            known = ", ".join([*self.among.ways, DOWN])
            raise ValueError(f"no mode {self.name!r}; there are: {known}")
        allowed = self.among.defaults.get(self.name, {})
        for setting, value in self.settings.items():
            if setting not in allowed or isinstance(value, bool) or not isinstance(value, int):
                raise ValueError(f"mode {self.name!r} takes no setting {setting}={value!r}")
        if self.among.check:
            self.among.check(self.name, self.settings)

    def respond(self, request: Request, answer: Handler) -> Response:
        """The answer to one request in this mode."""
        settings = {**self.among.defaults.get(self.name, {}), **self.settings}
        return self.among.ways[self.name](request, answer, settings)
