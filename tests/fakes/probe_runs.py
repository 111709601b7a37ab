"""Running the probe as the platform does: a plan on disk, a process of its own, records back."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from assay_probe import plan as plans
from assay_probe.plan import Plan, RequestSpec, Target
from assay_probe.records import Done, Event, Record, load

ROOT = Path(__file__).parents[2]
HARD_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """What a probe wrote, and what the kernel says it used."""

    records: list[Record]
    memory_mib_peak: float
    elapsed_s: float

    def of(self, kind: type) -> list[Record]:
        return [record for record in self.records if isinstance(record, kind)]

    def one(self, kind: type) -> Record:
        (record,) = self.of(kind)
        return record


def spec(folder: Path, rows: int = 20, expected: float = 0.5, **changes: object) -> RequestSpec:
    """A request spec with a pool of rows in `folder`."""
    lines = [{"id": f"r{i}", "body": {"row": i}, "expected": expected} for i in range(rows)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    fields = {
        "method": "POST",
        "path": "/score",
        "rows": "rows.jsonl",
        "answer": "p",
        "tolerance": 0.001,
        "timeout_s": 5.0,
    }
    return RequestSpec(**{**fields, **changes})


def started(plan: Plan, folder: Path) -> subprocess.Popen[str]:
    """A probe that has begun its plan."""
    path = folder / "plan.json"
    path.write_text(plans.dump(plan))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "sandbox")}
    return subprocess.Popen(
        [sys.executable, "-m", "assay_probe", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def run_plan(
    plan: Plan, folder: Path, on_event: Callable[[Event, subprocess.Popen[str]], None] | None = None
) -> Run:
    """Run a plan to its end; the last record must be `Done`."""
    begin_s = time.monotonic()
    peak = [0.0]
    records: list[Record] = []
    with started(plan, folder) as process:
        killer = threading.Timer(HARD_LIMIT_S, process.kill)
        killer.start()
        watcher = threading.Thread(target=_watch_memory, args=(process, peak))
        watcher.start()
        for line in process.stdout:
            records.append(load(line))
            if on_event and isinstance(records[-1], Event):
                on_event(records[-1], process)
        errors = process.stderr.read()
        process.wait()
        killer.cancel()
        watcher.join()
    assert process.returncode == 0, errors
    assert isinstance(records[-1], Done), errors
    return Run(records, peak[0], time.monotonic() - begin_s)


def _watch_memory(process: subprocess.Popen[str], peak: list[float]) -> None:
    """The high-water mark of resident memory, for as long as the process lives."""
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            return
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                peak[0] = max(peak[0], int(line.split()[1]) / 1024)
        time.sleep(0.02)


class Answering(BaseHTTPRequestHandler):
    """Answers every request with what the server's `answer(path, body)` returns."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        status, content = self.server.answer(self.path, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    """Many connections, no noise when a client goes away."""

    daemon_threads = True
    request_queue_size = 512
    accepted = 0

    def get_request(self) -> tuple[socket.socket, object]:
        self.accepted += 1
        return super().get_request()

    def handle_error(self, request: object, client_address: object) -> None:
        """A probe that gave up is no error."""


@contextmanager
def serving(answer: Callable[[str, bytes], tuple[int, bytes]]) -> Iterator[Target]:
    """A service on loopback whose answers are computed by `answer(path, body)`."""
    with server(answer) as running:
        yield Target("service", f"http://127.0.0.1:{running.server_port}")


@contextmanager
def server(answer: Callable[[str, bytes], tuple[int, bytes]]) -> Iterator[Server]:
    """The server behind `serving`, which counts the connections it accepted."""
    running = Server(("127.0.0.1", 0), Answering)
    running.answer = answer
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def right(_path: str, _body: bytes) -> tuple[int, bytes]:
    """The answer every row of `spec` expects."""
    return 200, b'{"p": 0.5}'
