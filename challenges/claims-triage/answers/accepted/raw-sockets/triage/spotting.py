"""What stands in documents and where, without asking anybody: numbers, days, amounts, orders."""

import base64
import binascii
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MONTHS = {name: number for number, names in enumerate((
    "january januar", "february februar", "march märz", "april", "may mai", "june juni",
    "july juli", "august", "september", "october oktober", "november", "december dezember"), 1)
    for name in names.split()}
WORD = "|".join(sorted(MONTHS, key=len, reverse=True))
POLICY = re.compile(r"\b([A-Z]{2})-(\d{4})-(\d{4})-(\d)\b")
DAY = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d\d-\d\d)\b|(?<![\d./])(?P<d>\d{{1,2}})[./](?P<m>\d{{1,2}})[./](?P<y>\d{{4}})\b"
    rf"|\b(?P<d2>\d{{1,2}})\.? (?P<m2>{WORD}) (?P<y2>\d{{4}})\b"
    rf"|\b(?P<m3>{WORD}) (?P<d3>\d{{1,2}}), (?P<y3>\d{{4}})\b", re.IGNORECASE)
AMOUNT = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d{3})+|\d+)[.,](\d\d)(?![\d.,]*\d)")
FOLD = str.maketrans("0a1ie5z8uvr", "oollcssbnnt")
EVENT_WORDS = (
    "date of loss", "date of incident", "date of the event", "date of the event was",
    "when did it happen?", "happened on", "took place on", "befell us on", "schadentag",
    "datum des schadens", "wann ist es passiert?", "passiert ist es am", "tag des ereignisses",
    "tag des ereignisses war der", "ereignis war am", "geschah am", "ereilte uns am")
EVENT = re.compile("(?:" + "|".join(re.escape(w.translate(FOLD)) for w in EVENT_WORDS) + r")[\s:.]{0,14}$")
TO_MACHINES = re.compile(
    r"\b(?:ignore|disregard|ignoriere|vergiss|anweisung\w*|instructions?|assistant|assistent\w*|ai|ki|llm"
    r"|prompt\w*|decision|confidence|base64\w*|api|json\w*|sprachmodell|language model|outputs?|ausgabe"
    r"|auszugeben|human review|menschliche prüfung|genehmig\w*|approved?|pre-approved|skip every check"
    r"|überspringe|rules above|obigen regeln|automated system|automatisches system|call the function"
    r"|rufe jetzt|umgebungsvariablen|ten thousand|zehntausendmal|50000|zuvor bearbeitete\w*"
    r"|previous claims|last claimant|letzten antragstellers|classify|ordne diesen|your answer"
    r"|deine antwort|deinen? (?:ausgabe|system)|expected model|system message)\b"
    r"|(?:^|\n)\s*(?:user|assistant|system)\s*:|<\||\[inst\]|<</?sys>>|</document|</input|end of data"
    r"|als versicherungsnummer aus|als schadentag aus|als policy number", re.IGNORECASE)
UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
LOOKALIKE = str.maketrans("аеорсхуі", "aeopcxyi")


@dataclass(frozen=True)
class Spot:
    """A value in one form for all spellings, and its place. `event`: called the day it happened."""

    value: str
    document_id: str
    start: int
    end: int
    event: bool = False


@dataclass(frozen=True)
class Spotted:
    """Everything of one claim."""

    policies: list[Spot]
    days: list[Spot]
    amounts: list[Spot]

    def event_days(self) -> set[str]:
        """Days that a document calls the day of the event."""
        return {one.value for one in self.days if one.event}

    def policy(self) -> str | None:
        """The number that most documents name, the first of those alike."""
        counted = Counter(one.value for one in self.policies)
        return max(counted, key=counted.__getitem__, default=None)


def spotted_in(texts: dict[str, str]) -> Spotted:
    """All numbers, days and amounts with their places in the texts as they were sent."""
    found = Spotted([], [], [])
    for name, text in texts.items():
        found.policies.extend(Spot(m[0], name, *m.span()) for m in POLICY.finditer(text))
        found.amounts.extend(
            Spot(str(int(re.sub(r"\D", "", m[1]) + m[2])), name, *m.span()) for m in AMOUNT.finditer(text))
        found.days.extend(_days(name, text))
    return found


def _days(name: str, text: str) -> Iterator[Spot]:
    for found in DAY.finditer(text):
        day = _day(found)
        if day:
            before = text[max(0, found.start() - 60) : found.start()].lower().translate(FOLD)
            yield Spot(day, name, *found.span(), EVENT.search(before) is not None)


def _day(found: re.Match[str]) -> str | None:
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"]).isoformat()
        if found["d"]:
            return date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
        if found["d2"]:
            return date(int(found["y2"]), MONTHS[found["m2"].lower()], int(found["d2"])).isoformat()
        return date(int(found["y3"]), MONTHS[found["m3"].lower()], int(found["d3"])).isoformat()
    except ValueError:
        return None


def name_spots(name: str, texts: dict[str, str]) -> list[Spot]:
    """Where a name stands, however it is broken over lines."""
    words = r"\s+".join(map(re.escape, name.split()))
    pattern = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
    return [Spot(name, key, *m.span()) for key, text in texts.items() for m in pattern.finditer(text)]


def cleaned(texts: dict[str, str]) -> tuple[dict[str, str], bool]:
    """Texts without what is meant for machines, and whether there was any of it."""
    kept, found = {}, False
    for name, text in texts.items():
        paragraphs = re.split(r"\n{2,}", unicodedata.normalize("NFC", text.translate(UNSEEN)))
        bad = {place for place, one in enumerate(paragraphs) if is_order(one)}
        bad |= {place + 1 for place in bad if place + 2 in bad}
        found |= bool(bad)
        kept[name] = "\n\n".join(one for place, one in enumerate(paragraphs) if place not in bad)
    return kept, found


def is_order(paragraph: str) -> bool:
    """Whether a paragraph speaks to a machine, whatever it wears."""
    plain = paragraph.translate(LOOKALIKE)
    worn = [plain, *(p.replace(" ", "").replace("_", " ") for p in re.findall(r"(?:\S ){12,}\S", plain))]
    for secret in re.findall(r"[A-Za-z0-9+/]{40,}={0,2}", plain):
        try:
            worn.append(base64.b64decode(secret, validate=True).decode())
        except (binascii.Error, UnicodeDecodeError):
            continue
    return any(TO_MACHINES.search(one) for one in worn)


def worth_showing(texts: dict[str, str], most: int = 6_000) -> str:
    """What can be about the claim: short pages whole, of long ones the paragraphs with facts."""
    pages = []
    for name, text in texts.items():
        if len(text) > 2_500:
            parts = text.split("\n\n")
            marks = [i for i, one in enumerate(parts) if POLICY.search(one) or len(AMOUNT.findall(one)) > 1]
            near = {0, *(i + step for i in marks for step in (-1, 0, 1, 2))}
            text = "\n\n".join(one for i, one in enumerate(parts) if i in near)
        pages.append((len(text), name, text))
    left, chosen = most, {}
    for size, name, text in sorted(pages):
        chosen[name] = text[: max(0, left)]
        left -= size
    return "\n\n".join(f"[page {name}]\n{chosen[name]}" for name in texts if chosen[name])
