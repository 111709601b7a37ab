"""The little HTTP/1.1 that a stand-in speaks, with a hand on the socket for failing on purpose."""

import json
import socket as plain_socket
import struct
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

import gevent
from gevent import socket
from gevent.pool import Pool
from gevent.server import StreamServer

HEAD_BYTES = 16_384
BODY_BYTES = 65_536
IDLE_S = 10.0
CONNECTIONS = 512
"""Open at once on one port; more wait in the kernel's queue. A service that hoards them
starves itself: the other service has stand-ins of its own, control a port of its own."""
REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request, its headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """Bytes to send with a right Content-Length, or in chunks as they come.

    Attributes:
        headers: More of them; names and values are ours.
        chunks: Sent instead of `body`, each at once. May raise `Reset`; closed in any case.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    chunks: Generator[bytes, None, None] | None = None


class Reset(Exception):
    """Raised by a handler to cut the connection with a TCP reset instead of answering."""


class Handler(Protocol):
    """Answers requests; may sleep, raise `Reset`, or never return."""

    def __call__(self, request: Request) -> Response:
        """The answer to one request."""


def json_response(status: int, value: object) -> Response:
    """A value as a JSON answer."""
    return Response(status, json.dumps(value).encode())


def serve(host: str, port: int, handler: Handler, body_bytes: int = BODY_BYTES) -> StreamServer:
    """Start answering on a port; `stop()` also ends the open connections.

    A request with a body of more than `body_bytes` is not read, its connection ended.
    """

    def connection(sock: socket.socket, _address: object) -> None:
        _connection(sock, handler, body_bytes)

    listener = socket.socket(plain_socket.AF_INET, plain_socket.SOCK_STREAM)
    listener.setsockopt(plain_socket.SOL_SOCKET, plain_socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(1024)
    server = StreamServer(listener, connection, spawn=Pool(CONNECTIONS))
    server.start()
    return server


def stop(server: StreamServer) -> None:
    """Refuse new connections and cut the open ones, now."""
    server.stop(timeout=0)


def _connection(sock: socket.socket, handler: Handler, body_bytes: int) -> None:
    sock.settimeout(IDLE_S)
    sock.setsockopt(plain_socket.IPPROTO_TCP, plain_socket.TCP_NODELAY, 1)
    reader = sock.makefile("rb")
    try:
        while (request := _read(reader.readline, reader.read, body_bytes)) is not None:
            _send(sock, handler(request))
            gevent.sleep(0)  # a connection that always has the next request is not the only one
    except Reset:
        linger = struct.pack("ii", 1, 0)
        sock.setsockopt(plain_socket.SOL_SOCKET, plain_socket.SO_LINGER, linger)
    except (OSError, ValueError):
        pass  # the other side went away or spoke nonsense: nobody left to answer
    finally:
        reader.close()
        sock.close()


def _read(
    readline: Callable[[int], bytes], read: Callable[[int], bytes], body_bytes: int
) -> Request | None:
    """The next request, None at the end of the connection.

    Raises:
        ValueError: not HTTP, or larger than a stand-in is ever sent.
    """
    first = readline(HEAD_BYTES)
    if not first:
        return None
    method, path, _version = first.decode("latin-1").split()
    headers: dict[str, str] = {}
    left = HEAD_BYTES - len(first)
    while (line := readline(HEAD_BYTES)).strip():
        left -= len(line)
        if left < 0:
            raise ValueError("headers too long")
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= body_bytes:
        raise ValueError("body too long")
    return Request(method, path, headers, read(length) if length else b"")


def _send(sock: socket.socket, response: Response) -> None:
    if response.chunks is None:
        length = f"Content-Length: {len(response.body)}"
        sock.sendall(_head(response, length) + response.body)
        return
    with closing(response.chunks) as chunks:
        sock.sendall(_head(response, "Transfer-Encoding: chunked"))
        for chunk in chunks:
            sock.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        sock.sendall(b"0\r\n\r\n")


def _head(response: Response, framing: str) -> bytes:
    more = "".join(f"{name}: {value}\r\n" for name, value in response.headers)
    head = (
        f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Status')}\r\n"
        f"Content-Type: {response.content_type}\r\n{more}{framing}\r\n\r\n"
    )
    return head.encode()
