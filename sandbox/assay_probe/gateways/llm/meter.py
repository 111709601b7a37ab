"""What was asked and what it cost. Read by the harness alone, through the control port.

Costs are whole picodollars (1e-12): a price of one dollar per million tokens is a million of
them per token, so every sum is exact.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

PICO_PER_MILLIONTH = 1_000_000
RECORDS_MOST = 50_000
PAGE = 2_000
PROMPTS_MOST, PROMPT_CHARACTERS = 20, 8_000


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request; the cached ones are among those of the prompt."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars per million tokens."""

    input_usd: float
    cached_usd: float
    output_usd: float

    def cost_pico_usd(self, usage: Usage) -> int:
        """What a request costs."""
        fresh = usage.prompt_tokens - usage.cached_tokens
        return (
            fresh * _pico(self.input_usd)
            + usage.cached_tokens * _pico(self.cached_usd)
            + usage.completion_tokens * _pico(self.output_usd)
        )


def _pico(usd_per_million: float) -> int:
    return round(usd_per_million * PICO_PER_MILLIONTH)


@dataclass(slots=True)
class Entry:
    """One request.

    Attributes:
        number: From 1, in the order in which requests ended.
        at_s: When it came, by the monotonic clock of the machine.
        key: Name of the key, "" for a wrong one.
        model: As asked for, "" where none of that name exists.
        digest: Of what was asked; the same for the same question to the same model.
        times: How often that had been asked, this time included.
        repeated: Whether the same was billed under this idempotency key before.
        status: None where the connection was cut before an answer.
        complete: Whether the answer was sent to its end.
        obeyed: Wordings of the instructions in documents that the model obeyed.
    """

    at_s: float
    endpoint: str
    mode: str
    number: int = 0
    key: str = ""
    model: str = ""
    version: str = ""
    digest: str = ""
    times: int = 0
    user: str = ""
    idempotency_key: str = ""
    repeated: bool = False
    stream: bool = False
    status: int | None = None
    complete: bool = False
    usage: Usage = field(default_factory=Usage)
    cost_pico_usd: int = 0
    latency_ms: float = 0.0
    obeyed: tuple[str, ...] = ()


@dataclass(slots=True)
class Sums:
    """Of some requests."""

    requests: int = 0
    answered: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost_pico_usd: int = 0

    def add(self, entry: Entry) -> None:
        """One more."""
        self.requests += 1
        self.answered += entry.status == 200
        self.prompt_tokens += entry.usage.prompt_tokens
        self.cached_tokens += entry.usage.cached_tokens
        self.completion_tokens += entry.usage.completion_tokens
        self.cost_pico_usd += entry.cost_pico_usd


@dataclass(slots=True)
class Meter:
    """Sums since the start, exact whatever happens; the latest records."""

    records_most: int = RECORDS_MOST
    _all: Sums = field(default_factory=Sums)
    _groups: dict[str, dict[str, Sums]] = field(default_factory=lambda: {"key": {}, "model": {}})
    _prompts: dict[str, None] = field(default_factory=dict)
    _entries: deque[Entry] = field(init=False)

    def __post_init__(self) -> None:
        self._entries = deque(maxlen=self.records_most)

    def add(self, entry: Entry) -> None:
        """A request has ended."""
        entry.number = self._all.requests + 1
        self._all.add(entry)
        self._entries.append(entry)
        for group, sums in self._groups.items():
            name = getattr(entry, group)
            if name:
                sums.setdefault(name, Sums()).add(entry)

    def note_prompt(self, system: str) -> None:
        """A system message was sent; the first different ones are kept."""
        if system and len(self._prompts) < PROMPTS_MOST:
            self._prompts[system[:PROMPT_CHARACTERS]] = None

    def totals(self) -> dict[str, Any]:
        """`{"all": sums, "key": {name: sums}, "model": {name: sums}}`; others by the records."""
        groups = {
            group: {name: asdict(one) for name, one in sums.items()}
            for group, sums in self._groups.items()
        }
        return {"all": asdict(self._all), **groups}

    def page(self, after: int) -> dict[str, Any]:
        """Totals, the system messages, and up to `PAGE` records with a number above `after`.

        `next` is what to ask for then, None where these were the last.
        """
        records = [asdict(entry) for entry in islice(self._later(after), PAGE)]
        more = records[-1]["number"] if len(records) == PAGE else None
        told = {"totals": self.totals(), "system_prompts": list(self._prompts)}
        return {**told, "records": records, "next": more}

    def _later(self, after: int) -> Iterator[Entry]:
        first = self._all.requests - len(self._entries) + 1
        return islice(self._entries, max(0, after + 1 - first), None)
