"""HTTP/1.1 on asyncio streams, both ways: small, strict, bounded."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

HEAD_BYTES = 16_384
REASONS = {200: "OK", 202: "Accepted", 404: "Not Found", 405: "Method Not Allowed",
           409: "Conflict", 413: "Content Too Large", 422: "Unprocessable Content",
           429: "Too Many Requests", 500: "Internal Server Error", 400: "Bad Request"}


class Malformed(Exception):
    """What came is no HTTP that we speak."""


@dataclass
class Message:
    """A request or a response. `first` is its first line in three parts."""

    first: tuple[str, str, str]
    headers: dict[str, str]
    body: bytes = b""
    too_large: bool = False


@dataclass
class Reply:
    """What we answer."""

    status: int
    value: Any
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self, keep: bool) -> bytes:
        """As it goes over the wire."""
        if isinstance(self.value, bytes):
            body, kind = self.value, "text/plain; version=0.0.4; charset=utf-8"
        else:
            body, kind = json.dumps(self.value, allow_nan=False).encode(), "application/json"
        head = {"Content-Type": kind, "Content-Length": str(len(body)),
                "Connection": "keep-alive" if keep else "close", **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        return f"HTTP/1.1 {self.status} {REASONS[self.status]}\r\n{lines}\r\n".encode() + body


async def read_message(reader: asyncio.StreamReader, body_most: int) -> Message | None:
    """The next message; None if the other side is done.

    Raises:
        Malformed: it cannot be read on.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise Malformed("cut off") from error
        return None
    except (asyncio.LimitOverrunError, ConnectionError) as error:
        raise Malformed("no head") from error
    first, *lines = head.decode("latin-1").split("\r\n")
    parts = first.split(" ", 2)
    if len(parts) < 2:
        raise Malformed("no first line")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    message = Message((parts[0], parts[1], parts[2] if len(parts) > 2 else ""), headers)
    await _read_body(reader, message, body_most)
    return message


async def _read_body(reader: asyncio.StreamReader, message: Message, most: int) -> None:
    """By length, by chunks, or until the end for a response without either."""
    headers = message.headers
    if headers.get("transfer-encoding", "").lower() == "chunked":
        await _read_chunks(reader, message, most)
        return
    length = headers.get("content-length")
    if length is None:
        return
    if not length.isdigit():
        raise Malformed("no length")
    if int(length) > most:
        message.too_large = True
        await _swallow(reader, int(length))
        return
    try:
        message.body = await reader.readexactly(int(length))
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise Malformed("cut off") from error


async def _read_chunks(reader: asyncio.StreamReader, message: Message, most: int) -> None:
    body = bytearray()
    try:
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
            if len(body) > most:
                raise Malformed("too long")
        await reader.readline()
    except (ValueError, asyncio.IncompleteReadError, ConnectionError) as error:
        raise Malformed("bad chunks") from error
    message.body = bytes(body)


async def _swallow(reader: asyncio.StreamReader, size: int) -> None:
    """So that whoever sent too much can read why it is refused."""
    while size > 0:
        part = await reader.read(min(size, 65_536))
        if not part:
            return
        size -= len(part)


async def post_json(url: str, value: Any, headers: dict[str, str], most: int) -> Message:
    """One POST on a connection of its own.

    Raises:
        OSError: nobody is there, or hangs up.
        Malformed: what came is no answer.
    """
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80, limit=HEAD_BYTES)
    try:
        body = json.dumps(value).encode()
        head = {"Host": parts.netloc, "Content-Type": "application/json",
                "Content-Length": str(len(body)), "Connection": "close", **headers}
        lines = "".join(f"{name}: {text}\r\n" for name, text in head.items())
        writer.write(f"POST {parts.path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        await writer.drain()
        answer = await read_message(reader, most)
    finally:
        writer.close()
    if answer is None or answer.too_large:
        raise Malformed("no answer")
    return answer
