"""Carries requests to other systems, to places where no harm can be done.

Who may name an address could name one inside our own network. So a name is resolved once, every
address it stands for is looked at, and what was looked at is what is connected to: a name that
means something else a moment later changes nothing. TLS still asks for the name. Redirects are
not followed, no proxy of the environment is taken, and all of it ends at one deadline.
"""

import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpcore2

from assay.domain.errors import BadInput
from assay.features.integrations.addresses import Address, address_of
from assay.features.integrations.ports import Parcel, Reply, Unreachable
from assay.kit.deadline import Deadline

WHOLE_S = 10.0
"""From connecting to the end of the answer: a receiver answers first and works afterwards."""
LOOKUP_S = 3.0
"""Of the whole, at most: the system's own lookup may take half a minute, and cannot be ended."""
LOOKUPS_MAX = 8
"""At once. One that was given up goes on for a while in a thread of its own."""
CONNECT_S = 5.0
PLACES_MAX = 3
"""Of one name: a machine without IPv6 gets to the second."""
ANSWER_MAX = 64 * 1024
"""Bytes of an answer that are read; the rest is left."""
USER_AGENT = "Assay"
Resolver = Callable[[str, int], list[str]]
SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


def resolved(host: str, port: int) -> list[str]:
    """Every number that a name stands for.

    Raises:
        OSError: there is no such name.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def in_time(look_up: Callable[[], list[str]], seconds: float) -> list[str]:
    """What a lookup finds, if it does so in time; what it raises is raised.

    Raises:
        TimeoutError: it did not, or too many others are still under way.
    """
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(look_up())
        except Exception as error:  # noqa: BLE001 - raised again where somebody waits for it
            answers.put(error)
        finally:
            _LOOKUPS.release()

    if not _LOOKUPS.acquire(timeout=seconds):
        raise TimeoutError
    threading.Thread(target=work, name="name lookup", daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, Exception):
        raise found
    return found


_LOOKUPS = threading.BoundedSemaphore(LOOKUPS_MAX)


def is_public(number: str) -> bool:
    """Whether it is an address of the internet at large: no loopback, no network of our own."""
    address = ipaddress.ip_address(number.partition("%")[0])
    inner = _inner(address)
    handed_out = address.version == 4 or address in GLOBAL_UNICAST or address in NAT64
    at_large = handed_out and address.is_global and not address.is_multicast
    return at_large and (inner is None or is_public(inner))


def _inner(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str | None:
    """The IPv4 address that an IPv6 address leads to by way of a gateway, if it is such a one."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    teredo = address.teredo
    found = address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
    return str(found) if found else None


NAT64 = ipaddress.ip_network("64:ff9b::/96")
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is handed out for the internet so far (RFC 4291, 2.4). Beside it are networks of one's
own that went out of use but not off the wire, such as fec0::/10."""


@dataclass(frozen=True, slots=True)
class HttpCourier:
    """The `Courier` over the network.

    Attributes:
        allow_private: Whether networks of our own may be sent to, and without TLS.
        whole_s: How long one request may take.
        resolve: Looks a name up.
        trust: Which certificates are believed; None: those this machine believes.
    """

    allow_private: bool = False
    whole_s: float = WHOLE_S
    resolve: Resolver = resolved
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    def send(self, parcel: Parcel) -> Reply:
        """See `Courier`."""
        try:
            address = address_of(parcel.url, plain=self.allow_private)
        except BadInput as error:
            raise Unreachable(str(error)) from error
        deadline = Deadline.after(self.whole_s)
        places = self._places(address, deadline)
        with _told(address), self._pool(places, deadline) as pool:
            return _exchanged(pool, address, parcel, deadline)

    def _places(self, address: Address, deadline: Deadline) -> list[str]:
        """The numbers to connect to, in the order in which to try.

        Raises:
            Unreachable: the name is unknown, not found in time, or stands for a place that is not
                public.
        """
        left_s = min(LOOKUP_S, deadline.remaining_s())
        try:
            numbers = in_time(lambda: self.resolve(address.host, address.port), left_s)
        except TimeoutError as error:
            raise Unreachable(f"the name {address.host} was not looked up in time") from error
        except (OSError, UnicodeError) as error:
            raise Unreachable(f"the name {address.host} is not known") from error
        if not self.allow_private and not all(map(is_public, numbers)):
            raise Unreachable(
                f"{address.host} is in a private network, where nothing is sent to; "
                f"an operator can allow that by ASSAY_ALLOW_PRIVATE_ENDPOINTS=yes"
            )
        if not numbers:
            raise Unreachable(f"the name {address.host} stands for no address")
        return numbers[:PLACES_MAX]

    def _pool(self, places: Sequence[str], deadline: Deadline) -> httpcore2.ConnectionPool:
        return httpcore2.ConnectionPool(
            ssl_context=self.trust or ssl.create_default_context(),
            max_connections=1,
            network_backend=_LookedAt(places, deadline),
        )


@contextmanager
def _told(address: Address) -> Iterator[None]:
    """What goes wrong on the way, in words."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise Unreachable(f"{address.host} did not answer in time") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise Unreachable(f"{address.host} gave no answer: {reason}") from error


