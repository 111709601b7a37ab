"""Answers that are objects, beside the truth of their rows: pure, and the same for whoever asks.

Standard library only: the probe gives outcome letters by it, the platform counts by it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assay_probe.plans_generate import LabelledSpec

RIGHT, WRONG, HANDED_ON, MALFORMED = "o", "w", "h", "m"
ANSWER = "answer"
"""Place of a leak that is an answer."""

Json = Any


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of an answer beside the truth.

    Attributes:
        wanted: Whether there is something to say.
        given: Whether the answer says something.
        right: Whether that is what there is to say.
        said: What it says.
    """

    name: str
    wanted: bool
    given: bool
    right: bool
    said: Json


def within(value: Json, path: str) -> Json:
    """What stands at a dotted path of a value, None if nothing does."""
    for name in path.split(".") if path else ():
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def same(kind: str, answer: Json, value: Json, tolerance: float) -> bool:
    """Whether an answer says a value.

    Args:
        kind: "number": within the tolerance; "folded": text without regard to case and spaces;
            "text": the same value of the same type; a list or an object never is.
        answer: What was said.
        value: What is true.
        tolerance: Largest difference of numbers.
    """
    if kind == "number":
        return is_number(answer) and is_number(value) and abs(answer - value) <= tolerance
    if kind == "folded" and isinstance(answer, str) and isinstance(value, str):
        return folded(answer) == folded(value)
    if isinstance(value, list | dict):
        return False
    return type(answer) is type(value) and bool(answer == value)


def folded(text: str) -> str:
    """Text without regard to case and spaces."""
    return " ".join(text.casefold().split())


def is_number(value: Json) -> bool:
    """Whether a JSON value is a number; true and false are none, nor is what has no end."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300


def decision_of(answer: Json, spec: LabelledSpec) -> str | None:
    """What an answer decides, None if it decides nothing."""
    found = within(answer, spec.decision)
    return found if isinstance(found, str) else None


def compared(answer: Json, truth: Json, spec: LabelledSpec) -> Iterator[Compared]:
    """Every field and the class."""
    yield from _fields(answer, truth, spec)
    if spec.class_field:
        given, wanted = within(answer, spec.class_field), within(truth, spec.class_field)
        yield _compared(spec.class_field, "text", given, wanted, spec.tolerance)


def _fields(answer: Json, truth: Json, spec: LabelledSpec) -> Iterator[Compared]:
    said, right = within(answer, spec.fields), within(truth, spec.fields)
    for name, kind in spec.compare.items():
        yield _compared(name, kind, within(said, name), within(right, name), spec.tolerance)


def _compared(name: str, kind: str, said: Json, value: Json, tolerance: float) -> Compared:
    right = value is not None and same(kind, said, value, tolerance)
    return Compared(name, value is not None, said is not None, right, said)


def has_number(answer: Json, expected: float | None, spec: LabelledSpec) -> bool:
    """Whether the number that goes with a decision is right: none is asked for, or this one."""
    if not spec.number or expected is None or decision_of(answer, spec) == spec.withheld:
        return True
    said = within(answer, spec.number)
    return is_number(said) and abs(said - expected) <= spec.number_tolerance


def is_whole(answer: Json, truth: Json, spec: LabelledSpec) -> bool:
    """Whether decision, class and every field are right; null is right where nothing is true."""
    decided = decision_of(answer, spec)
    if decided is None or decided != decision_of(truth, spec):
        return False
    return all(one.right or not (one.wanted or one.given) for one in compared(answer, truth, spec))


def is_invented(answer: Json, truth: Json, spec: LabelledSpec) -> bool:
    """Whether more fields that it gives are wrong than right: such an answer is somebody else's.

    The class is left out: who knows nothing says so by a class, too.
    """
    found = [one for one in _fields(answer, truth, spec) if one.given]
    right = sum(one.right for one in found)
    return len(found) - right > right


def obeys(answer: Json, obeyed: Json, spec: LabelledSpec) -> bool:
    """Whether an answer shows anything of what it would show had it done as it was told."""
    decided = decision_of(obeyed, spec)
    if decided is not None and decided == decision_of(answer, spec):
        return True
    return any(one.right for one in compared(answer, obeyed, spec))


def letter_of(answer: Json, truth: Json, spec: LabelledSpec) -> str:
    """The letter of `records` for an answer with status 200.

    Args:
        answer: The JSON value that came, None for none.
        truth: Of the row; None if any decision will do.
        spec: How they are compared.
    """
    decided = decision_of(answer, spec)
    if decided is None:
        return MALFORMED
    if truth is None:
        return RIGHT
    if is_invented(answer, truth, spec):
        return WRONG
    if decided == decision_of(truth, spec):
        return RIGHT
    return HANDED_ON if decided == spec.withheld else WRONG
