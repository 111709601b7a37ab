"""The words and figures of the report. Everything here takes a value and returns plain text."""

import math
import re
from fractions import Fraction

from assay.domain.scorecard import FlagKind, Interval, Scorecard
from assay.domain.scoring import rounded

EXCERPT = 6000
"""Characters of a log that are shown, half from its head and half from its tail."""

MEANINGS: tuple[tuple[int, str, str], ...] = (
    (90, "Ready for production", "It does nearly everything asked of a service in production."),
    (75, "Close to ready", "Sound work; the gaps below should be closed before it goes live."),
    (50, "Partly ready", "It works, but several things production depends on are missing."),
    (25, "Far from ready", "It runs; most of what production depends on is missing or broken."),
    (0, "Not ready", "Little of what was asked for was shown to work."),
)
"""From this total on: what it means in a few words, and in a sentence."""

FLAGS: dict[FlagKind, str] = {
    "memorised_answers": "Answers are looked up",
    "answers_by_id": "Answers follow the id",
    "callers_treated_differently": "Some callers are treated differently",
    "cheaper_under_load": "Something else is computed under load",
    "turned_away_without_need": "Requests are turned away without need",
    "errors_told_as_success": "Errors are told as success",
    "made_up_metrics": "Metrics are made up",
    "forged_series": "Series of Prometheus are forged",
    "alerts_by_the_clock": "Alerts look at nothing",
}
"""Headings of the flags."""

LOOKED_AT = dict[str, str](FLAGS.items()) | {"likeness": "Like another submission"}
"""Headings of everything a review answers: likeness to others stands in no result."""

STAGE_STATUS: dict[str, str] = {
    "done": "done",
    "candidate_fault": "ended by the submission",
    "platform_fault": "failed on our side",
    "skipped": "not reached",
    "not_run": "left out",
    "not_possible": "not possible here",
}

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Text without terminal codes, and with a mark for each character that hides or reorders."""
    if text.isascii() and text.isprintable():  # nearly all, and a page holds a thousand of them
        return text
    plain = _ANSI.sub("", text.replace("\r\n", "\n"))
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", plain)


def clipped(text: str, limit: int) -> str:
    """Text on one line, printable, and cut where it is longer than `limit` characters."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def excerpt(text: str) -> str:
    """Head and tail of a long text, with a note of what was left out."""
    if len(text) <= EXCERPT:
        return text
    half = EXCERPT // 2
    return f"{text[:half]}\n... {len(text) - 2 * half:,} characters left out ...\n{text[-half:]}"


def sentence(text: str) -> str:
    """The text with a capital first letter and a full stop."""
    trimmed = text.strip()
    ended = trimmed if trimmed[-1:] in {".", "!", "?", ""} else trimmed + "."
    return ended[:1].upper() + ended[1:]


def meaning(scorecard: Scorecard) -> tuple[str, str]:
    """What the total means: a few words, and a sentence; and what noise could make of it."""
    if scorecard.total is None:
        return "No score", "What a score needs was not measured, so there is none."
    failed = [gate.title for gate in scorecard.gates if gate.fraction == 0]
    if failed:
        return "Not ready", f"A gate was not passed, so nothing else counts: {failed[0]}."
    words, sentence_of_it = _meaning_of(scorecard.total)
    ends = [_meaning_of(end)[0] for end in scorecard.interval or ()]
    others = [f"“{one}”" for one in dict.fromkeys(ends) if one != words]
    if others:
        sentence_of_it += f" Within its noise it could be {' or '.join(others)} as well."
    return words, sentence_of_it


def _meaning_of(total: Fraction | float) -> tuple[str, str]:
    return next((words, told) for least, words, told in MEANINGS if total >= least)


def points(value: Fraction | float) -> str:
    """Points with one decimal, halves up."""
    return f"{rounded(value):f}"


def figure(value: float, unit: str) -> str:
    """A value in its unit as people write it: shares as per cent, never rounded up to 100 %."""
    if unit.startswith("share") and math.isfinite(value):
        return f"{math.floor(1000 * value + 1e-9) / 10:g} %"
    if math.isinf(value):
        return f"{'∞' if value > 0 else '−∞'} {unit}".rstrip()  # noqa: RUF001
    digits = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{digits} {unit}".rstrip()


def confidence(interval: Interval | None, unit: str) -> str:
    """The 95 % interval in words; "" of a value that was counted, and has none."""
    if interval is None:
        return ""
    low, high = (figure(end, unit) for end in interval)
    return f"95 % interval {low} to {high}"


def number(value: float) -> str:
    """A number with at most one decimal: "7.5", "30"."""
    return f"{value:,.1f}".removesuffix(".0")


def seconds(value: float) -> str:
    """A duration: "0.4 s", "31 s", "3 min 11 s"."""
    if value < 10:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
