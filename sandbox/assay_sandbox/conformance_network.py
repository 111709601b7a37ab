"""Behaviours of an engine: who reaches whom."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

from assay_sandbox.conformance_lab import expect, laboratory, wait_for_word
from assay_sandbox.engine import Attachment, Capability, Container, Engine, Outward

SERVE = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'hello from ' + NAME)
    def log_message(self, *words): pass
server = http.server.ThreadingHTTPServer(('0.0.0.0', PORT), Handler)
print('up'); server.serve_forever()
"""

TWO_PORTS = SERVE.replace(
    "print('up')",
    "import threading\n"
    "other = http.server.ThreadingHTTPServer(('0.0.0.0', 9100), Handler)\n"
    "threading.Thread(target=other.serve_forever, daemon=True).start()\n"
    "print('up')",
)
TWO_PORTS = f"NAME = b'app'; PORT = 8000\n{TWO_PORTS}"
"""Answers "hello from app" on 8000 and on 9100."""

FETCH = """
import json, os, socket, urllib.request
def fetch(url):
    try:
        return urllib.request.urlopen(url, timeout=3).read().decode()
    except OSError as error:
        return f'no: {error}'
"""

SCAN = """
import json, socket, concurrent.futures
def open_at(place):
    try:
        socket.create_connection(tuple(place), timeout=2).close()
        return place
    except OSError:
        return None
with concurrent.futures.ThreadPoolExecutor(40) as pool:
    print(json.dumps([p for p in pool.map(open_at, PLACES) if p]))
"""

NEXT_HOPS = """
import socket, struct
rows = [line.split() for line in open('/proc/net/route').read().splitlines()[1:]]
firsts = [int(r[1], 16) + (1 << 24) for r in rows if r[1] != '0' * 8]
gateways = [int(r[2], 16) for r in rows if r[2] != '0' * 8]
ends = [socket.inet_ntoa(struct.pack('<I', number)) for number in firsts + gateways]
"""


def server(name: str, port: int) -> str:
    """A program that answers "hello from NAME"."""
    return f"NAME = {name.encode()!r}; PORT = {port}\n{SERVE}"


def service_is_reached_at_its_address(engine: Engine, image: str) -> None:
    """A probe of the same engine and network reaches what `address` says."""
    with laboratory(engine, image) as lab:
        network = lab.network("app")
        service = lab.start(server("app", 8000), attachments=(Attachment(network, 2),), port=8000)
        wait_for_word(service, "up")
        host, port = service.address()
        expect(service.address(network) == (host, port), "the first network is the default")
        answer = lab.answer(
            FETCH + f"print(json.dumps(fetch('http://{host}:{port}/')))",
            role="probe",
            attachments=(Attachment(network, 4),),
            trusted=True,
        )
        expect(answer == "hello from app", f"got {answer!r}")


def service_is_reached_at_another_of_its_ports(engine: Engine, image: str) -> None:
    """A port that the spec does not name is reached, too, and still is after a restart."""
    with laboratory(engine, image) as lab:
        network = lab.network("app")
        service = lab.start(TWO_PORTS, attachments=(Attachment(network, 2),), port=8000)
        wait_for_word(service, "up")
        places = [service.address(port=port) for port in (8000, 9100, 9101)]
        expect(places[0] == service.address(), "the port of the spec is the port of the spec")
        expect(places[1] == service.address(port=9100), "the way to a port stays the same")
        for life in range(2 if Capability.CRASH in engine.capabilities else 1):
            if life:
                restarted(service)
            answers = lab.answer(
                FETCH + f"print(json.dumps([fetch(f'http://{{h}}:{{p}}') for h, p in {places}]))",
                role="probe",
                attachments=(Attachment(network, 4),),
                trusted=True,
            )
            expect(answers[:2] == ["hello from app"] * 2, f"in life {life} it said {answers}")
            expect(answers[2].startswith("no: "), f"nobody listens on 9101, yet {answers[2]!r}")


