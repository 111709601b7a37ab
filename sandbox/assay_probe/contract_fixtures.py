"""What hidden tests hold in their hands: the service, its answers, rows."""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay_probe.client import Client
from assay_probe.guises import guise_of
from assay_probe.reply import Reply

RESPONSE_BYTES = 4 * 1024 * 1024
TIMEOUT_S = 5.0
"""For one answer, or as long as the contract allows if that is longer."""
SHOWN_CHARACTERS = 110
NOTHING = object()

Json = Any


class Answer:
    """What the service answered.

    Attributes:
        status: Status code, or None if no complete answer came.
        headers: Lower-case names.
        body: Raw bytes.
        elapsed_ms: From sending to the last byte, or to giving up.
        error: "" or why there is no answer.
    """

    def __init__(self, reply: Reply) -> None:
        self.status = reply.status
        self.headers = dict(reply.headers)
        self.body = reply.body
        self.elapsed_ms = (reply.ended_s - reply.started_s) * 1e3
        self.error = reply.detail

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Json:
        """The body as JSON.

        Raises:
            AssertionError: it is not JSON by RFC 8259; NaN and Infinity are not.
        """
        try:
            return json.loads(self.body, parse_constant=_refuse)
        except (ValueError, RecursionError) as problem:
            raise AssertionError(f"the body is not JSON: {problem}") from None

    def __repr__(self) -> str:
        return f"<answer {self.error or self.status}>"


class Service:
    """The service under measurement, through the probe's safe client.

    Attributes:
        asked: Requests sent in the running test.
        last_exchange: The last one with its answer, in words.
    """

    def __init__(self, url: str, answer_s: float = TIMEOUT_S) -> None:
        """`answer_s` is how long the contract allows for an answer."""
        self.asked, self.last_exchange = 0, ""
        self._timeout_s = max(TIMEOUT_S, answer_s)
        self._client = Client(url, RESPONSE_BYTES)

    def get(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """GET a path; never raises for what the service does."""
        return self._send("GET", path, None, headers, timeout_s)

    def post(
        self,
        path: str,
        *,
        json: Json = NOTHING,
        content: bytes | str = b"",
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """POST a JSON value, or raw content as it is; never raises for what the service does."""
        if json is not NOTHING:
            content = _dumps(json)
        body = content.encode() if isinstance(content, str) else content
        return self._send("POST", path, body, headers, timeout_s)

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        timeout_s: float | None,
    ) -> Answer:
        self.asked += 1
        guise = guise_of(f"{path}/{self.asked}")
        request = self._client.encode(method, path, body, headers, guise)
        reply = self._client.send(request, timeout_s or self._timeout_s)
        answer = Answer(reply)
        self.last_exchange = _in_words(method, path, body, answer)
        return answer

    def forget(self) -> None:
        """Another test begins."""
        self.asked, self.last_exchange = 0, ""

    def __repr__(self) -> str:
        return "<service>"


class Rows:
    """The traffic pool in an order drawn by the seed; every test gets its own copies."""

    def __init__(self, path: Path, seed: int) -> None:
        self._path, self._seed = path, seed
        self._lines: list[str] | None = None

    def fresh(self) -> list[dict[str, Any]]:
        """All rows, free to be changed."""
        if self._lines is None:
            self._lines = self._path.read_text().splitlines()
            random.Random(self._seed).shuffle(self._lines)  # noqa: S311  (not a secret)
        return [json.loads(line) for line in self._lines]


def _dumps(value: Json) -> bytes:
    """JSON, with NaN where a test wants to send one."""
    return json.dumps(value).encode()


def _refuse(constant: str) -> float:
    raise ValueError(f"it holds {constant}")


def _in_words(method: str, path: str, body: bytes | None, answer: Answer) -> str:
    sent = f" {_shown(body)}" if body else ""
    came = answer.error or f"{answer.status} {_shown(answer.body)}"
    return f"sent {method} {path}{sent}; came back after {answer.elapsed_ms:.0f} ms: {came}"


def _shown(body: bytes) -> str:
    text = body[: SHOWN_CHARACTERS * 4].decode("utf-8", "replace")
    short = text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
    return "".join(c if c.isprintable() else "�" for c in short)
