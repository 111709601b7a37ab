"""How often somebody may try. Counted in the memory of one process.

Two web processes allow twice as often: enough against guessing, as every secret here is either
200 bits of chance or a password that argon2 makes slow.
"""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `times` within `seconds`, each moment looked back from."""

    name: str
    times: int
    seconds: int


SIGN_IN_OF_ACCOUNT = Rule("sign_in_of_account", 5, 60)
"""Passwords tried at one account, from wherever."""
SIGN_IN_FROM_ADDRESS = Rule("sign_in_from_address", 20, 60)
LINK_TO_ACCOUNT = Rule("link_to_account", 5, 3600)
"""Mails to one address: nobody's inbox is flooded by us."""
LINK_FROM_ADDRESS = Rule("link_from_address", 20, 3600)
WRONG_TOKEN_FROM_ADDRESS = Rule("wrong_token_from_address", 30, 60)
"""Invitations, links, keys and git tokens that open nothing. Right ones are never counted."""
CALLS_OF_KEY = Rule("calls_of_key", 600, 60)


class RateLimits:
    """The counters of one process. Threads may use them at once."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, rule: Rule, who: str) -> int:
        """Count one try.

        Returns:
            0 if it is allowed; else the seconds until the next may be.
        """
        return 0 if self._limiter.hit(_item(rule), rule.name, who) else self._wait_s(rule, who)

    def wait_s(self, rule: Rule, who: str) -> int:
        """The same without counting: for what counts only when it turns out wrong."""
        return 0 if self._limiter.test(_item(rule), rule.name, who) else self._wait_s(rule, who)

    def forget(self, rule: Rule, who: str) -> None:
        """Begin anew: a right password clears the wrong ones before it."""
        self._limiter.clear(_item(rule), rule.name, who)

    def _wait_s(self, rule: Rule, who: str) -> int:
        reset = self._limiter.get_window_stats(_item(rule), rule.name, who).reset_time
        return max(1, math.ceil(reset - time.time()))


def _item(rule: Rule) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(rule.times, rule.seconds)
