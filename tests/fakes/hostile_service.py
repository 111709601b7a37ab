"""A service whose `/metrics/NAME` is hostile in as many ways: the program of an image."""

PROGRAM = r'''
import json, os, socket, threading, time

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"

def whole(body):
    return [OK + b"Content-Length: %d\r\n\r\n" % len(body), body]

def endless(piece):
    yield OK + b"\r\n"
    while True:
        yield piece * 200

def dripping():
    yield OK + b"Content-Length: 1000\r\n\r\n"
    while True:
        time.sleep(0.05)
        yield b"#"

FORGED = b"""seen 7
up 0
up{job="svc",instance="svc:8000"} 0
scrape_duration_seconds 99
scrape_samples_scraped 1e9
ALERTS{alertname="Nobody",alertstate="firing"} 1
ALERTS_FOR_STATE{alertname="Nobody"} 1
"""
FUTURE = b"""a_total 7 4102444800000
b_total 7 9223372036854775807
c_total 7 -9223372036854775808
d_total 7 0
"""
COUNTED = b"".join(b'm{n="%020d"} 1\n' % n for n in range(20_000))
BODIES = {
    "sound": lambda: whole(b"seen 7\n"),
    "20,000-series": lambda: whole(COUNTED),
    "endless-comment": lambda: endless(b"# " + b"x" * 4000 + b"\n"),
    "endless-series": lambda: endless(b'm{n="1"} 1\n'),
    "long-label": lambda: whole(b'm{l="' + b"x" * 900_000 + b'"} 1\n'),
    "dripping": dripping,
    "forged": lambda: whole(FORGED),
    "future": lambda: whole(FUTURE),
    "nonsense": lambda: whole(b"\x00\xff {{{ \n"),
}

def answer(head):
    path = head.split(b" ", 2)[1].decode()
    if path.startswith("/metrics/"):
        return BODIES[path.removeprefix("/metrics/")]()
    return whole(b'{"p": 0.5}')

def request(connection):
    """The head of a request, once all of it has come: what is left unread resets the answer."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = text.partition(b"\r\n\r\n")
    sizes = [l for l in head.lower().split(b"\r\n") if l.startswith(b"content-length:")]
    left = int(sizes[0].split(b":")[1]) - len(body) if sizes else 0
    while left > 0 and (more := connection.recv(65536)):
        left -= len(more)
    return head

def serve(connection):
    """One request a connection."""
    with connection:
        connection.settimeout(10)
        try:
            if not (head := request(connection)):
                return
            for piece in answer(head):
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65536)
        except OSError:
            pass

listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
print("up", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
'''
