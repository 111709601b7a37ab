"""Shutdown: every request around the signal is told apart, by when it was sent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
from tests.fakes.probe_runs import run_plan

from assay_probe.plan import ShutdownPlan, Target
from assay_probe.records import Event, ShutdownRecord

SERVICE = """
import signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(0.2)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def log_message(self, *_): pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_port, flush=True)
def gracefully(*_):
    server.socket.close()
    threading.Timer(0.5, lambda: __import__("os")._exit(0)).start()
if sys.argv[1] == "graceful":
    signal.signal(signal.SIGTERM, gracefully)
threading.Thread(target=server.serve_forever, daemon=True).start()
time.sleep(60)
"""


@contextmanager
def service(manner: str) -> Iterator[tuple[Target, Popen[str]]]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVICE, manner],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            port = int(process.stdout.readline())
            yield Target("service", f"http://127.0.0.1:{port}"), process
        finally:
            process.kill()


def watched(manner: str, folder: Path) -> tuple[ShutdownRecord, float]:
    """The record, and the instant of the signal."""
    signalled_s: list[float] = []
    with service(manner) as (target, process):

        def terminate(event: Event, _probe: Popen[str]) -> None:
            assert event.name == "traffic"
            time.sleep(0.3)
            signalled_s.append(time.monotonic())
            os.kill(process.pid, signal.SIGTERM)

        plan = ShutdownPlan(
            target, "POST", "/batch", {"rows": [1] * 100}, 50.0, 10.0, timeout_s=2.0, seed=3
        )
        record = run_plan(plan, folder, terminate).one(ShutdownRecord)
    return record, signalled_s[0]


def in_flight(record: ShutdownRecord, signalled_s: float) -> str:
    """Letters of the requests sent before the signal and not answered by then."""
    return "".join(
        letter
        for sent_s, ended_s, letter in zip(
            record.sent_s, record.ended_s, record.outcomes, strict=True
        )
        if sent_s < signalled_s <= ended_s
    )


def test_requests_in_flight_that_are_answered_show_as_answered(tmp_path: Path) -> None:
    record, signalled_s = watched("graceful", tmp_path)
    letters = in_flight(record, signalled_s)
    assert len(letters) >= 4
    assert set(letters) == {"o"}


def test_requests_in_flight_that_are_cut_show_as_cut(tmp_path: Path) -> None:
    record, signalled_s = watched("abrupt", tmp_path)
    letters = in_flight(record, signalled_s)
    assert len(letters) >= 4
    assert set(letters) == {"r"}


@pytest.mark.parametrize("manner", ["graceful", "abrupt"])
def test_traffic_goes_on_for_a_while_after_the_first_failure_and_then_ends(
    manner: str, tmp_path: Path
) -> None:
    record, signalled_s = watched(manner, tmp_path)
    first_failure_s = min(
        ended_s for ended_s, x in zip(record.ended_s, record.outcomes, strict=True) if x != "o"
    )
    assert first_failure_s > signalled_s
    assert first_failure_s + 0.8 < max(record.sent_s) < first_failure_s + 1.1
    assert record.outcomes.endswith("rrrr")
