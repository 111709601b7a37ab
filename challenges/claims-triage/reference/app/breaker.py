"""Whether asking is worth it: a gateway that keeps failing is left alone for a while."""

import time
from collections.abc import Callable


class CircuitBreaker:
    """Opens after `threshold` failures in a row, then lets one attempt through each `pause_s`."""

    def __init__(
        self,
        threshold: int = 8,
        pause_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold = threshold
        self._pause_s = pause_s
        self._clock = clock
        self._failures = 0
        self._retry_at = 0.0

    @property
    def open(self) -> bool:
        """True while most attempts are refused."""
        return self._failures >= self._threshold

    def allows(self) -> bool:
        """Whether to attempt a call now. While open, a yes is given once per pause."""
        if not self.open:
            return True
        if self._clock() < self._retry_at:
            return False
        self._retry_at = self._clock() + self._pause_s
        return True

    def succeeded(self) -> None:
        """The gateway answered, whatever it thinks of the request."""
        self._failures = 0

    def failed(self) -> None:
        """The gateway did not answer in time, or not sensibly."""
        self._failures += 1
        if self._failures == self._threshold:
            self._retry_at = self._clock() + self._pause_s
