"""A server on this machine that others send to: it answers as it was told, or as a receiver would.

`verified` is how a receiver checks that a message is ours, written from the public description of
Standard Webhooks and not from our own code.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

TOLERANCE_S = 300


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def user(self) -> str:
        """User name of basic authorization; "" without."""
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        return base64.b64decode(encoded).decode().partition(":")[0] if scheme == "Basic" else ""


@dataclass(frozen=True)
class Answer:
    """What is sent back. `hangs`: nothing is, until the server stops. `raw`: these bytes alone."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    raw: bytes = b""

    @property
    def content(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body).encode()


class StandIn:
    """Remembers what it was asked. `script` is answered first, one by one; then `answer`."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: list[Answer] = []
        self.url = ""
        self.over = threading.Event()

    def answer(self, asked: Asked) -> Answer:
        return Answer()

    def next_answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return self.script.pop(0) if self.script else self.answer(asked)

    @property
    def place(self) -> str:
        """Host and port."""
        return self.url.partition("://")[2]


S = TypeVar("S", bound=StandIn)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, self.rfile.read(length))
        answer = self.server.stand_in.next_answer(asked)
        self.close_connection = True
        if answer.hangs:
            self.server.stand_in.over.wait(20)
        elif answer.raw:
            self.wfile.write(answer.raw)
        else:
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {"content-type": "application/json", "content-length": str(len(answer.content))}
        for name, value in {**headers, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_PATCH = do_PUT = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    stand_in: StandIn

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up on us is nothing to tell."""


@contextmanager
def standing(stand_in: S) -> Iterator[S]:
    """The stand-in, serving on a port of its own."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.stand_in = stand_in
        stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stand_in
        finally:
            stand_in.over.set()
            server.shutdown()
            thread.join()


class Receiver(StandIn):
    """A company's own server. It takes what is signed with its secret, and each event once."""

    def __init__(self, secret: str = "", now_s: float = 0.0) -> None:
        super().__init__()
        self.secret, self.now_s = secret, now_s
        self.events: dict[str, Any] = {}

    def answer(self, asked: Asked) -> Answer:
        if not verified(self.secret, asked.headers, asked.body, self.now_s):
            return Answer(401, {"error": "the signature is not right"})
        self.events.setdefault(asked.headers["webhook-id"], asked.json)
        return Answer(204)


class Chat(StandIn):
    """An incoming webhook of a chat, by Slack's description: text, blocks, and "ok" or why not."""

    def answer(self, asked: Asked) -> Answer:
        message = asked.json
        if not isinstance(message.get("text"), str) or not message["text"]:
            return Answer(400, "no_text")
        if len(message.get("blocks", [])) > 50:
            return Answer(400, "invalid_blocks")
        texts = [one["text"]["text"] for one in message["blocks"] if one["type"] == "section"]
        return Answer(200, "ok") if all(0 < len(t) <= 3000 for t in texts) else Answer(400, "no")


def verified(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> bool:
    """Whether a message is signed with this secret, and young."""
    sent_s = int(headers["webhook-timestamp"])
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{sent_s}.".encode() + body
    own = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [one.removeprefix("v1,") for one in headers["webhook-signature"].split()]
    young = abs(now_s - sent_s) <= TOLERANCE_S
    return young and any(hmac.compare_digest(own, one) for one in given)
