"""What goes out ends in time, follows nobody, and reaches no network of our own."""

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.fakes.hostile_http import OK, drip, forever, hostile, silence
from tests.fakes.webhook_stand_in import Answer, StandIn, standing

from assay.adapters.outgoing import ANSWER_MAX, LOOKUPS_MAX, HttpCourier, in_time, is_public
from assay.features.integrations.ports import Parcel, Unreachable

NEAR = HttpCourier(allow_private=True, whole_s=1.0)


@pytest.fixture
def receiver() -> Iterator[StandIn]:
    with standing(StandIn()) as made:
        yield made


def test_a_request_arrives_as_it_was_meant(receiver: StandIn) -> None:
    receiver.script = [Answer(202, {"taken": True}, {"Retry-After": "7"})]
    parcel = Parcel("PATCH", f"{receiver.url}/a?b=c", '{"x": "ü"}', {"authorization": "Basic eA=="})
    reply = NEAR.send(parcel)
    (asked,) = receiver.asked

    assert (reply.status, reply.body, reply.retry_after_s) == (202, '{"taken": true}', 7)
    assert (asked.method, asked.path, asked.json) == ("PATCH", "/a?b=c", {"x": "ü"})
    assert asked.headers["host"] == receiver.place
    assert asked.headers["authorization"] == "Basic eA=="
    assert asked.headers["user-agent"] == "Assay"


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: StandIn) -> None:
    receiver.script = [Answer(307, headers={"location": f"{receiver.url}/elsewhere"})]

    assert NEAR.send(Parcel("POST", receiver.url)).status == 307
    assert len(receiver.asked) == 1


@pytest.mark.parametrize("status", [200, 401, 404, 410, 500, 503])
def test_every_status_is_told_as_it_is(receiver: StandIn, status: int) -> None:
    receiver.script = [Answer(status)]

    assert NEAR.send(Parcel("POST", receiver.url)).status == status


def test_who_never_answers_is_left_in_time(receiver: StandIn) -> None:
    receiver.script = [Answer(hangs=True)]
    began_s = time.monotonic()

    with pytest.raises(Unreachable, match="in time"):
        NEAR.send(Parcel("POST", receiver.url))
    assert time.monotonic() - began_s < 10


STREAMS = {
    "silence": lambda: silence(40),
    "a head that comes byte by byte": lambda: drip(OK),
    "a body that comes byte by byte": lambda: drip(OK + b"Content-Length: 9999\r\n\r\n"),
}


@pytest.mark.parametrize("stream", STREAMS)
def test_the_deadline_is_for_all_of_it_and_not_for_each_byte(stream: str) -> None:
    began_s = time.monotonic()
    with hostile(STREAMS[stream]) as target, pytest.raises(Unreachable, match="in time"):
        NEAR.send(Parcel("POST", target.url))

    assert time.monotonic() - began_s < 8


@pytest.mark.parametrize("garbage", [b"\x00\xff" * 99, b"HTTP/9.9 banana\r\n\r\n", b""])
def test_what_is_no_answer_is_told(receiver: StandIn, garbage: bytes) -> None:
    receiver.script = [Answer(raw=garbage or b"\n")]

    with pytest.raises(Unreachable):
        NEAR.send(Parcel("POST", receiver.url))


def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    head = OK + b"Content-Length: 99999999999\r\n\r\n"
    with hostile(lambda: forever(head, b"x" * 1000)) as target:
        assert len(NEAR.send(Parcel("POST", target.url)).body) == ANSWER_MAX


def test_a_place_where_nobody_listens_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match="gave no answer"):
        NEAR.send(Parcel("POST", f"http://127.0.0.1:{port}/"))


@pytest.mark.parametrize(
    "number",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
     "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1",
     "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
     "64:ff9b::10.0.0.1", "2002:0a00:0001::1", "fec0::1", "::10.0.0.1", "64:ff9b:1::1", "4000::1"],
)  # fmt: skip
def test_no_network_of_our_own_is_sent_to(receiver: StandIn, number: str) -> None:
    guarded = HttpCourier(resolve=lambda host, port: [number])

    assert not is_public(number)
    with pytest.raises(Unreachable, match="private network"):
        guarded.send(Parcel("POST", "https://hooks.example.com/"))