def _exchanged(
    pool: httpcore2.ConnectionPool, address: Address, parcel: Parcel, deadline: Deadline
) -> Reply:
    url = httpcore2.URL(
        scheme=address.scheme, host=address.host, port=address.port, target=address.target
    )
    body = parcel.body.encode()
    given = {
        "host": address.authority,
        "user-agent": USER_AGENT,
        "accept": "application/json",
        "content-length": str(len(body)),
        **parcel.headers,
    }
    with pool.stream(
        parcel.method,
        url,
        headers=list(given.items()),
        content=body,
        extensions={"timeout": _timeouts(deadline)},
    ) as answer:
        said = {name.lower(): value for name, value in answer.headers}
        return Reply(answer.status, _beginning(answer), _wait_s(said.get(b"retry-after")))


def _timeouts(deadline: Deadline) -> dict[str, float]:
    left = max(0.01, deadline.remaining_s())
    return {"connect": min(CONNECT_S, left), "read": left, "write": left, "pool": left}


def _beginning(answer: httpcore2.Response) -> str:
    """What is read of an answer, as text. It is what it is: no compression was asked for."""
    read = bytearray()
    for part in answer.iter_stream():
        read += part
        if len(read) >= ANSWER_MAX:
            break
    return bytes(read[:ANSWER_MAX]).decode(errors="replace")


def _wait_s(told: bytes | None) -> int | None:
    return int(told) if told and told.isdigit() and len(told) < 8 else None


class _LookedAt(httpcore2.NetworkBackend):
    """Connects to a place that was looked at, whatever name is asked for, until the deadline."""

    def __init__(self, places: Sequence[str], deadline: Deadline) -> None:
        self._places, self._deadline = places, deadline
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        """See httpcore; `host` is not looked up a second time. The first place that answers."""
        *others, last = self._places
        for place in others:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return self._connected(place, port, timeout, local_address, socket_options)
        return self._connected(last, port, timeout, local_address, socket_options)

    def _connected(
        self,
        place: str,
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[SocketOption] | None,
    ) -> httpcore2.NetworkStream:
        left_s = self._deadline.remaining_s()
        if left_s <= 0:
            raise httpcore2.ConnectTimeout("the deadline has passed")
        wait_s = left_s if timeout is None else min(timeout, left_s)
        stream = self._backend.connect_tcp(place, port, wait_s, local_address, socket_options)
        return _Hurried(stream, self._deadline)


class _Hurried(httpcore2.NetworkStream):
    """A connection every wait on which ends at the deadline, however little comes at a time."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """See httpcore."""
        return self._stream.read(max_bytes, self._left_s())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """See httpcore."""
        self._stream.write(buffer, self._left_s())

    def close(self) -> None:
        """See httpcore."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """See httpcore; the name in the certificate is the one that was asked for."""
        secured = self._stream.start_tls(ssl_context, server_hostname, self._left_s())
        return _Hurried(secured, self._deadline)

    def get_extra_info(self, info: str) -> object:
        """See httpcore."""
        return self._stream.get_extra_info(info)

    def _left_s(self) -> float:
        if self._deadline.passed():
            raise httpcore2.ReadTimeout("the deadline has passed")
        return self._deadline.remaining_s()
