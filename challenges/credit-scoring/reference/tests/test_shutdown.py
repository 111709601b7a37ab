"""A deployment loses no request."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import pytest


class SlowBureau(BaseHTTPRequestHandler):
    """Takes so long that a request is in flight when the signal comes."""

    asked = threading.Event()

    def do_GET(self):
        self.asked.set()
        time.sleep(1)
        self.send_error(404)

    def log_message(self, *_):
        """Say nothing."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def slow_bureau():
    with ThreadingHTTPServer(("127.0.0.1", 0), SlowBureau) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def ask(url, application):
    request = urllib.request.Request(f"{url}/v1/score", orjson.dumps(application))
    return urllib.request.urlopen(request, timeout=10).status


def wait_until_it_scores(url, application):
    for _ in range(600):
        try:
            return ask(url, application)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError("the service did not start")


def test_sigterm_lets_a_request_in_flight_finish_and_exits_0(settings, application, slow_bureau):
    port = free_port()
    environment = os.environ | {
        "PORT": str(port),
        "BUREAU_URL": slow_bureau,
        "BUREAU_TIMEOUT_MS": "300",
    }
    process = subprocess.Popen([sys.executable, "-m", "app"], env=environment)
    url = f"http://127.0.0.1:{port}"
    answers = []
    in_need_of_the_bureau = application | {"income_eur_year": None}
    asking = threading.Thread(target=lambda: answers.append(ask(url, in_need_of_the_bureau)))
    try:
        wait_until_it_scores(url, application)
        asking.start()
        assert SlowBureau.asked.wait(timeout=10)
        process.send_signal(signal.SIGTERM)
        asking.join(timeout=10)
        assert answers == [200]
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()
