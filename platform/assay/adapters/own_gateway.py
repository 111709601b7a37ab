"""Language models on this machine's loopback, in a process of their own that ends with ours."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from assay.domain.errors import BadInput, PlatformFault

PROGRAM = ("-P", "-m", "assay.adapters.gateway_child")
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Order:
    """What is served.

    Attributes:
        data: Path of the rule file.
        settings: Of the dependency: they replace fields of the file.
        port: Of the loopback; 0 for any that is free.
        mode: One of the gateway's, with `mode_settings`.
    """

    data: str
    settings: Mapping[str, Any]
    port: int
    mode: str
    mode_settings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as the meter wrote it down.

    Attributes:
        endpoint: The path that was asked for, in the caller's words.
        model: As asked for, "" where none of that name exists.
        status: None where the connection was cut before an answer.
        complete: Whether the answer was sent to its end.
        repeated: Whether the same was billed under its idempotency key before.
    """

    endpoint: str
    model: str
    status: int | None
    complete: bool
    repeated: bool
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_pico_usd: int
    latency_ms: float

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """From the meter's record."""
        told = {**record, **record["usage"]}
        return cls(**{one.name: told[one.name] for one in fields(cls)})


class OwnGateway:
    """A gateway that listens."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self._process = process
        self._stopped = False
        self.url = f"http://{HOST}:{port}"

    def calls(self) -> Iterator[Call]:
        """Calls as they end, until it is stopped.

        Raises:
            PlatformFault: it ended by itself.
        """
        for line in self._process.stdout or ():
            yield Call.of(json.loads(line))
        code = self._process.wait()
        if code or not self._stopped:
            raise PlatformFault(
                f"the gateway ended with exit status {code}",
                remedy="start it again; if it repeats, report what it said above",
            )

    def stop(self) -> None:
        """Let it tell what is left and end; called again, end it at once. For signal handlers."""
        if self._stopped:
            self._process.kill()
        elif self._process.stdin is not None:
            self._stopped = True
            self._process.stdin.close()


@contextmanager
def serving(order: Order) -> Iterator[OwnGateway]:
    """A gateway for as long as the block lasts.

    Raises:
        BadInput: it cannot be served so: a broken rule file, no such mode, a port that is taken.
        PlatformFault: it could not be started.
    """
    with subprocess.Popen(
        [sys.executable, *PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for us: it ends when its input does
    ) as process:
        try:
            yield OwnGateway(process, _begun(process, order))
        finally:
            process.kill()


def _begun(process: "subprocess.Popen[str]", order: Order) -> int:
    """The port on which it listens."""
    if process.stdin is None or process.stdout is None:
        raise PlatformFault("the gateway has no pipes")
    process.stdin.write(json.dumps(asdict(order)) + "\n")
    process.stdin.flush()
    first = process.stdout.readline()
    if not first:
        raise PlatformFault("the gateway did not start", remedy="report what it said above")
    told = json.loads(first)
    if "problem" in told:
        raise BadInput(told["problem"])
    return int(told["port"])
