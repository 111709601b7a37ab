"""When to ask again: little, later each time, and never so often that it makes things worse."""

import random
from dataclasses import dataclass, field

ATTEMPTS_MAX = 3
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 2.0


@dataclass(slots=True)
class RetryBudget:
    """One retry for every `calls_per_retry` calls, with a small reserve for quiet times."""

    calls_per_retry: float = 5.0
    reserve: float = 10.0
    _left: float = field(init=False)

    def __post_init__(self) -> None:
        self._left = self.reserve

    def earned(self) -> None:
        """A first attempt was made."""
        self._left = min(self.reserve, self._left + 1 / self.calls_per_retry)

    def spend(self) -> bool:
        """Take one retry if there is one."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


def pause_s(attempt: int, asked_for_s: float, chance: random.Random) -> float:
    """How long to wait before the attempt after number `attempt` (from 0).

    "Full jitter" (M. Brooker, Exponential Backoff and Jitter, 2015), never less than the gateway
    asked for.
    """
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempt)
    return max(asked_for_s, chance.uniform(longest / 4, longest))
