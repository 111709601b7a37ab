"""One request under way: who asks, under which conditions, and what is written down of it."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from assay_probe.gateways.llm import chance
from assay_probe.gateways.llm.conditions import Conditions
from assay_probe.gateways.llm.errors import wrong_key
from assay_probe.gateways.llm.limits import Limits
from assay_probe.gateways.llm.meter import Entry, Meter, Prices, Usage
from assay_probe.gateways.wire import Request

NAME_CHARACTERS = 200
PAID_MOST = 50_000
BEARER = "Bearer "


@dataclass(slots=True)
class Exchange:
    """From the arrival of a request to its record; `end` is called once, whatever happens.

    Attributes:
        limits: Of its key, once it has entered.
        prices: Of its model, once there is one.
    """

    request: Request
    path: str
    conditions: Conditions
    meter: Meter
    started_s: float = field(default_factory=time.monotonic)
    entry: Entry = field(init=False)
    limits: Limits | None = None
    prices: Prices | None = None
    _entered: bool = False
    _ended: bool = False

    def __post_init__(self) -> None:
        self.entry = Entry(self.started_s, self.path[:NAME_CHARACTERS], self.conditions.mode)
        given = self.request.headers.get("idempotency-key", "")
        self.entry.idempotency_key = given[:NAME_CHARACTERS]

    def authenticate(self, known: dict[str, Limits]) -> Limits:
        """The limits of the key that was sent.

        Raises:
            ApiError: 401.
        """
        header = self.request.headers.get("authorization", "")
        key = header.removeprefix(BEARER) if header.startswith(BEARER) else ""
        if key not in known:
            raise wrong_key(key)
        self.limits = known[key]
        self.entry.key = self.limits.rule.name
        return self.limits

    def enter(self, prompt_tokens: int) -> None:
        """Take the request's place within the limits of its key.

        Raises:
            ApiError: 429.
        """
        if self.limits is not None:
            self.limits.enter(prompt_tokens, self.started_s)
            self._entered = True

    def pay_once(self, paid: OrderedDict[str, None]) -> None:
        """The same question under the same idempotency key is billed once.

        Args:
            paid: What was billed before; the oldest is forgotten.
        """
        entry = self.entry
        if not entry.idempotency_key:
            return
        name = chance.digest(entry.key, entry.idempotency_key, entry.digest)
        entry.repeated = name in paid
        self.prices = None if entry.repeated else self.prices
        paid[name] = None
        if len(paid) > PAID_MOST:
            paid.popitem(last=False)

    def fault(self) -> bool:
        """Whether the mode strikes this request.

        Raises:
            ApiError: it is refused for that.
        """
        struck = self.conditions.strikes(self.entry.digest, self.entry.times)
        error = self.conditions.refuse() if struck else None
        if error:
            raise error
        return struck

    def uses(self, usage: Usage) -> None:
        """What has been used of the model so far; it is billed."""
        self.entry.usage = usage
        if self.prices:
            self.entry.cost_pico_usd = self.prices.cost_pico_usd(usage)

    def end(self, status: int | None, *, complete: bool) -> None:
        """The request is over; only the first end counts."""
        if self._ended:
            return
        self._ended = True
        self.entry.status, self.entry.complete = status, complete
        self.entry.latency_ms = (time.monotonic() - self.started_s) * 1e3
        if self.limits is not None and self._entered:
            self.limits.leave(self.entry.usage.completion_tokens)
        self.meter.add(self.entry)
