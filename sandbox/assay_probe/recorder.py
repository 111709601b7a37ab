"""Recording `/metrics`: a scrape in every slot, whatever became of the one before.

The service is hostile: a body has limits on bytes, samples and labels, an answer has one
total deadline, all bodies together have a budget. Every slot leaves one record.
"""

import itertools
import math
import time
from collections.abc import Callable
from typing import Protocol

from assay_probe.client import Client
from assay_probe.crew import Crew
from assay_probe.dispatch import sleep_until
from assay_probe.plan import ScrapeSpec
from assay_probe.records import ScrapeRecord
from assay_probe.reply import Reply
from assay_probe.scraped import failed_scrape, scraped

ACCEPT = "text/plain;version=0.0.4,*/*;q=0.1"


class EmitMade(Protocol):
    """Makes a record of arguments and writes it, holding up only the calling greenlet."""

    def __call__(self, make: Callable[..., ScrapeRecord], *arguments: object) -> None:
        """Write `make(*arguments)`."""


class Recorder:
    """Scrapes until it is told when to stop."""

    def __init__(self, spec: ScrapeSpec, origin_s: float, emit_made: EmitMade, crew: Crew) -> None:
        """`crew` holds the scrapes under way: a pool of `spec.in_flight` places."""
        self._spec, self._origin_s = spec, origin_s
        self._emit_made, self._crew = emit_made, crew
        self._client = Client(spec.url, spec.max_bytes)
        self._request = self._client.encode("GET", spec.path, headers={"Accept": ACCEPT})
        self._budget_bytes = spec.budget_bytes
        self._until_s = math.inf

    def stop_at(self, instant_s: float) -> None:
        """Slots that are due at or after this instant are no longer scraped."""
        self._until_s = instant_s

    def run(self) -> None:
        """Scrape slot after slot; return when the last answer came or was given up."""
        for slot in itertools.count():
            due_s = self._origin_s + slot * self._spec.every_s
            sleep_until(min(due_s, self._until_s))
            if due_s >= self._until_s:
                break
            self._crew.spawn(self._scrape, slot, due_s)
        self._crew.join()
        self._client.close()

    def _scrape(self, slot: int, due_s: float) -> None:
        left_s = due_s + self._spec.timeout_s - time.monotonic()
        if self._budget_bytes <= 0:
            self._emit_made(failed_scrape, slot, due_s, "budget")
        elif left_s <= 0:
            self._emit_made(failed_scrape, slot, due_s, "timeout")
        else:
            reply = self._client.send(self._request, left_s)
            self._emit_made(scraped, self._spec, slot, due_s, reply, self._spent(reply))

    def _spent(self, reply: Reply) -> bool:
        """Take the body out of the budget; whether that was too much."""
        self._budget_bytes -= len(reply.body)
        return self._budget_bytes < 0