@pytest.mark.parametrize("number", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::8.8.8.8"])
def test_the_internet_at_large_is(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://[::1]/", "https://localhost/"])
def test_an_address_of_our_own_is_refused_whatever_form_it_has(url: str) -> None:
    with pytest.raises(Unreachable, match="private network"):
        HttpCourier().send(Parcel("POST", url))


def test_a_name_that_also_means_a_private_place_is_refused() -> None:
    guarded = HttpCourier(resolve=lambda host, port: ["93.184.215.14", "10.0.0.1"])

    with pytest.raises(Unreachable, match="private network"):
        guarded.send(Parcel("POST", "https://hooks.example.com/"))


def test_without_leave_http_is_refused(receiver: StandIn) -> None:
    with pytest.raises(Unreachable, match="https"):
        HttpCourier().send(Parcel("POST", receiver.url))
    assert receiver.asked == []


def test_a_name_is_looked_up_once_and_that_place_is_connected_to(receiver: StandIn) -> None:
    """The second answer of a name server that lies would lead elsewhere."""
    asked: list[str] = []

    def lying(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    port = receiver.place.partition(":")[2]
    reply = replace(NEAR, resolve=lying).send(Parcel("POST", f"http://hooks.example.com:{port}/"))

    assert reply.status == 200
    assert asked == ["hooks.example.com"]
    assert receiver.asked[0].headers["host"] == f"hooks.example.com:{port}"


def test_where_the_first_place_of_a_name_does_not_answer_the_next_one_is_tried(
    receiver: StandIn,
) -> None:
    """A machine without IPv6 still gets to a name that has both."""
    port = receiver.place.partition(":")[2]
    both = replace(NEAR, resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"])

    assert both.send(Parcel("POST", f"http://hooks.example.com:{port}/")).status == 200
    assert len(receiver.asked) == 1


def test_what_is_sent_shows_no_secret_where_it_is_printed() -> None:
    assert "hush" not in repr(
        Parcel("POST", "https://a.example", headers={"authorization": "hush"})
    )


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("too long")])
def test_a_name_that_nobody_knows_is_told(error: Exception) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise error

    with pytest.raises(Unreachable, match="not known"):
        HttpCourier(resolve=unknown).send(Parcel("POST", "https://hooks.example.com/"))


def test_a_name_that_takes_for_ever_to_look_up_is_left_in_time() -> None:
    """The system's own lookup knows no limit that could be given to it."""
    over = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        over.wait(20)
        return ["127.0.0.1"]

    began_s = time.monotonic()
    try:
        with pytest.raises(Unreachable, match="not looked up in time"):
            replace(NEAR, resolve=slow, whole_s=0.3).send(Parcel("POST", "http://slow.example/"))
        assert time.monotonic() - began_s < 10
    finally:
        over.set()


def test_lookups_that_hang_are_limited_and_the_next_ones_wait_for_their_turn() -> None:
    over, begun = threading.Event(), threading.Semaphore(0)

    def slow() -> list[str]:
        begun.release()
        over.wait(20)
        return []

    try:
        for _ in range(LOOKUPS_MAX):
            with pytest.raises(TimeoutError):
                in_time(slow, 0.01)
        with pytest.raises(TimeoutError):
            in_time(slow, 0.01)
        assert all(begun.acquire(timeout=5) for _ in range(LOOKUPS_MAX))
        assert not begun.acquire(blocking=False)
    finally:
        over.set()
    assert in_time(lambda: ["127.0.0.1"], 5) == ["127.0.0.1"]


# ----------------------------------------------------------------------------------------- TLS


def a_certificate(directory: Path, name: str) -> Path:
    """Key and certificate of a server of this name, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = directory / "server.pem"
    path.write_bytes(text)
    return path


@contextmanager
def secured(certificate: Path) -> Iterator[int]:
    """A server that answers one request over TLS; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        raw, _ = listener.accept()
        with raw:
            try:
                with context.wrap_socket(raw, server_side=True) as connection:
                    connection.recv(65536)
                    connection.sendall(OK + b"Content-Length: 2\r\n\r\nok")
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join()
        listener.close()


@pytest.mark.parametrize(
    ("name", "is_taken"), [("hooks.example.com", True), ("evil.example", False)]
)
def test_the_certificate_is_of_the_name_and_not_of_the_place(
    tmp_path: Path, name: str, is_taken: bool
) -> None:
    certificate = a_certificate(tmp_path, "hooks.example.com")
    trust = ssl.create_default_context(cafile=str(certificate))
    courier = replace(NEAR, resolve=lambda host, port: ["127.0.0.1"], trust=trust)
    with secured(certificate) as port:
        try:
            answer = courier.send(Parcel("POST", f"https://{name}:{port}/")).body
        except Unreachable as error:
            answer = str(error)

    assert (answer == "ok") is is_taken
    assert is_taken or "certificate" in answer.lower() or "hostname" in answer.lower()


@pytest.mark.parametrize("host", ["0x7f000001", "2130706433", "127.1"])
def test_a_number_in_disguise_is_looked_at_as_what_it_means(host: str) -> None:
    with pytest.raises(Unreachable, match=r"private network|not known"):
        HttpCourier().send(Parcel("POST", f"https://{host}/"))
