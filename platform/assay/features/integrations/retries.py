"""When a delivery that was not taken is tried again, and when it is given up. Pure."""

import random
from dataclasses import dataclass
from datetime import timedelta

from assay.db.tables import Endpoint
from assay.domain.hiring import EndpointKind
from assay.features.integrations.addresses import shown
from assay.features.integrations.ports import Reply
from assay.kit.text import one_line

TRIES_MAX = 25
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 5.5 * 3600
"""The waits double from the first to this one: together about three days."""
JITTER = 0.2
"""Each wait is up to so much shorter or longer, so that what failed together comes apart."""
ASKED_MAX_S = 24 * 3600
"""The longest wait that an answer can ask for."""
ERROR_MAX = 500
SAID_MAX = 200
GONE = 410
NOT_THERE = 404
NO_USE: dict[EndpointKind, frozenset[int]] = {
    EndpointKind.SIGNED: frozenset({GONE}),
    EndpointKind.SLACK: frozenset({GONE, NOT_THERE}),
    EndpointKind.GREENHOUSE: frozenset({GONE, NOT_THERE}),
    EndpointKind.ASHBY: frozenset({GONE, NOT_THERE}),
    EndpointKind.LEVER: frozenset({GONE, NOT_THERE}),
}
"""Answers after which trying again has no use. 404 of a receiver of one's own may be a release
that is being rolled out; of a vendor it says that the candidate is gone there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try.

    Attributes:
        status: HTTP status; None if no answer came.
        error: Why it was not taken, "" if it was.
        wait: Until the next try; None if there is none.
    """

    status: int | None
    error: str
    wait: timedelta | None

    @property
    def is_taken(self) -> bool:
        """Whether the other side has it."""
        return not self.error


def wait_s(tries: int, rng: random.Random) -> float:
    """Seconds until the next try, after so many."""
    doubled = FIRST_WAIT_S * 2.0 ** (tries - 1)
    return min(doubled, LONGEST_WAIT_S) * rng.uniform(1 - JITTER, 1 + JITTER)


def outcome(reply: Reply | str, endpoint: Endpoint, tries: int, rng: random.Random) -> Outcome:
    """What an answer means, or the reason that there is none."""
    if isinstance(reply, str):
        return Outcome(None, one_line(reply, ERROR_MAX), _wait(tries, None, rng))
    if reply.is_taken:
        return Outcome(reply.status, "", None)
    error = one_line(_told(reply, endpoint), ERROR_MAX)
    if reply.status in NO_USE[endpoint.kind]:
        return Outcome(reply.status, error, None)
    return Outcome(reply.status, error, _wait(tries, reply.retry_after_s, rng))


def _wait(tries: int, asked_s: int | None, rng: random.Random) -> timedelta | None:
    if tries >= TRIES_MAX:
        return None
    return timedelta(seconds=max(wait_s(tries, rng), min(asked_s or 0, ASKED_MAX_S)))


def _told(reply: Reply, endpoint: Endpoint) -> str:
    where = shown(endpoint.url) or "it"
    said = one_line(reply.body, SAID_MAX)
    redirected = " (redirects are not followed)" if 300 <= reply.status < 400 else ""
    return f"{where} answered {reply.status}{redirected}" + (f": {said}" if said else "")
