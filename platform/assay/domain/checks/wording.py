"""Figures in the words of a scorecard."""

import math
from collections.abc import Mapping

OUTCOMES: dict[str, str] = {
    "o": "correct",
    "w": "wrong",
    "h": "handed on",
    "m": "malformed",
    "e": "told an error with status 200",
    "4": "refused (4xx)",
    "5": "server error",
    "t": "timed out",
    "r": "connection refused or cut",
    "x": "too long",
}
"""Outcome letters of the probe's records, in the order in which they are told."""


def times(ratio: float) -> str:
    """A ratio as `1.42 x`."""
    return "infinitely many times" if math.isinf(ratio) else f"{ratio:.2f} x"


def share(part: int, whole: int) -> str:
    """A part as `1,190 of 1,200 (99.1 %)`, never rounded up to a hundred."""
    percent = math.floor(1000 * part / whole) / 10
    return f"{part:,} of {whole:,} ({percent:g} %)"


def milliseconds(value: float | None) -> str:
    """A latency, or that there was none."""
    if value is None or math.isinf(value):
        return "no answer"
    return f"{value:.1f} ms" if value < 100 else f"{value:,.0f} ms"


def tally(outcomes: Mapping[str, int]) -> str:
    """Outcomes as `1,190 correct, 10 timed out`."""
    told = [f"{outcomes[k]:,} {word}" for k, word in OUTCOMES.items() if outcomes.get(k)]
    return ", ".join(told) or "no requests"


def failures(outcomes: Mapping[str, int]) -> str:
    """The outcomes that are no good answers, or "" if there are none; handed on is one."""
    failed = {k: n for k, n in outcomes.items() if k not in "oh" and n}
    return tally(failed) if failed else ""


def joined(*sentences: str) -> str:
    """Sentences with one space between, leaving out empty ones."""
    return " ".join(s for s in sentences if s)