def restarted(container: Container) -> None:
    """Kill it, start it again, and wait until it serves."""
    crash = container.fault("crash")
    crash.inject({}, deadline_s=10)
    crash.heal(deadline_s=10)
    end_s = time.monotonic() + 10
    while container.logs().text.count("up") < 2:
        expect(time.monotonic() < end_s, "it did not start again")
        time.sleep(0.02)


def stand_in_is_reached_by_name(engine: Engine, image: str) -> None:
    """The declared name and the URL variable both lead to the stand-in."""
    with laboratory(engine, image) as lab:
        network = lab.network("app")
        stand_in = lab.start(
            server("bureau", 9000),
            role="standin",
            attachments=(Attachment(network, 3),),
            port=9000,
            trusted=True,
        )
        wait_for_word(stand_in, "up")
        answer = lab.answer(
            FETCH + "print(json.dumps(fetch(os.environ['BUREAU_URL'] + '/x')))",
            attachments=(Attachment(network, 2),),
            outward={"bureau": Outward(network, 3, 9000, "BUREAU_URL")},
        )
        expect(answer == "hello from bureau", f"got {answer!r}")


def other_networks_are_out_of_reach(engine: Engine, image: str) -> None:
    """A service on another network of the same run, or another run, cannot be reached."""
    with laboratory(engine, image) as lab, laboratory(engine, image) as other:
        places = []
        for where in (lab, other):
            network = where.network("ref")
            neighbour = where.start(
                server("neighbour", 8000),
                role="reference",
                attachments=(Attachment(network, 2),),
                port=8000,
            )
            wait_for_word(neighbour, "up")
            places.append(list(neighbour.address()))
        reached = lab.answer(
            f"PLACES = {places!r}\n{SCAN}", attachments=(Attachment(lab.network("app"), 2),)
        )
        expect(reached == [], f"reached {reached}")


def host_is_out_of_reach(engine: Engine, image: str) -> None:
    """A service of the host, listening everywhere, is not reached at any address."""
    with laboratory(engine, image) as lab, listener() as port:
        network = lab.network("app")
        places = [[address, port] for address in host_addresses()]
        program = f"{NEXT_HOPS}\nPLACES = {places!r} + [[e, {port}] for e in ends]\n{SCAN}"
        reached = lab.answer(program, attachments=(Attachment(network, 2),))
        expect(reached == [], f"reached the host at {reached}")


def internet_is_out_of_reach(engine: Engine, image: str) -> None:
    """No route to public addresses or to the metadata service of a cloud."""
    places = [["192.0.2.1", 80], ["198.51.100.7", 443], ["169.254.169.254", 80]]
    with laboratory(engine, image) as lab:
        reached = lab.answer(
            f"PLACES = {places!r}\n{SCAN}",
            attachments=(Attachment(lab.network("app"), 2),),
        )
        expect(reached == [], f"reached {reached}")


def names_are_not_resolved_outside(engine: Engine, image: str) -> None:
    """A public name has no address, and the answer comes at once."""
    program = """
import json, socket, time
began = time.monotonic()
try:
    found = socket.gethostbyname('secret-data.example.com')
except OSError as error:
    found = None
print(json.dumps([found, time.monotonic() - began]))
"""
    with laboratory(engine, image) as lab:
        found, took_s = lab.answer(program, attachments=(Attachment(lab.network("app"), 2),))
        expect(found is None, f"resolved to {found}")
        expect(took_s < 3.0, f"took {took_s:.1f} s to say no: a service would hang on it")


def host_addresses() -> list[str]:
    """The addresses of this host that a container could try."""
    own = {str(row[4][0]) for row in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("192.0.2.1", 9))  # sends nothing: only asks which address would be used
        own.add(s.getsockname()[0])
    return sorted((own | {"172.17.0.1"}) - {"127.0.0.1", "127.0.1.1"})


@contextlib.contextmanager
def listener() -> Iterator[int]:
    """A TCP service of the host on all its addresses, which accepts; its port."""
    with socket.create_server(("0.0.0.0", 0)) as listening:  # noqa: S104 - it is the bait
        threading.Thread(target=_accept, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            listening.accept()[0].close()
