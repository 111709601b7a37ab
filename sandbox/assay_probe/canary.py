"""A few requests to a service nobody harms: how long they take tells of the machine.

Whoever judges the harmed service by its latencies has to know whether the machine was slow.
"""

from assay_probe.arrivals import fresh_string
from assay_probe.client import Client
from assay_probe.crew import Crew
from assay_probe.dispatch import sleep_until
from assay_probe.plan import CanarySpec, RequestSpec
from assay_probe.records import CanaryRecord
from assay_probe.timeline_rows import judged, read_timeline_rows

MICROSECONDS = 1_000_000
OWN_SEGMENT = -1
"""In place of the number of a segment, so that fresh strings are never those of the timeline."""


class Canary:
    """Sends until it is killed; `finish` tells what came of it."""

    def __init__(self, spec: CanarySpec, request: RequestSpec, seed: int, crew: Crew) -> None:
        """Read the rows; `crew` has the requests that are in flight.

        Raises:
            ValueError: the file of rows holds something else.
        """
        self._spec, self._request, self._seed, self._crew = spec, request, seed, crew
        self._client = Client(spec.target.url, request.max_response_bytes)
        self._rows = read_timeline_rows(spec.rows, request, self._client)
        self._latency_us: list[int] = []
        self._outcomes: list[str] = []

    def run(self, origin_s: float) -> None:
        """One request after the other at even intervals, whether the last was answered or not."""
        number = 0
        while True:
            due_s = origin_s + number / self._spec.rate_rps
            sleep_until(due_s)
            self._crew.spawn(self._one, number, due_s)
            number += 1

    def _one(self, number: int, due_s: float) -> None:
        row = self._rows[number % len(self._rows)]
        fresh = fresh_string(self._seed, OWN_SEGMENT, number)
        reply = self._client.send(row.request(fresh), self._request.timeout_s)
        letter, _ = judged(reply, row, self._request)
        self._latency_us.append(round((reply.ended_s - due_s) * MICROSECONDS))
        self._outcomes.append(letter)

    def finish(self) -> CanaryRecord:
        """Of the requests that have ended."""
        return CanaryRecord(list(self._latency_us), "".join(self._outcomes))

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()
