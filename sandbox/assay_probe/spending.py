"""What was asked of a metered dependency, summed up from its meter's records. Pure, exact."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PICO_PER_USD = 10**12
DEAREST = 20
"""Questions that are told one by one."""
REFUSED, SERVER_ERROR = 429, 500
MODEL_SUMS = ("prompt_tokens", "cached_tokens", "completion_tokens")

Entry = Mapping[str, Any]
"""One record of a meter (see `gateways.llm.meter.Entry`)."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Sums of some records.

    Attributes:
        calls: Requests, however they ended.
        answered: With 200, to the end.
        refused: With 429.
        failed: With 5xx, cut off, or not to the end.
        questions: Different ones; what is asked again is no new one.
        prompt_tokens: With the cached ones among them.
    """

    calls: int = 0
    answered: int = 0
    refused: int = 0
    failed: int = 0
    questions: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost_pico_usd: int = 0

    @property
    def dollars(self) -> float:
        """What it cost."""
        return self.cost_pico_usd / PICO_PER_USD

    @property
    def tokens(self) -> int:
        """Of prompts and answers together."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def extra_calls(self) -> int:
        """Calls that asked what had been asked before."""
        return self.calls - self.questions


def spent(entries: Sequence[Entry]) -> Spent:
    """The sums of some records."""
    asked = [one for one in entries if one["digest"]]
    return Spent(
        calls=len(entries),
        answered=sum(one["status"] == 200 and one["complete"] for one in entries),
        refused=sum(one["status"] == REFUSED for one in entries),
        failed=sum(map(_failed, entries)),
        questions=len({one["digest"] for one in asked}) + len(entries) - len(asked),
        cost_pico_usd=sum(one["cost_pico_usd"] for one in entries),
        **_tokens(entries),
    )


def by_model(entries: Iterable[Entry]) -> dict[str, dict[str, int]]:
    """Model -> calls, tokens and money; requests for models that do not exist are left out."""
    groups: dict[str, list[Entry]] = {}
    for one in entries:
        if one["model"]:
            groups.setdefault(one["model"], []).append(one)
    return {
        name: {
            "calls": len(found),
            **_tokens(found),
            "cost_pico_usd": sum(one["cost_pico_usd"] for one in found),
        }
        for name, found in sorted(groups.items())
    }


def obeyed(entries: Iterable[Entry]) -> dict[str, int]:
    """Wording of an injected instruction -> how often it was obeyed."""
    return dict(sorted(Counter(w for one in entries for w in one["obeyed"]).items()))


def dearest(entries: Iterable[Entry]) -> list[list[str | int]]:
    """The questions that cost most: digest, times asked, money in all."""
    calls: Counter[str] = Counter()
    cost: Counter[str] = Counter()
    for one in entries:
        if one["digest"]:
            calls[one["digest"]] += 1
            cost[one["digest"]] += one["cost_pico_usd"]
    order = sorted(calls, key=lambda digest: (-cost[digest], -calls[digest], digest))
    return [[digest, calls[digest], cost[digest]] for digest in order[:DEAREST]]


def by_step(entries: Iterable[Entry], since_s: float, until_s: float, every_s: float) -> list[int]:
    """Money by steps of time, the last one perhaps shorter."""
    series = [0] * max(1, -int(-(until_s - since_s) // every_s))
    for one in entries:
        place = int((one["at_s"] - since_s) // every_s)
        if 0 <= place < len(series):
            series[place] += one["cost_pico_usd"]
    return series


def within(entries: Iterable[Entry], since_s: float, until_s: float) -> list[Entry]:
    """The records of requests that came from one instant on and before another."""
    return [one for one in entries if since_s <= one["at_s"] < until_s]


def _tokens(entries: Iterable[Entry]) -> dict[str, int]:
    found = [one["usage"] for one in entries]
    return {name: sum(usage[name] for usage in found) for name in MODEL_SUMS}


def _failed(entry: Entry) -> bool:
    status = entry["status"]
    return status is None or status >= SERVER_ERROR or (status == 200 and not entry["complete"])
