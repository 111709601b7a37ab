"""A model's answer is a claim about the documents: each field must stand there, or it is dropped."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.reading import Kind, Mention
from app.rules import CATEGORIES, OTHER, Fields
from app.schemas import Document

NAME_MAX = 120
KINDS: Mapping[str, Kind | None] = {
    "policy_number": "policy",
    "loss_date": "date",
    "notice_date": "date",
    "claimed_eur": "amount",
    "invoiced_eur": "amount",
    "claimant": None,
    "counterparty": None,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` to `end` of a document."""

    document_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Grounded:
    """What is left of an answer, where it stands, and what had to be dropped.

    Attributes:
        evidence: By field, the places that state it.
        dropped: Fields that the answer gives and no document states.
    """

    category: str
    fields: Fields
    evidence: Mapping[str, tuple[Place, ...]]
    dropped: tuple[str, ...]


NOTHING = Grounded(OTHER, Fields(), {}, ())


def ground(
    answer: Mapping[str, Any], documents: Sequence[Document], mentions: Sequence[Mention]
) -> Grounded:
    """Keep of an answer what the documents state."""
    evidence: dict[str, tuple[Place, ...]] = {}
    kept: dict[str, str] = {}
    dropped: list[str] = []
    for name, kind in KINDS.items():
        value = _plain(kind, answer.get(name))
        if value is None:
            if answer.get(name) not in (None, ""):
                dropped.append(name)
            continue
        found = _of_kind(kind, value, mentions) if kind else _of_name(value, documents)
        if found and not _is_taken(name, found, evidence):
            kept[name], evidence[name] = value, found
        else:
            dropped.append(name)
    category = answer.get("category")
    known = category if isinstance(category, str) and category in CATEGORIES else OTHER
    return Grounded(known, _fields(kept), evidence, tuple(dropped))


def _is_taken(
    name: str, found: tuple[Place, ...], evidence: Mapping[str, tuple[Place, ...]]
) -> bool:
    """One place cannot state both what is claimed and what was invoiced."""
    return name == "invoiced_eur" and len(found) == 1 and found == evidence.get("claimed_eur")


def _plain(kind: Kind | None, value: object) -> str | None:
    """The value as mentions have it; None for what is no value of its kind."""
    return READERS[kind](value)


def _policy(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    found = re.fullmatch(r"\s*([A-Za-z]{2})[- ]?(\d{4})[- ]?(\d{4})[- ]?(\d)\s*", value)
    return "-".join(found.groups()).upper() if found else None


def _date(value: object) -> str | None:
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else None
    except ValueError:
        return None


def _amount(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        return None
    return str(round(value * 100))


def _name(value: object) -> str | None:
    if not isinstance(value, str) or not 3 <= len(value.strip()) <= NAME_MAX:
        return None
    return " ".join(value.split())


READERS: Mapping[Kind | None, Callable[[object], str | None]] = {
    "policy": _policy,
    "date": _date,
    "amount": _amount,
    None: _name,
}


def _of_kind(kind: Kind, value: str, mentions: Sequence[Mention]) -> tuple[Place, ...]:
    return tuple(
        Place(one.document_id, one.start, one.end)
        for one in mentions
        if one.kind == kind and one.value == value
    )


def _of_name(value: str, documents: Sequence[Document]) -> tuple[Place, ...]:
    words = r"\s+".join(map(re.escape, value.split()))
    pattern = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
    return tuple(
        Place(one.document_id, *found.span())
        for one in documents
        for found in pattern.finditer(one.text)
    )


def _fields(kept: Mapping[str, str]) -> Fields:
    def day(name: str) -> date | None:
        return date.fromisoformat(kept[name]) if name in kept else None

    def cents(name: str) -> int | None:
        return int(kept[name]) if name in kept else None

    return Fields(
        policy_number=kept.get("policy_number"),
        loss_date=day("loss_date"),
        notice_date=day("notice_date"),
        claimed_cents=cents("claimed_eur"),
        invoiced_cents=cents("invoiced_eur"),
        claimant=kept.get("claimant"),
        counterparty=kept.get("counterparty"),
    )
