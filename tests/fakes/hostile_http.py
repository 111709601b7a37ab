"""A server that sends whatever bytes a test wants, HTTP or not."""

import gzip
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache

from assay_probe.plan import Target

OK = b"HTTP/1.1 200 OK\r\n"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
Stream = Callable[[], Iterator[bytes]]


def drip(text: bytes, rest: bytes = b"") -> Iterator[bytes]:
    yield text
    for byte in itertools.cycle(rest or b"a"):
        time.sleep(0.05)
        yield bytes([byte])


def silence(turns: int) -> Iterator[bytes]:
    for _ in range(turns):
        time.sleep(0.05)
        yield b""


def forever(start: bytes, again: bytes) -> Iterator[bytes]:
    yield start
    while True:
        yield again * 200


@cache
def bomb() -> bytes:
    body = gzip.compress(bytes(64 * 1024 * 1024))
    return OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@contextmanager
def hostile(stream: Stream) -> Iterator[Target]:
    """A server that reads one request a connection, then sends its stream and closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(5)
            connection.recv(65536)
            for data in stream():
                connection.sendall(data)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=one, args=(connection,)))
                threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield Target("service", f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for thread in threads:
            thread.join()
