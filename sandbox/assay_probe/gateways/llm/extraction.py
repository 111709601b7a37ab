"""Where a field stands in a text, and what makes it hard to find there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from assay_probe.gateways.llm import values
from assay_probe.gateways.llm.task import Wanted
from assay_probe.plans_llm import FieldRule, LlmRules

OCCURRENCES_MOST = 12
VALUE_CHARACTERS = 80
NAME_WORDS = 4
CHARACTERS_PER_TOKEN = 4

_SAME = str.maketrans({
    **{chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)},
    "Ä": "ä", "Ö": "ö", "Ü": "ü",
    "0": "o", "O": "o", "1": "l", "I": "l", "i": "l", "|": "l", "5": "s", "S": "s",
})  # fmt: skip
"""Signs that a scanner takes for each other become one; the length of the text stays."""

_DIGITS = str.maketrans("OoIl|SB", "0011158")
_BESIDE_DIGIT = re.compile(r"(?<=\d)[OoIl|SB]|[OoIl|SB](?=\d)")
_SEPARATOR = re.compile(r"[ \t]{0,20}(?:[:=#|]|\.{2,40}|[ \t]{2}|\t|\n)[ \t]{0,40}\n?[ \t]{0,40}")
_VALUE_END = re.compile(r"[ \t]{2}|[\t|;\n]")
_NUMBERED = {"number": ("no", "nr", "num"), "no": ("number", "nr"), "nr": ("number", "no")}
_WELL_KNOWN = {
    "iban": r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b",
    "email": r"[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,30}){1,4}",
}
_AMOUNTS = ("amount", "total", "sum", "price", "cost", "premium", "fee", "betrag", "summe")


@dataclass(frozen=True, slots=True)
class Document:
    """The text that is asked about, folded once for all fields.

    Attributes:
        far_characters: What is further than this from both ends is far away.
    """

    text: str
    folded: str
    far_characters: int

    @classmethod
    def of(cls, text: str, attention_tokens: int) -> "Document":
        """A text as a model of this attention reads it."""
        return cls(text, text.translate(_SAME), attention_tokens * CHARACTERS_PER_TOKEN)

    def line_at(self, place: int) -> str:
        """The line around a place, without space at its ends."""
        begin = self.text.rfind("\n", 0, place) + 1
        end = self.text.find("\n", place)
        return self.text[begin : end if end >= 0 else len(self.text)].strip()[:200]

    def is_far(self, place: int) -> bool:
        """Whether a place is in the middle that the model overlooks."""
        return min(place, len(self.text) - place) > self.far_characters


@dataclass(frozen=True, slots=True)
class Found:
    """A value as it stands in the text, its line, and what makes it hard."""

    value: str
    line: str
    traits: frozenset[str]


def rule_for(wanted: Wanted, rules: LlmRules) -> FieldRule:
    """The author's rule for a field; without one, a rule made from the field's own words.

    A rule is for a field if that has its name, or if its name or a part of its description is
    one of the rule's names.
    """
    name, described = plain_name(wanted.name), _parts(wanted.about)
    for rule in rules.fields:
        if plain_name(rule.name) == name:
            return rule
    for rule in rules.fields:
        known = {plain_name(each) for each in (rule.name, *rule.aliases, *rule.aliases_other)}
        if known & {name, *map(plain_name, described)}:
            return rule
    kind = "text"
    if "date" in name or "datum" in name:
        kind = "date"
    elif wanted.kind in ("number", "integer") or any(word in name for word in _AMOUNTS):
        kind = "amount"
    pattern = next((p for known, p in _WELL_KNOWN.items() if known in name), "")
    return FieldRule(wanted.name, [*_spellings(wanted.name), *described], [], kind, pattern)


def _parts(about: str) -> list[str]:
    """The parts of a description that are short enough to be names of the field."""
    parts = (part.strip(" .") for part in re.split(r"[,;:()\n]", about))
    return [part for part in parts if part and len(part.split()) <= NAME_WORDS]


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A field's name in lower case, its words with spaces between."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.sub(r"[\s_-]+", " ", spaced).strip().lower()


def _spellings(name: str) -> list[str]:
    words = plain_name(name).split()
    swapped = [
        " ".join([*words[:i], other, *words[i + 1 :]])
        for i, word in enumerate(words)
        for other in _NUMBERED.get(word, ())
    ]
    return [" ".join(words), *swapped]


def occurrences(rule: FieldRule, document: Document) -> list[Found]:
    """Where a field's value stands, the likeliest first; each value once."""
    found: dict[str, Found] = {}
    for one in islice(_labelled(rule, document), OCCURRENCES_MOST):
        found.setdefault(one.value, one)
    if not found:
        for one in islice(_unlabelled(rule, document), OCCURRENCES_MOST):
            found.setdefault(one.value, one)
    return list(found.values())


