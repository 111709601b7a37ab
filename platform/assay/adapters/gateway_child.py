"""Serves the language models of one rule file on the loopback until standard input ends.

    python -P -m assay.adapters.gateway_child

In: one line, an `Order`. Out: a line with the port, or with the problem; then the meter's record
of each request as it ends. It is a process of its own because of gevent: nobody imports it.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET
from typing import Any

from gevent import select, socket

from assay.adapters.own_gateway import HOST, Order
from assay_probe.gateways.llm.gateway import LanguageModels
from assay_probe.gateways.modes import DOWN, Mode
from assay_probe.gateways.wire import Request, Response, serve, stop

LOOK_S = 0.1
"""How soon a call is told after its end."""


def main() -> int:
    """Exit status 0; what is wrong with the order is told."""
    order = Order(**json.loads(sys.stdin.readline()))
    try:
        models = _read(order)
        mode = Mode(order.mode, order.mode_settings, models.modes)
        port, close = _listening(order.port, models, mode)
    except ValueError as problem:
        _tell({"problem": str(problem)})
        return 0
    _tell({"port": port})
    told = 0
    while not select.select([sys.stdin], [], [], LOOK_S)[0]:
        told = _tell_calls(models, told)
    close()
    _tell_calls(models, told)
    return 0


def _read(order: Order) -> LanguageModels:
    try:
        return LanguageModels(Path(order.data), order.settings)
    except (OSError, ValueError, TypeError) as problem:
        raise ValueError(f"{order.data}: {problem}") from problem


def _listening(port: int, models: LanguageModels, mode: Mode) -> tuple[int, Callable[[], None]]:
    """The port on which they answer, and how that ends."""
    try:
        return _refusing(port) if mode.name == DOWN else _answering(port, models, mode)
    except OSError as problem:
        told = f"cannot listen on {HOST}:{port} ({problem.strerror})"
        raise ValueError(f"{told}; end what does, or name another port with --port") from problem


def _answering(port: int, models: LanguageModels, mode: Mode) -> tuple[int, Callable[[], None]]:
    def respond(request: Request) -> Response:
        return mode.respond(request, models)

    server = serve(HOST, port, respond, models.body_bytes)
    return server.server_port, lambda: stop(server)


def _refusing(port: int) -> tuple[int, Callable[[], None]]:
    """The port is ours, and nobody listens."""
    held = socket.socket()
    held.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  # connections of a better day may still linger
    held.bind((HOST, port))
    return held.getsockname()[1], held.close


def _tell_calls(models: LanguageModels, after: int) -> int:
    """Tell the calls after that number, and return the number of the last."""
    following: int | None = after
    while following is not None:
        page = models.metered(following)
        for record in page["records"]:
            _tell(record)
            after = record["number"]
        following = page["next"]
    return after


def _tell(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
