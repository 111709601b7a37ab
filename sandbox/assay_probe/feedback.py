"""Late labels: what became of a score is told to the service a while after its answer."""

import json
from typing import Any

from gevent.queue import Queue

from assay_probe.client import Client
from assay_probe.crew import Crew
from assay_probe.dispatch import sleep_until
from assay_probe.plan import FeedbackSpec, Target
from assay_probe.records import FeedbackRecord

IN_FLIGHT = 64
"""Labels under way at once; with more the rest wait, for labels are late anyway."""
DRAIN_SLACK_S = 0.5


class Feedback:
    """Sends labels over connections of its own, in the order in which they fall due."""

    def __init__(self, spec: FeedbackSpec, target: Target, crew: Crew) -> None:
        """`crew` holds the labels under way: a pool of `IN_FLIGHT` places."""
        self._spec, self._crew = spec, crew
        self._client = Client(target.url)
        self._owed: Queue = Queue()
        self._sent = self._accepted = 0

    def owe(self, answered_s: float, label_id: Any, label: bool) -> None:  # noqa: ANN401
        """A request was answered at this instant; its label follows.

        Args:
            answered_s: Monotonic instant of the answer.
            label_id: Value of the field that tells which request it is.
            label: How it ended.
        """
        body = {self._spec.id_field: label_id, self._spec.label_field: label}
        request = self._client.encode(
            self._spec.method, self._spec.path, json.dumps(body, separators=(",", ":")).encode()
        )
        self._owed.put((answered_s + self._spec.delay_s, request))

    def run(self) -> None:
        """Send every label when it is due, until killed; then the rest is never sent."""
        for due_s, request in self._owed:
            sleep_until(due_s)
            self._crew.spawn(self._send, request)

    def finish(self) -> FeedbackRecord:
        """Wait for the labels under way, and count."""
        self._crew.join(self._spec.timeout_s + DRAIN_SLACK_S)
        self._client.close()
        return FeedbackRecord(sent=self._sent, accepted=self._accepted)

    def _send(self, request: bytes) -> None:
        self._sent += 1
        reply = self._client.send(request, self._spec.timeout_s)
        self._accepted += reply.status is not None and 200 <= reply.status < 300
