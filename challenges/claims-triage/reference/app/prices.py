"""What the gateway charges, as its price list says. Money is whole picodollars: sums are exact."""

from collections.abc import Mapping
from dataclasses import dataclass

PICO_PER_USD = 10**12


@dataclass(frozen=True, slots=True)
class Price:
    """Picodollars per token: a dollar per million tokens is 1 000 000 of them."""

    fresh: int
    cached: int
    answer: int


PRICES = {
    "assay-large": Price(2_500_000, 1_250_000, 10_000_000),
    "assay-medium": Price(600_000, 150_000, 2_400_000),
    "assay-small": Price(100_000, 25_000, 400_000),
}
DEAREST = Price(2_500_000, 1_250_000, 10_000_000)
"""What we assume of a model that is not on the list."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; the cached ones are among those of the prompt."""

    prompt: int = 0
    cached: int = 0
    answer: int = 0


def price_of(model: str) -> Price:
    """By the longest name on the list that the model's begins with: versions are suffixes."""
    known = [name for name in PRICES if model.startswith(name)]
    return PRICES[max(known, key=len)] if known else DEAREST


def cost_pico(model: str, usage: Usage) -> int:
    """What a call costs."""
    price = price_of(model)
    fresh = usage.prompt - usage.cached
    return fresh * price.fresh + usage.cached * price.cached + usage.answer * price.answer


def usage_in(told: object) -> Usage:
    """The usage an answer tells, nothing of it believed before it is a number."""
    if not isinstance(told, Mapping):
        return Usage()
    details = told.get("prompt_tokens_details")
    cached = _count(details, "cached_tokens") if isinstance(details, Mapping) else 0
    prompt = _count(told, "prompt_tokens")
    return Usage(prompt, min(cached, prompt), _count(told, "completion_tokens"))


def _count(told: Mapping[str, object], name: str) -> int:
    value = told.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
