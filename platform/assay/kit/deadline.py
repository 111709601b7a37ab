"""One deadline enters, every wait takes what remains."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant on the monotonic clock after which no more time is given."""

    at_s: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The deadline `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def remaining_s(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.at_s - time.monotonic())

    def passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining_s() <= 0.0

    def sooner(self, seconds: float) -> "Deadline":
        """This deadline, or the one `seconds` from now if that comes first."""
        return min(self, Deadline.after(seconds), key=lambda d: d.at_s)