def _labelled(rule: FieldRule, document: Document) -> Iterator[Found]:
    for aliases, traits in ((rule.aliases, set[str]()), (rule.aliases_other, {"language"})):
        if not aliases:
            continue
        written = _label(tuple(aliases))
        for start, end in _places(tuple(aliases), document.folded):
            noise = set[str]() if written.fullmatch(document.text, start, end) else {"ocr"}
            value = _value_after(rule, document.text, end)
            if value:
                yield _found(document, start, value[0], noise | traits | value[1])


@lru_cache(maxsize=4096)
def _places(aliases: tuple[str, ...], folded: str) -> tuple[tuple[int, int], ...]:
    """Where labels stand in a folded text; every model is asked about the same ones."""
    label = _label(tuple(alias.translate(_SAME) for alias in aliases))
    return tuple(match.span() for match in label.finditer(folded))


def _unlabelled(rule: FieldRule, document: Document) -> Iterator[Found]:
    pattern = _value_pattern(rule)
    if pattern is None or rule.labelled_only:
        return
    for match in pattern.finditer(document.text):
        yield _found(document, match.start(), match[0], {"unlabelled"})


def _found(document: Document, place: int, value: str, traits: set[str]) -> Found:
    far = {"far"} if document.is_far(place) else set[str]()
    return Found(value, document.line_at(place), frozenset(traits | far))


@lru_cache(maxsize=512)
def _label(aliases: tuple[str, ...]) -> re.Pattern[str]:
    """Any of these labels, whatever stands between its words."""
    ordered = sorted(aliases, key=len, reverse=True)
    words = [[re.escape(w) for w in re.split(r"[\s_./-]+", alias) if w] for alias in ordered]
    some = "|".join(r"[\s_./-]{0,3}".join(each) for each in words)
    return re.compile(rf"(?<![^\W\d_])(?:{some})\.?(?![^\W\d_])", re.IGNORECASE)


def _value_after(rule: FieldRule, text: str, end: int) -> tuple[str, set[str]] | None:
    """The value behind a label, and whether it had to be repaired."""
    separator = _SEPARATOR.match(text, end)
    begin = separator.end() if separator else end
    window = text[begin : begin + VALUE_CHARACTERS].partition("\n")[0]
    pattern = _value_pattern(rule)
    if pattern is None:
        value = _VALUE_END.split(window, maxsplit=1)[0].strip()
        return (value, set()) if value and separator else None
    match = pattern.search(window)
    if match:
        return match[0], set()
    repaired = repair(window)
    match = pattern.search(repaired)
    return (match[0], {"ocr"}) if match else None


@lru_cache(maxsize=512)
def _compiled(kind: str, pattern: str) -> re.Pattern[str] | None:
    if pattern:
        return re.compile(pattern)
    return {"date": values.DATE, "amount": values.AMOUNT}.get(kind)


def _value_pattern(rule: FieldRule) -> re.Pattern[str] | None:
    return _compiled(rule.kind, rule.pattern)


def repair(text: str) -> str:
    """Letters beside digits that a scanner made of digits, turned back; the length stays."""
    for _ in range(2):
        text = _BESIDE_DIGIT.sub(lambda letter: letter[0].translate(_DIGITS), text)
    return text
