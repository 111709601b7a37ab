"""Time, as an argument. The clock is read here and at the edges, nowhere else."""

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the engine may ask of time."""

    def monotonic_s(self) -> float:
        """Seconds on the clock that probe and containers share."""

    def utc_iso(self) -> str:
        """Now, ISO 8601 in UTC with seconds."""

    def unix_s(self) -> float:
        """Now, seconds since 1970 in UTC."""

    def wait(self, seconds: float) -> None:
        """Let `seconds` pass."""


class SystemClock:
    """The real clock."""

    def monotonic_s(self) -> float:
        """See `Clock`."""
        return time.monotonic()

    def utc_iso(self) -> str:
        """See `Clock`."""
        return datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251 - the edge

    def unix_s(self) -> float:
        """See `Clock`."""
        return time.time()

    def wait(self, seconds: float) -> None:
        """See `Clock`."""
        threading.Event().wait(seconds)


def utc_now() -> datetime:
    """Now, in UTC. For the edges: everything below takes `now`."""
    return datetime.now(UTC)  # noqa: TID251 - the edge
