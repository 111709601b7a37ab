"""What can be read without a model: policy numbers, dates and amounts, and where they stand."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.schemas import Document

Kind = Literal["policy", "date", "amount"]
MONTHS = (
    "january januar",
    "february februar",
    "march märz",
    "april",
    "may mai",
    "june juni",
    "july juli",
    "august",
    "september",
    "october oktober",
    "november",
    "december dezember",
)
MONTH_OF = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split()}
_NAMES = "|".join(sorted(MONTH_OF, key=len, reverse=True))
POLICY = re.compile(r"\b([A-Z]{2})[- ](\d{4})[- ](\d{4})[- ](\d)\b")
ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
FIGURES = re.compile(r"(?<![\d./])(\d{1,2})[./](\d{1,2})[./](\d{4})\b")  # day first, always
DAY_MONTH = re.compile(rf"\b(\d{{1,2}})\.? ({_NAMES}) (\d{{4}})\b", re.IGNORECASE)
MONTH_DAY = re.compile(rf"\b({_NAMES}) (\d{{1,2}}), (\d{{4}})\b", re.IGNORECASE)
AMOUNT = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d{3})+|\d+)[.,](\d\d)(?![\d.,]*\d)")
EVENT_CUES = (
    "date of loss",
    "date of incident",
    "date of the event",
    "date of the event was",
    "when did it happen?",
    "happened on",
    "took place on",
    "befell us on",
    "schadentag",
    "datum des schadens",
    "wann ist es passiert?",
    "passiert ist es am",
    "tag des ereignisses",
    "tag des ereignisses war der",
    "ereignis war am",
    "geschah am",
    "ereilte uns am",
)
ALIKE = str.maketrans("0a1ie5z8uvr", "oollcssbnnt")
"""Letters that scanners confuse become one."""


def _folded(text: str) -> str:
    return text.lower().translate(ALIKE)


EVENT = re.compile(rf"(?:{'|'.join(re.escape(_folded(cue)) for cue in EVENT_CUES)})[\s:.]{{0,14}}$")
EVENT_LOOK_BACK = 60


@dataclass(frozen=True, slots=True)
class Mention:
    """Something a document says, in one form for all spellings.

    Attributes:
        value: `HO-1234-5678-9`, an ISO date, or cents as text.
        tells_event: Whether what stands before calls it the day of the event.
    """

    kind: Kind
    value: str
    document_id: str
    start: int
    end: int
    tells_event: bool = False


def mentions_in(documents: Sequence[Document]) -> list[Mention]:
    """Every policy number, date and amount of all documents."""
    return [mention for document in documents for mention in _of_document(document)]


def _of_document(document: Document) -> Iterator[Mention]:
    text = document.text
    for kind, pattern, read in READERS:
        for found in pattern.finditer(text):
            value = read(found)
            if value is not None:
                before = text[max(0, found.start() - EVENT_LOOK_BACK) : found.start()]
                event = kind == "date" and bool(EVENT.search(_folded(before)))
                yield Mention(kind, value, document.document_id, *found.span(), event)


def _policy(found: re.Match[str]) -> str:
    return "-".join(found.groups())


def _amount(found: re.Match[str]) -> str:
    return str(int(re.sub(r"\D", "", found[1]) + found[2]))


def _iso(found: re.Match[str]) -> str | None:
    return _day(int(found[1]), int(found[2]), int(found[3]))


def _figures(found: re.Match[str]) -> str | None:
    return _day(int(found[3]), int(found[2]), int(found[1]))


def _day_month(found: re.Match[str]) -> str | None:
    return _day(int(found[3]), MONTH_OF[found[2].lower()], int(found[1]))


def _month_day(found: re.Match[str]) -> str | None:
    return _day(int(found[3]), MONTH_OF[found[1].lower()], int(found[2]))


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


READERS: Sequence[tuple[Kind, re.Pattern[str], Callable[[re.Match[str]], str | None]]] = (
    ("policy", POLICY, _policy),
    ("amount", AMOUNT, _amount),
    ("date", ISO, _iso),
    ("date", FIGURES, _figures),
    ("date", DAY_MONTH, _day_month),
    ("date", MONTH_DAY, _month_day),
)


def event_dates(mentions: Sequence[Mention]) -> set[str]:
    """The days that documents call the day of the event."""
    return {mention.value for mention in mentions if mention.tells_event}
