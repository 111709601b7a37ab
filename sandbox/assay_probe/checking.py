"""From a reply to one outcome letter. Strict: only a finite JSON number is an answer."""

import json
import math
from typing import Any

from assay_probe.reply import Reply

OK = 200
ERROR_WORDS = frozenset({"error", "errors", "detail", "exception", "traceback"})
"""A 200 whose body has one of these in place of the answer tells an error as a success. A body
with the answer's field in it, whatever it holds, does not."""

Json = Any


def outcome(reply: Reply, field: str, expected: float | None, tolerance: float) -> str:
    """The letter of `records` for a reply.

    Args:
        reply: What came back.
        field: Where the number stands in the JSON body; dots descend.
        expected: The right answer, or None if any number will do.
        tolerance: Largest |answer - expected| that is correct.
    """
    if reply.failure:
        return reply.failure
    if reply.status != OK:
        return "4" if reply.status is not None and 400 <= reply.status < 500 else "5"
    answer = number(reply.body, field)
    if answer is None:
        return "e" if tells_an_error(reply.body, field) else "m"
    return "o" if expected is None or abs(answer - expected) <= tolerance else "w"


def number(body: bytes, field: str) -> float | None:
    """The finite number at a dotted field of a JSON body, or None.

    Booleans, strings, NaN, Infinity and lists are not numbers; nor is anything in a body
    that is not JSON by RFC 8259.
    """
    return _finite(_value(body, field))


def word(body: bytes, field: str) -> str | None:
    """The string, boolean or whole number at a dotted field of a JSON body as text, or None."""
    value = _value(body, field)
    if isinstance(value, bool | int):
        return json.dumps(value)
    return value if isinstance(value, str) else None


def answers_in(body: bytes, field: str, answer: str) -> int:
    """How many items of the list at a field of a body are an answer, or have one at `answer`.

    Whether it is a good one is not asked here: NaN counts.
    """
    try:
        items = _within(json.loads(body), field)
    except (ValueError, RecursionError):
        return 0
    if not isinstance(items, list):
        return 0
    return sum(isinstance(i, int | float) or _within(i, answer) is not None for i in items)


def tells_an_error(body: bytes, field: str) -> bool:
    """Whether a body without an answer is an object that says that something failed."""
    value = parsed(body)
    if not isinstance(value, dict) or field.partition(".")[0] in value:
        return False
    return not ERROR_WORDS.isdisjoint(value)


def _finite(value: Json) -> float | None:
    """The value as a number, None for what is none or has no end."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        answer = float(value)
    except OverflowError:
        return None
    return answer if math.isfinite(answer) else None


def _value(body: bytes, field: str) -> Json:
    """What stands at a dotted field of a JSON body, None if nothing does or it is not JSON."""
    return _within(parsed(body), field)


def _within(value: Json, field: str) -> Json:
    """What stands at a dotted field of a value, None if nothing does."""
    try:
        for name in field.split("."):
            value = value[name]
    except (KeyError, TypeError, IndexError):
        return None
    return value


def parsed(body: bytes) -> Json:
    """The value of a JSON body, None if it is not JSON by RFC 8259."""
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
