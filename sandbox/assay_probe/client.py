"""One HTTP client for everything the probe sends, safe against a hostile service.

One total deadline over connecting, sending, headers and body; caps on the bytes of headers,
body and framing, counted as they come off the wire; no decompression, no redirects, no
proxies, no environment. Per-read timeouts alone never fire against a dripping service, and
libraries that decompress for us turned 1 MB into 2 GB when measured.
"""

import socket as plain_socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import gevent
from gevent import socket
from geventhttpclient.response import HTTPParseError

from assay_probe.guises import HOST, LENGTH, TYPE, USUAL, Guise
from assay_probe.kernel_clock import CONTROL_BYTES, arrived_s, stamp_arrivals
from assay_probe.reply import CUT, NOT_HTTP, TIMEOUT, TOO_LONG, Reply
from assay_probe.response import ResponseParser

HEADER_BYTES = 65_536
"""Most bytes of status line and headers, interim 1xx responses included."""
READ_BYTES = 65_536
STALE_S = 0.02
"""A kept connection that ends within this long of our sending was closed while idle."""


@dataclass(slots=True)
class Client:
    """Connections to one service. Any number of greenlets may use it at once.

    Attributes:
        url: "http://host:port".
        max_response_bytes: A longer body is cut off and the request failed.
    """

    url: str
    max_response_bytes: int = 65_536
    _address: tuple[str, int] = field(init=False)
    _host_header: str = field(init=False)
    _idle: list[socket.socket] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{self.url!r} is not http://host:port")
        self._address = (parts.hostname, parts.port or 80)
        self._host_header = parts.netloc

    def encode(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        guise: Guise = USUAL,
    ) -> bytes:
        """The bytes of one request, with the headers of a guise; nothing tells it from others.

        Args:
            method: "POST".
            path: On the service.
            body: JSON, None without one.
            headers: More of them, or other values of those of the guise.
            guise: How the caller looks.
        """
        length = None if body is None else len(body)
        return self.head(method, path, length, headers, guise) + (body or b"")

    def head(
        self,
        method: str,
        path: str,
        length: int | None,
        headers: Mapping[str, str] | None = None,
        guise: Guise = USUAL,
    ) -> bytes:
        """Everything of a request before its body of `length` bytes; None for no body."""
        known = {HOST: self._host_header}
        if length is not None:
            known |= {TYPE: "application/json", LENGTH: str(length)}
        lines = {
            name: value or known[name] for name, value in guise.lines if value or name in known
        }
        lines |= {name.title(): value for name, value in (headers or {}).items()}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode("latin-1")

    def send(self, request: bytes, timeout_s: float) -> Reply:
        """Send one encoded request and read its answer, within `timeout_s` in all."""
        started_s = time.monotonic()
        parser = ResponseParser(head_only=request.startswith(b"HEAD "))
        failure, detail = "", ""
        deadline = gevent.Timeout.start_new(timeout_s)
        try:
            failure, detail = self._exchange(request, parser)
        except gevent.Timeout as fired:
            if fired is not deadline:
                raise
            failure, detail = TIMEOUT, f"no complete answer within {timeout_s:g} s"
        except HTTPParseError as problem:
            failure, detail = NOT_HTTP, f"not HTTP: {problem}"
        except OSError as problem:
            failure, detail = CUT, problem.strerror or str(problem)
        finally:
            deadline.close()
        return Reply(
            status=None if failure else parser.status,
            headers=parser.headers,
            body=bytes(parser.body[: self.max_response_bytes]),
            failure=failure,
            detail=detail,
            started_s=started_s,
            ended_s=time.monotonic() if failure else parser.last_byte_s,
        )

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    # ---------------------------------------------------------------- one exchange

    def _exchange(self, request: bytes, parser: ResponseParser) -> tuple[str, str]:
        """Failure letter and words, both empty if the answer is complete."""
        kept = self._kept()
        if kept is not None:
            sent_s = time.monotonic()
            try:
                return self._on(kept, request, parser)
            except OSError:
                if parser.wire_bytes or time.monotonic() - sent_s > STALE_S:
                    raise
        return self._on(self._connect(), request, parser)

    def _on(
        self, connection: socket.socket, request: bytes, parser: ResponseParser
    ) -> tuple[str, str]:
        """Send and read on one connection; keep it for the next request if that is safe."""
        keep = False
        try:
            _send(connection, request)
            failure = self._read(connection, parser)
            keep = not failure and parser.reusable
        finally:
            if keep:
                self._idle.append(connection)
            else:
                connection.close()
        return failure, f"longer than {self.max_response_bytes} bytes" if failure else ""

    def _read(self, connection: socket.socket, parser: ResponseParser) -> str:
        most_wire_bytes = HEADER_BYTES + 2 * self.max_response_bytes
        while not parser.complete:
            data, control, _flags, _peer = connection.recvmsg(READ_BYTES, CONTROL_BYTES)
            parser.last_byte_s = arrived_s(control)
            if not data:
                parser.end()
                return ""
            parser.take(data)
            if len(parser.body) > self.max_response_bytes:
                return TOO_LONG
            if parser.wire_bytes > (most_wire_bytes if parser.headers_complete else HEADER_BYTES):
                return TOO_LONG
        return ""

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(self._address)
        connection.setsockopt(plain_socket.IPPROTO_TCP, plain_socket.TCP_NODELAY, 1)
        stamp_arrivals(connection)
        return connection

    def _kept(self) -> socket.socket | None:
        """An idle connection that is still open, the most recently used first."""
        while self._idle:
            connection = self._idle.pop()
            if _silent(connection):
                return connection
            connection.close()
        return None


def _send(connection: socket.socket, request: bytes) -> None:
    """Send it all; a service that answers and closes before reading all may still be heard."""
    try:
        connection.sendall(request)
    except (BrokenPipeError, ConnectionResetError):
        if not _readable(connection):
            raise


def _readable(connection: socket.socket) -> bool:
    """Whether the kernel holds bytes that the peer sent before it closed."""
    try:
        return bool(connection._sock.recv(1, plain_socket.MSG_PEEK))
    except OSError:
        return False


def _silent(connection: socket.socket) -> bool:
    """Whether an idle connection is open with nothing unasked-for in it."""
    try:
        connection._sock.recv(1, plain_socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
