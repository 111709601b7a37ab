"""What somebody wants to see of a pipeline: filters and order, as an address says them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlencode

from assay.domain.hiring import Stage, Verdict
from assay.kit.text import one_line

SEARCH_MAX = 100


class Order(StrEnum):
    """Which candidate comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    BEST = "best"
    LOWEST = "lowest"


class Flagged(StrEnum):
    """Whether somebody should look before anybody decides."""

    YES = "yes"
    NO = "no"


class Decided(StrEnum):
    """What the company decided, or that it has not."""

    NO = "no"
    ADVANCE = Verdict.ADVANCE.value
    HOLD = Verdict.HOLD.value
    REJECT = Verdict.REJECT.value


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters and order; what is empty or None does not narrow.

    Attributes:
        least, most: Of the score by the position's weights, 0..100.
        reviewer: Id of a user who reviews, or has reviewed.
        search: Part of the name or the address, or the number.
    """

    stage: Stage | None = None
    least: float | None = None
    most: float | None = None
    flags: Flagged | None = None
    reviewer: str = ""
    decision: Decided | None = None
    search: str = ""
    order: Order = Order.NEWEST

    @property
    def narrows(self) -> bool:
        """Whether anybody may be left out."""
        return self != Wanted(order=self.order)


NAMES = {
    "stage": "stage",
    "least": "least",
    "most": "most",
    "flags": "flags",
    "reviewer": "reviewer",
    "decision": "decision",
    "search": "q",
    "order": "order",
}
"""Attribute of `Wanted` -> what an address calls it."""


def cleaned(wanted: Wanted) -> Wanted:
    """With a search that is one line of a reasonable length."""
    return replace(wanted, search=one_line(wanted.search, SEARCH_MAX).strip())


def query_of(wanted: Wanted, **changes: object) -> str:
    """The address's part after the "?", without what does not narrow; `changes` on top.

    >>> query_of(Wanted(stage=Stage.JUDGED), order=Order.BEST)
    'stage=judged&order=best'
    """
    changed = replace(wanted, **changes)  # type: ignore[arg-type]
    usual = Wanted()
    said: Mapping[str, object] = {
        name: getattr(changed, attribute)
        for attribute, name in NAMES.items()
        if getattr(changed, attribute) != getattr(usual, attribute)
    }
    return urlencode({name: _text(value) for name, value in said.items()})


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value.value) if isinstance(value, StrEnum) else str(value)
