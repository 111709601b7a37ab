"""How facts are written down, and where: a text and the places in it that state a field."""

import random
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from claimgen.facts import FIELDS, Facts

Language = Literal["en", "de"]
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
MARKED = frozenset({*FIELDS, "disputed_date"})
"""A disputed date is no field, but noise may not touch it either: it decides the claim."""
PLACE = re.compile(r"\{(\w+)\}")
OCR = dict(zip("0158", "OlSB", strict=True))
"""What a scanner makes of a digit."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters `start` to `end` state a field; not `clean` if a scanner has spoilt them."""

    field: str
    start: int
    end: int
    clean: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A text and its marks, in order."""

    text: str
    marks: tuple[Mark, ...] = ()


def render(template: str, values: Mapping[str, str]) -> Text:
    """Fill in `{names}`; what the truth depends on is marked.

    Raises:
        KeyError: the template needs a value that is not given.
    """
    parts: list[str] = []
    marks: list[Mark] = []
    size = last = 0
    for place in PLACE.finditer(template):
        before, name = template[last : place.start()], place[1]
        start, value = size + len(before), values[name]
        if name in MARKED:
            marks.append(Mark(name, start, start + len(value)))
        parts += (before, value)
        size, last = start + len(value), place.end()
    return Text("".join([*parts, template[last:]]), tuple(marks))


def inserted(text: Text, at: int, more: str) -> Text:
    """The text with something put in between; marks behind it move."""
    moved = tuple(
        replace(m, start=m.start + len(more), end=m.end + len(more)) if m.start >= at else m
        for m in text.marks
    )
    return Text(text.text[:at] + more + text.text[at:], moved)


def spoilt(text: Text, fields: Collection[str], rng: random.Random) -> Text:
    """The first mark of each field has one digit that a scanner took for a letter."""
    letters, marks, left = list(text.text), [], set(fields)
    for mark in text.marks:
        places = [i for i in range(mark.start, mark.end) if letters[i] in OCR]
        if mark.field in left and mark.clean and places:
            left.discard(mark.field)
            place = rng.choice(places)
            letters[place] = OCR[letters[place]]
            marks.append(replace(mark, clean=False))
        else:
            marks.append(mark)
    return Text("".join(letters), tuple(marks))


def written(facts: Facts, language: Language, rng: random.Random) -> dict[str, str]:
    """Every field as somebody of that language writes it; an absent one is not in it."""
    values = {
        "policy_number": facts.policy_number,
        "loss_date": write_date(facts.loss_date, language, rng),
        "notice_date": write_date(facts.notice_date, language, rng),
        "claimed_eur": write_amount(facts.claimed_cents, language, rng),
        "claimant": facts.claimant,
    }
    if facts.invoiced_cents is not None:
        values["invoiced_eur"] = write_amount(facts.invoiced_cents, language, rng)
    if facts.counterparty is not None:
        values["counterparty"] = facts.counterparty
    if facts.disputed_loss_date is not None:
        values["disputed_date"] = write_date(facts.disputed_loss_date, language, rng)
    return values


def write_amount(cents: int, language: Language, rng: random.Random) -> str:
    """`1,204.50` or `1204.50`; in German `1.204,50` or `1204,50`."""
    text = f"{cents / 100:,.2f}" if rng.random() < 0.75 else f"{cents / 100:.2f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "de" else text


def write_date(day: date, language: Language, rng: random.Random) -> str:
    """In one of the usual spellings; figures with strokes are day, month, year."""
    month = MONTHS[language].split()[day.month - 1]
    if language == "de":
        spellings = (
            f"{day:%d.%m.%Y}",
            f"{day.day}.{day.month}.{day.year}",
            f"{day.day}. {month} {day.year}",
            day.isoformat(),
        )
    else:
        spellings = (
            f"{day:%d/%m/%Y}",
            f"{day.day} {month} {day.year}",
            f"{month} {day.day}, {day.year}",
            day.isoformat(),
        )
    return rng.choice(spellings)
