"""A deployment loses no claim."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent


class SlowGateway(BaseHTTPRequestHandler):
    """Takes so long that a claim is in flight when the signal comes."""

    asked = threading.Event()

    def do_POST(self):
        self.asked.set()
        time.sleep(1)
        self.send_error(400)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def slow_gateway():
    with ThreadingHTTPServer(("127.0.0.1", 0), SlowGateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(url):
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("not ready within ten seconds")


def test_a_claim_in_flight_is_answered_and_the_exit_is_clean(slow_gateway, payable):
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "OPENAI_BASE_URL": slow_gateway}
    with subprocess.Popen([sys.executable, "-m", "app"], cwd=HERE, env=environment) as service:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url)
        answers = []
        request = urllib.request.Request(
            f"{url}/v1/claims",
            json.dumps(payable["body"]).encode(),
            {"Content-Type": "application/json"},
        )

        def ask():
            with urllib.request.urlopen(request, timeout=15) as answer:
                answers.append(json.load(answer))

        asking = threading.Thread(target=ask)
        asking.start()
        assert SlowGateway.asked.wait(5)
        service.send_signal(signal.SIGTERM)
        asking.join(12)
        assert service.wait(12) == 0
    assert answers[0]["reasons"] == ["model_unavailable"]
