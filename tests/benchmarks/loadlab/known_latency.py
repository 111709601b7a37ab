"""A service whose every latency is known: one queue, 10 ms of service, a 1 s stall every 10 s.

Completion times are computed from the instant the kernel took a request in (Lindley's
recursion) and answered by a kernel timer, so that neither "work" of the server nor the time
its core needs to wake disturbs the measurement. The same arithmetic over a schedule of
arrivals is the truth a load generator has to report.
"""

import ctypes
import json
import os
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from assay_probe.kernel_clock import CONTROL_BYTES, arrived_s, stamp_arrivals

SERVICE_S = 0.010
STALL_S = 1.0
PERIOD_S = 10.0
FIRST_STALL_S = 5.0
BODY = b'{"p":0.5}'
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
WAKE_EARLY_S = 300e-6
"""The timer rings this much early and the rest is spent spinning, or waking an idle core
would make every answer late."""
SEND_S = 30e-6
"""The least a send takes, and so how much early it begins."""


@dataclass(slots=True)
class Queue:
    """A single FIFO server. `origin_s` is the instant from which stalls are counted."""

    origin_s: float
    free_at_s: float = 0.0

    def completion_s(self, arrival_s: float) -> float:
        """When the request that arrives now will be answered; arrivals come in order."""
        start_s = self._awake(max(arrival_s, self.free_at_s))
        end_s = start_s + SERVICE_S
        if end_s > self._next_stall_s(start_s):
            end_s += STALL_S
        self.free_at_s = end_s
        return end_s

    def _awake(self, at_s: float) -> float:
        into_s = at_s - self.origin_s - FIRST_STALL_S
        if into_s >= 0 and into_s % PERIOD_S < STALL_S:
            return at_s - into_s % PERIOD_S + STALL_S
        return at_s

    def _next_stall_s(self, at_s: float) -> float:
        into_s = at_s - self.origin_s - FIRST_STALL_S
        stalls = 0 if into_s < 0 else int(into_s // PERIOD_S) + 1
        return self.origin_s + FIRST_STALL_S + stalls * PERIOD_S


def true_latencies_s(origin_s: float, arrivals_s: Iterable[float]) -> list[float]:
    """What requests arriving at these instants wait, from arrival to answer."""
    queue = Queue(origin_s)
    return [queue.completion_s(at_s) - at_s for at_s in arrivals_s]


class _TimeSpec(ctypes.Structure):
    _fields_ = (("s", ctypes.c_long), ("ns", ctypes.c_long))


class _TimerSpec(ctypes.Structure):
    _fields_ = (("interval", _TimeSpec), ("value", _TimeSpec))


class Server:
    """Answers each request at its completion time; any number of connections."""

    def __init__(self) -> None:
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.timer = self.libc.timerfd_create(1, os.O_NONBLOCK)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.listener.setblocking(False)
        self.poll = select.epoll()
        self.poll.register(self.listener, select.EPOLLIN)
        self.poll.register(self.timer, select.EPOLLIN)
        self.connections: dict[int, socket.socket] = {}
        self.due: deque[tuple[float, socket.socket]] = deque()
        self.queue = Queue(time.monotonic())

    def run(self) -> None:
        """Serve until killed; the port and the origin of the stalls are printed first."""
        port = self.listener.getsockname()[1]
        print(json.dumps({"port": port, "origin_s": self.queue.origin_s}), flush=True)
        while True:
            for number, _event in self.poll.poll():
                self._event(number)
            self._answer_due()

    def _event(self, number: int) -> None:
        if number == self.listener.fileno():
            connection, _ = self.listener.accept()
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stamp_arrivals(connection)
            self.connections[connection.fileno()] = connection
            self.poll.register(connection, select.EPOLLIN)
        elif number == self.timer:
            os.read(self.timer, 8)
        else:
            self._request(number)

    def _request(self, number: int) -> None:
        connection = self.connections[number]
        try:
            data, control, _flags, _peer = connection.recvmsg(65536, CONTROL_BYTES)
        except ConnectionError:
            data, control = b"", []
        if not data:
            self.poll.unregister(number)
            del self.connections[number]
            connection.close()
            return
        arrival_s = arrived_s(control)
        for _ in range(data.count(b"\r\n\r\n")):
            self.due.append((self.queue.completion_s(arrival_s), connection))

    def _answer_due(self) -> None:
        while self.due and self.due[0][0] <= time.monotonic() + WAKE_EARLY_S:
            at_s, connection = self.due.popleft()
            while time.monotonic() < at_s - SEND_S:
                pass
            if connection.fileno() >= 0:
                connection.send(RESPONSE)
        if self.due:
            at_s = self.due[0][0] - WAKE_EARLY_S
            value = _TimeSpec(int(at_s), max(1, int(at_s % 1 * 1e9)))
            spec = _TimerSpec(_TimeSpec(), value)
            self.libc.timerfd_settime(self.timer, 1, ctypes.byref(spec), None)


if __name__ == "__main__":
    sys.exit(Server().run())
