"""A request is sent again only where the service never got it: on a connection it had closed.

Keep-alive is a race: a service may close an idle connection at the instant we use it. That is
nobody's fault, shows at once, and is hidden. Whatever takes longer is the service's failure.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from assay_probe.client import Client
from assay_probe.reply import CUT, Reply

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
RULE_S = 0.02
"""As long as an answer by the kernel of a closed connection may take."""
IN_TIME_S, LATE_S = 0.5 * RULE_S, 1.25 * RULE_S
TRIES = 20
"""A busy machine may take longer than it should over one of them, never over all."""

Behaviour = Callable[[socket.socket], None]
"""What a service does with a connection on which a request has arrived. It closes it after."""


def answer(connection: socket.socket) -> None:
    connection.sendall(OK)


def close_at_once(_connection: socket.socket) -> None:
    """As if it had been closed already: nothing is answered."""


def reset_at_once(connection: socket.socket) -> None:
    """The same, as a kernel does it that has bytes nobody read."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def close_in_time(_connection: socket.socket) -> None:
    time.sleep(IN_TIME_S)


def close_late(_connection: socket.socket) -> None:
    time.sleep(LATE_S)


def reset_late(connection: socket.socket) -> None:
    reset_at_once(connection)
    time.sleep(LATE_S)


def half_an_answer(connection: socket.socket) -> None:
    connection.sendall(OK[:20])


@dataclass
class Service:
    """A service that does the first thing with its first request, and so on.

    Attributes:
        behaviours: One for each request, in the order in which they arrive; then it answers.
        requests: The number of the connection on which each request came.
        arrived_s: When each request came.
    """

    behaviours: list[Behaviour]
    requests: list[int] = field(default_factory=list)
    arrived_s: list[float] = field(default_factory=list)
    url: str = ""

    def serve(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for number in range(1000):
                connection, _ = listening.accept()
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(5)
                    self._keep(connection, number)

    def _keep(self, connection: socket.socket, number: int) -> None:
        """Until a behaviour other than answering ends it."""
        while connection.recv(65536):
            self.arrived_s.append(time.monotonic())
            self.requests.append(number)
            at = len(self.requests) - 1
            behaviour = self.behaviours[at] if at < len(self.behaviours) else answer
            behaviour(connection)
            if behaviour is not answer:
                return


@contextlib.contextmanager
def serving(*behaviours: Behaviour) -> Iterator[tuple[Service, Client]]:
    service = Service(list(behaviours))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        service.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=service.serve, args=(listening,))
        thread.start()
        client = Client(service.url)
        try:
            yield service, client
        finally:
            client.close()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def ask(client: Client) -> Reply:
    return client.send(client.encode("POST", "/score", b"{}"), timeout_s=5.0)


def test_a_connection_is_kept_for_the_next_request() -> None:
    with serving() as (service, client):
        replies = [ask(client) for _ in range(3)]

    assert [reply.status for reply in replies] == [200] * 3
    assert service.requests == [0, 0, 0]


@pytest.mark.parametrize("closes", [close_at_once, reset_at_once, close_in_time])
def test_a_kept_connection_that_was_closed_while_idle_is_replaced_unseen(closes: Behaviour) -> None:
    for _ in range(TRIES):
        with serving(answer, closes) as (service, client):
            ask(client)
            reply = ask(client)
        if reply.status == 200:
            assert service.requests == [0, 0, 1]
            return
        assert reply.ended_s - reply.started_s > RULE_S, "it was in time, and not sent again"
    pytest.fail("never sent again")


@pytest.mark.parametrize("closes", [close_late, reset_late])
def test_a_connection_that_ends_later_is_the_services_failure(closes: Behaviour) -> None:
    with serving(answer, closes) as (service, client):
        ask(client)
        reply = ask(client)
        after = ask(client)

    assert (reply.status, reply.failure) == (None, CUT)
    assert reply.ended_s - reply.started_s >= LATE_S
    assert service.requests == [0, 0, 1], "it was sent again"
    assert after.status == 200


@pytest.mark.parametrize("closes", [close_at_once, reset_at_once])
def test_a_fresh_connection_that_is_closed_at_once_is_the_services_failure(
    closes: Behaviour,
) -> None:
    with serving(closes) as (service, client):
        reply = ask(client)

    assert (reply.status, reply.failure) == (None, CUT)
    assert service.requests == [0]


def test_it_is_sent_again_only_once() -> None:
    """Were it sent until somebody answers, the fourth would be answered."""
    with serving(answer, close_at_once, close_at_once, close_at_once) as (service, client):
        ask(client)
        reply = ask(client)

    assert (reply.status, reply.failure) == (None, CUT)
    assert service.requests in ([0, 0, 1], [0, 0])


def test_an_answer_that_has_begun_is_not_asked_for_again() -> None:
    with serving(answer, half_an_answer) as (service, client):
        ask(client)
        reply = ask(client)

    assert (reply.status, reply.failure) == (None, CUT)
    assert service.requests == [0, 0]


def test_a_connection_that_is_seen_to_be_closed_is_not_used_at_all() -> None:
    with serving() as (service, client):
        ask(client)
        (kept,) = client._idle
        kept._sock.shutdown(socket.SHUT_WR)  # the service reads the end, and closes its own side
        until_s = time.monotonic() + 5
        while not ended(kept._sock) and time.monotonic() < until_s:
            time.sleep(0.005)
        reply = ask(client)

    assert reply.status == 200
    assert service.requests == [0, 1]


def ended(connection: socket.socket) -> bool:
    """Whether the peer has closed it."""
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False


def test_the_time_of_a_request_that_was_sent_again_runs_from_the_first() -> None:
    for _ in range(TRIES):
        with serving(answer, close_at_once) as (service, client):
            ask(client)
            reply = ask(client)
        if reply.status == 200:
            _, first_s, again_s = service.arrived_s
            assert reply.started_s < first_s < again_s < reply.ended_s
            return
    pytest.fail("never sent again")
