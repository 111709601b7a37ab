"""From a reply to one outcome letter. Strict: only a finite JSON number is an answer."""

import json
import math
from typing import Any

from assay_probe.reply import Reply

OK = 200

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
        return "m"
    return "o" if expected is None or abs(answer - expected) <= tolerance else "w"


def number(body: bytes, field: str) -> float | None:
    """The finite number at a dotted field of a JSON body, or None.

    Booleans, strings, NaN, Infinity and lists are not numbers; nor is anything in a body
    that is not JSON by RFC 8259.
    """
    value = _value(body, field)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        answer = float(value)
    except OverflowError:
        return None
    return answer if math.isfinite(answer) else None


def word(body: bytes, field: str) -> str | None:
    """The string, boolean or whole number at a dotted field of a JSON body as text, or None."""
    value = _value(body, field)
    if isinstance(value, bool | int):
        return json.dumps(value)
    return value if isinstance(value, str) else None


def _value(body: bytes, field: str) -> Json:
    """What stands at a dotted field of a JSON body, None if nothing does or it is not JSON."""
    try:
        value: Json = json.loads(body, parse_constant=_refuse)
        for name in field.split("."):
            value = value[name]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
    return value


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
