"""Forward TCP between loopbacks: the host's, and that of each sandbox, which has no other way.

A script of its own (`python -I -S local_relay.py`), standard library only. A socket belongs
to the network namespace in which it was made, so one process can hold both ends:

    inward   the listening socket comes from the host; we join the sandbox and connect there
    outward  a child joins the sandbox, listens there and sends us the socket; we join the
             sandbox of the stand-in and connect there
"""

import asyncio
import ctypes
import errno
import functools
import os
import socket
import struct
import sys
import time

_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_BACKLOG = 1024
_LOOPBACK_UP_S = 2.0
_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER of zero: closing tells the other side at once


class _Side(asyncio.Protocol):
    """One end of a relayed connection; what it receives, its `other` end sends."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: _Side | None = None
        self.early = b""
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport
            _without_delay(transport)

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self.early += data  # Python 3.11.2 reads once although reading is paused
        elif self.other.transport:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        self.ended = True
        if self.other is None or self.other.transport is None:
            return True
        if self.other.ended:
            self.other.transport.close()  # flushes what it still has to send
            return False
        self.other.transport.write_eof()
        return True  # the other direction may go on

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other and self.other.transport:
            if exc is not None:
                abort(self.other.transport)
            else:
                self.other.transport.close()

    def pause_writing(self) -> None:
        if self.other and self.other.transport:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other and self.other.transport:
            self.other.transport.resume_reading()


class _Accepted(_Side):
    """The end of the one who called: opens the other end, then lets the bytes flow."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.transport:
            self.transport.pause_reading()
        self._task = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        far = _Side()
        far.other = self
        try:
            await asyncio.get_running_loop().create_connection(lambda: far, "127.0.0.1", self._port)
        except OSError:
            if self.transport:
                abort(self.transport)
            return
        self.other = far
        if self.transport and not self.transport.is_closing():
            if self.early:
                self.data_received(self.early)
            if self.ended:
                self.eof_received()
            self.transport.resume_reading()
        elif far.transport:
            far.transport.abort()


def abort(transport: asyncio.Transport) -> None:
    """End a connection with a reset, as a port on which nobody listens would."""
    peer = transport.get_extra_info("socket")
    if peer is not None and peer.fileno() >= 0:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    transport.abort()


def _without_delay(transport: asyncio.BaseTransport) -> None:
    transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def join(pid: int) -> None:
    """Enter the network of a process (and, unless we are root, its user namespace first)."""
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(os.pidfd_open(pid), flags) < 0:
        raise OSError(ctypes.get_errno(), f"cannot join the network of process {pid}")


def listen_inside(pid: int, ports: list[int]) -> list[socket.socket]:
    """Listening sockets on a sandbox's loopback, made by a child that joined it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    child = os.fork()
    if child == 0:
        try:
            join(pid)
            made = [_listen(port) for port in ports]
            socket.send_fds(theirs, [b"ok"], [one.fileno() for one in made])
        finally:
            os._exit(0)
    theirs.close()
    _, fds, _, _ = socket.recv_fds(ours, 16, len(ports))
    os.waitpid(child, 0)
    if len(fds) != len(ports):
        raise OSError(f"cannot listen on {ports} inside the sandbox")
    return [socket.socket(fileno=fd) for fd in fds]


def _listen(port: int) -> socket.socket:
    """Listen on a loopback that may be about to come up."""
    end_s = time.monotonic() + _LOOPBACK_UP_S
    while True:
        try:
            return socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL or time.monotonic() > end_s:
                raise
            time.sleep(0.001)


async def serve(routes: list[tuple[socket.socket, int]]) -> None:
    """Relay what arrives at each socket to its port on our loopback, for ever."""
    loop = asyncio.get_running_loop()
    for listener, port in routes:
        make = functools.partial(_Accepted, port)
        await loop.create_server(make, sock=listener, backlog=_BACKLOG)
    print("ready", flush=True)  # noqa: T201 - the starter waits for this line
    await asyncio.Event().wait()


def main() -> None:
    """`inward PID FD PORT` or `outward PID TARGET_PID PORT,PORT,...`."""
    direction, pid = sys.argv[1], int(sys.argv[2])
    if direction == "inward":
        listener, port = socket.socket(fileno=int(sys.argv[3])), int(sys.argv[4])
        join(pid)
        routes = [(listener, port)]
    else:
        ports = [int(port) for port in sys.argv[4].split(",")]
        listeners = listen_inside(pid, ports)
        join(int(sys.argv[3]))
        routes = list(zip(listeners, ports, strict=True))
    asyncio.run(serve(routes))


if __name__ == "__main__":
    main()
