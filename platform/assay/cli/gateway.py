"""`assay gateway`: the language models of a challenge by themselves, with their bill."""

import signal
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assay.adapters.own_gateway import Call
    from assay.bootstrap.gateway import Ready

PICO = 10**12
"""Costs are whole picodollars, so that sums are exact."""
UNMETERED = ("hang", "reset", "down")
SHOWN = 60
"""Characters of a path."""


def command(
    directory: Annotated[
        str,
        typer.Argument(
            help="Your repository, or a folder in it; for authors a challenge.", show_default="here"
        ),
    ] = ".",
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Default the challenge's; 0 for any that is free."),
    ] = None,
    mode: Annotated[str, typer.Option(help="A bad day: slow, storm, error, down, ...")] = "ok",
    setting: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=N", help="Of the mode, as percent=30; may be repeated."),
    ] = None,
    dependency: Annotated[str, typer.Option(help="Which, where there are several.")] = "",
) -> None:
    """Serve the language models that a service asks, on 127.0.0.1, and print what calls cost.

    Ctrl-C ends it and prints the sum.
    """
    from assay.adapters.own_gateway import serving
    from assay.bootstrap.gateway import GatewayRequest, ready

    place = _place(directory)
    found = ready(GatewayRequest(place, port, mode, setting or (), dependency))
    bill = Bill()
    with serving(found.order) as gateway, _stopped_by_signals(gateway.stop):
        for line in _greeting(found, gateway.url):
            _say(line)
        for call in gateway.calls():
            bill.add(call)
            _say(told(call))
    for line in bill.lines():
        _say(line)


def _place(named: str) -> Path:
    """A challenge by its directory or its name, else where a practice kit is looked for."""
    from assay.cli.places import challenge_directory
    from assay.domain.errors import BadInput

    try:
        return challenge_directory(named)
    except BadInput:
        return Path(named)


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM are how it is stopped, and no accident."""
    before = {
        number: signal.signal(number, lambda *_: stop())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(line: str) -> None:
    from assay.cli.console import out, printable

    out().print(printable(line), markup=False, soft_wrap=True)


def _greeting(found: "Ready", url: str) -> Iterator[str]:
    one = found.dependency
    yield f"serving {found.order.data}, mode {found.order.mode}; Ctrl-C ends it and prints the sum"
    key = f" {one.key_environment}={found.key}" if found.key else ""
    yield f"export {one.environment}={url}{key}"
    if not found.key:
        yield f"its keys are those of {one.data}"
    if found.order.mode in UNMETERED:
        yield "in this mode requests reach no model, so none is metered"


def told(call: "Call") -> str:
    """A call on one line."""
    tokens = _tokens(call.prompt_tokens, call.cached_tokens, call.completion_tokens)
    cost = f"{dollars(call.cost_pico_usd)}  {tokens}  {call.latency_ms / 1e3:.2f} s"
    return f"{call.model or call.endpoint[:SHOWN]:<14} {_outcome(call):<16} {cost}"


def dollars(pico_usd: int) -> str:
    """An amount, rounded once, here."""
    return f"${pico_usd / PICO:.6f}"


def _tokens(prompt: int, cached: int, completion: int) -> str:
    return f"{prompt} tokens in ({cached} cached), {completion} out"


def _outcome(call: "Call") -> str:
    if call.status is None:
        return "no answer"
    if not call.complete:
        return f"{call.status} broken off"
    return f"{call.status} billed before" if call.repeated else str(call.status)


@dataclass(slots=True)
class Sum:
    """Of some calls."""

    calls: int = 0
    answered: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost_pico_usd: int = 0

    def add(self, call: "Call") -> None:
        """One more."""
        self.calls += 1
        self.answered += call.status == 200
        self.prompt_tokens += call.prompt_tokens
        self.cached_tokens += call.cached_tokens
        self.completion_tokens += call.completion_tokens
        self.cost_pico_usd += call.cost_pico_usd

    def line(self, name: str) -> str:
        """The sum in words."""
        tokens = _tokens(self.prompt_tokens, self.cached_tokens, self.completion_tokens)
        calls = f"{self.calls} {'call' if self.calls == 1 else 'calls'}, {self.answered} answered"
        return f"{name:<14} {dollars(self.cost_pico_usd)}  {calls}, {tokens}"


class Bill:
    """Sums of the calls by model, and of all."""

    def __init__(self) -> None:
        self._all = Sum()
        self._models: dict[str, Sum] = defaultdict(Sum)

    def add(self, call: "Call") -> None:
        """One more call."""
        self._all.add(call)
        self._models[call.model or "no model"].add(call)

    def lines(self) -> Iterator[str]:
        """What is said at the end."""
        if len(self._models) > 1:
            yield from (one.line(name) for name, one in sorted(self._models.items()))
        yield self._all.line("sum")
