"""How much one key may ask for: requests and tokens per minute, and how many at once.

Both limits are buckets that fill evenly. A request takes the tokens of its prompt when it comes
and those of its answer when they are made, so a bucket can be below zero for a while.
"""

from dataclasses import dataclass, field

from assay_probe.gateways.llm.errors import limited
from assay_probe.plans_llm import KeyRule

MINUTE_S = 60.0
BUSY_S = 0.5
"""When to try again, told to those who have too many requests under way."""


@dataclass(slots=True)
class Bucket:
    """So many per minute; 0 is no limit."""

    per_minute: int
    left: float = field(init=False)
    at_s: float | None = None

    def __post_init__(self) -> None:
        self.left = float(self.per_minute)

    def refill(self, now_s: float) -> None:
        """What has come in since the last time."""
        passed_s = 0.0 if self.at_s is None else now_s - self.at_s
        self.at_s = now_s
        self.left = min(self.per_minute, self.left + passed_s * self.per_minute / MINUTE_S)

    def wait_s(self, amount: int) -> float:
        """Seconds until there is enough; more than a full bucket is never asked for."""
        if not self.per_minute:
            return 0.0
        missing = min(amount, self.per_minute) - self.left
        return max(0.0, missing * MINUTE_S / self.per_minute)

    def take(self, amount: int) -> None:
        """Use up."""
        if self.per_minute:
            self.left -= amount

    def headers(self, what: str) -> tuple[tuple[str, str], ...]:
        """Limit, what is left, and when it is full again."""
        if not self.per_minute:
            return ()
        full_s = (self.per_minute - self.left) * MINUTE_S / self.per_minute
        return (
            (f"x-ratelimit-limit-{what}", str(self.per_minute)),
            (f"x-ratelimit-remaining-{what}", str(max(0, int(self.left)))),
            (f"x-ratelimit-reset-{what}", f"{full_s:.3f}s"),
        )


@dataclass(slots=True)
class Limits:
    """The limits of one key."""

    rule: KeyRule
    under_way: int = 0
    _requests: Bucket = field(init=False)
    _tokens: Bucket = field(init=False)

    def __post_init__(self) -> None:
        self._requests = Bucket(self.rule.requests_per_minute)
        self._tokens = Bucket(self.rule.tokens_per_minute)

    def enter(self, prompt_tokens: int, now_s: float) -> None:
        """A request begins; whoever enters also leaves.

        Raises:
            ApiError: 429, it may not.
        """
        self._requests.refill(now_s)
        self._tokens.refill(now_s)
        if self.rule.concurrent and self.under_way >= self.rule.concurrent:
            raise limited("concurrent requests", BUSY_S, self.headers())
        for what, bucket, amount in (
            ("requests", self._requests, 1),
            ("tokens", self._tokens, prompt_tokens),
        ):
            wait_s = bucket.wait_s(amount)
            if wait_s > 0:
                raise limited(what, wait_s, self.headers())
        self._requests.take(1)
        self._tokens.take(prompt_tokens)
        self.under_way += 1

    def leave(self, answer_tokens: int) -> None:
        """A request that entered has ended."""
        self._tokens.take(answer_tokens)
        self.under_way -= 1

    def headers(self) -> tuple[tuple[str, str], ...]:
        """What every answer tells of the limits."""
        return (*self._requests.headers("requests"), *self._tokens.headers("tokens"))
