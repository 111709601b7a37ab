"""Our receiver of Alertmanager's notifications, on loopback."""

import json
import math
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from assay_probe.records import NotificationRecord

BODY_BYTES_MAX = 4_194_304
LABELS_MAX, LABEL_CHARACTERS = 30, 200


class Inbox:
    """What arrived. Filled by other threads and by a signal handler, emptied by one loop.

    Attributes:
        since_unix_s: Alerts that began before this are not taken, nor is their end. Until
            Prometheus has seen the service, `absent` fires for every metric it has.
        stopped: Whether nobody waits for more.
    """

    def __init__(self) -> None:
        self.since_unix_s = math.inf
        self.stopped = False
        self._arrived: queue.SimpleQueue[NotificationRecord | None] = queue.SimpleQueue()

    def put(self, record: NotificationRecord) -> None:
        """A notification has come."""
        self._arrived.put(record)

    def stop(self) -> None:
        """Wake whoever waits, for the last time. May be called from a signal handler."""
        self.stopped = True
        self._arrived.put(None)

    def wait(self, seconds: float) -> Iterator[NotificationRecord]:
        """The next notification, or none if there is none in time."""
        try:
            record = self._arrived.get(timeout=seconds)
        except queue.Empty:
            return
        if record is not None:
            yield record


class _Receiver(BaseHTTPRequestHandler):
    timeout = 5
    inbox: Inbox

    def do_POST(self) -> None:
        """Take a notification; Alertmanager is told it arrived whatever it holds."""
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size) if size <= BODY_BYTES_MAX else b""
        since_unix_s = self.inbox.since_unix_s
        for record in notifications(body, at_s=time.monotonic(), since_unix_s=since_unix_s):
            self.inbox.put(record)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def receiving(inbox: Inbox) -> Iterator[int]:
    """Listen on loopback; yields the port."""
    handler = type("Receiver", (_Receiver,), {"inbox": inbox})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def notifications(body: bytes, *, at_s: float, since_unix_s: float) -> list[NotificationRecord]:
    """The alerts of one notification; none if it is not what Alertmanager writes.

    Args:
        body: The JSON it posted.
        at_s: When it came.
        since_unix_s: Alerts that began earlier are left out.
    """
    try:
        alerts = json.loads(body)["alerts"]
        return [_record(a, at_s) for a in alerts if _began_unix_s(a) >= since_unix_s]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _began_unix_s(alert: Any) -> float:  # noqa: ANN401 - JSON is any
    return datetime.fromisoformat(alert["startsAt"]).timestamp()


def _record(alert: Any, at_s: float) -> NotificationRecord:  # noqa: ANN401 - JSON is any
    labels = sorted(alert["labels"].items())[:LABELS_MAX]
    return NotificationRecord(
        alert=str(alert["labels"]["alertname"])[:LABEL_CHARACTERS],
        status=str(alert["status"]),
        at_s=at_s,
        labels={str(k)[:LABEL_CHARACTERS]: str(v)[:LABEL_CHARACTERS] for k, v in labels},
    )
