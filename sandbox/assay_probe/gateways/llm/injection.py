"""Instructions smuggled in with data: how they are recognised, and who obeys them.

Obeying is decided by a hash of model version, sentence and separation, so that the same attack
on the same prompt always ends the same way. What the prompt does about it multiplies the
model's own susceptibility by its factors of `separation`.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from assay_probe.gateways.llm import chance
from assay_probe.gateways.llm.prompt import Part, Prompt
from assay_probe.gateways.llm.values import number
from assay_probe.gateways.llm.wordings import PATTERNS
from assay_probe.plans_llm import LlmRules, ModelProfile

Json = Any

ATTACKS_MOST = 40
ENCODED_MOST = 20

SENTENCE = re.compile(r"(?:[^.!?\n]|\.(?=\w)){4,400}[.!?]?")
BASE64 = re.compile(r"\b[A-Za-z0-9+/]{32,4000}={0,2}")
SPACED = re.compile(r"(?<!\S)(?:[^\W\d] {1,2}){8,400}[^\W\d](?!\S)")
CONFUSABLE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0410\u0415\u041e\u0420\u0421\u0422",
    "aeopcyxiAEOPCT",
)
"""Letters of the Cyrillic alphabet that look like Latin ones."""
INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff]")

LINKS = r"(?:[\s_\"'`=:,*-]|\b(?:to|as|is|be|must|shall|are|output|set|auf|als|ist|sei)\b){1,16}"
VALUE = r"[^\s\"'`,;{}\[\]]{1,60}"
APPROVES = re.compile(
    r"approv|accept|genehmig|bewillig|auto[- _]?(?:pay|settle)|release the payment|zahlung frei",
    re.IGNORECASE,
)
APPROVED = re.compile(r"approv|accept|^auto|genehmig|bewillig|^pay", re.IGNORECASE)
ASSIGNS = re.compile(
    r"\b(?:mark|treat|classify|label|rate|answer|respond|reply|return|output|markiere|ordne"
    r"|antworte)\b[^.\n]{0,60}?\b(?:as|to|with|als|auf|mit)\s{1,3}[\"'`]?([\w -]{1,40})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Attack:
    """A sentence that wants to be obeyed.

    Attributes:
        sets: Values that the author's rule gives to fields.
    """

    wording: str
    sentence: str
    delimited: bool
    sets: Mapping[str, Any]


def attacks(prompt: Prompt, rules: LlmRules) -> list[Attack]:
    """The instruction-like sentences in what others wrote, in their order."""
    found = (attack for part in prompt.untrusted for attack in _in_part(part, rules))
    return list(islice(found, ATTACKS_MOST))


def obeyed(
    found: list[Attack], prompt: Prompt, profile: ModelProfile, *who: object
) -> list[Attack]:
    """Those of the attacks that this model obeys, given how the prompt keeps them apart."""
    return [
        attack
        for attack in found
        if chance.share("obey", *who, attack.sentence.lower(), *_kept(attack, prompt))
        < profile.obeys[attack.wording] * _left(attack, prompt, profile)
    ]


def _left(attack: Attack, prompt: Prompt, profile: ModelProfile) -> float:
    """What is left of a model's susceptibility, 0..1."""
    factor = 1.0
    for name in _kept(attack, prompt):
        factor *= profile.separation[name]
    return factor


def _kept(attack: Attack, prompt: Prompt) -> list[str]:
    kept = {"apart": prompt.apart, "delimited": attack.delimited, "warned": prompt.warned}
    return [name for name, true in kept.items() if true]


def _in_part(part: Part, rules: LlmRules) -> Iterator[Attack]:
    yield from _recognised(part.text, part.delimited, rules, "")
    for text in _decoded(part.text):
        yield from _recognised(text, part.delimited, rules, "encoded")


def _recognised(text: str, delimited: bool, rules: LlmRules, wording: str) -> Iterator[Attack]:
    patterns = tuple(rule.pattern for rule in rules.injections)
    for match in SENTENCE.finditer(text):
        sentence = match[0].strip()
        place = _first_of(patterns, sentence)
        if place is not None:
            known = rules.injections[place]
            yield Attack(wording or known.wording, sentence, delimited, known.sets)
        elif name := _usual(sentence):
            yield Attack(wording or name, sentence, delimited, {})


@lru_cache(maxsize=16_384)
def _usual(sentence: str) -> str:
    """The usual wording that a sentence has, "" for none."""
    return next((name for name, pattern in PATTERNS.items() if pattern.search(sentence)), "")


@lru_cache(maxsize=16_384)
def _first_of(patterns: tuple[str, ...], sentence: str) -> int | None:
    """Which of the author's patterns is the first that a sentence has, None for none.

    Sentences come again, with every model that is asked about the same documents.
    """
    some = _any_of(patterns)
    if some is not None and not some.search(sentence):
        return None
    found = (re.search(one, sentence, re.IGNORECASE) is not None for one in patterns)
    return next((place for place, has in enumerate(found) if has), None)


@lru_cache(maxsize=16)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """All of them as one; None where they have groups, which may have names or be referred to."""
    if not patterns or any(re.search(r"(?<!\\)(?:\\\\)*\(", one) for one in patterns):
        return None
    return re.compile("|".join(patterns), re.IGNORECASE)


@lru_cache(maxsize=2048)
def _decoded(text: str) -> tuple[str, ...]:
    """What a text hides: encoded, spaced out, with letters nobody sees or of another script."""
    return tuple(_hidden(text))


def _hidden(text: str) -> Iterator[str]:
    for match in islice(BASE64.finditer(text), ENCODED_MOST):
        try:
            yield base64.b64decode(match[0], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    for match in islice(SPACED.finditer(text), ENCODED_MOST):
        yield match[0].replace("  ", "_").replace(" ", "").replace("_", " ")
    for line in text.splitlines():
        plain = INVISIBLE.sub("", line).translate(CONFUSABLE)
        if plain != line:
            yield plain


def demanded(attack: Attack, names: tuple[str, ...], labels: tuple[Json, ...], kind: str) -> Json:
    """The value that an obeyed attack gives to a field, None where it wants nothing of it.

    Args:
        attack: The sentence.
        names: What the field is called, its own name first.
        labels: The values that a label can have.
        kind: Of the field: "label", "boolean", "number", "text" and so on.
    """
    for field, value in attack.sets.items():
        if _words(field) == _words(names[0]):
            return value
    if attack.wording == "reveal":
        return None
    said = _assigned(attack.sentence, names)
    if kind == "label":
        return _label_in(said, attack.sentence, labels)
    if kind == "boolean":
        return True if APPROVES.search(attack.sentence) else None
    if said and kind in ("number", "integer"):
        return number(said)
    return said


def _assigned(sentence: str, names: tuple[str, ...]) -> str | None:
    """What a sentence says a field should be: "set X to V", "X = V", "output V as the X"."""
    for name in names:
        spelled = r"[\s_-]?".join(map(re.escape, _words(name).split()))
        if not spelled or not re.search(rf"\b{spelled}\b", sentence, re.IGNORECASE):
            continue
        behind = re.search(rf"\b{spelled}\b{LINKS}({VALUE})", sentence, re.IGNORECASE)
        before = re.search(
            rf"({VALUE})[\"'`]?\s(?:as|als)\s(?:the |your |den |die |das )?{spelled}\b",
            sentence,
            re.IGNORECASE,
        )
        match = before or behind
        if match:
            return match[1].rstrip(".!?:")
    return None


def _label_in(said: str | None, sentence: str, labels: tuple[Json, ...]) -> Json:
    """The label that a sentence assigns, or the approving one where it wants approval."""
    assigned = ASSIGNS.search(sentence)
    heard = f" {_words(said or '')} {_words(assigned[1]) if assigned else ''} "
    named = [label for label in labels if f" {_words(str(label))} " in heard]
    if named:
        return named[0]
    wanted = APPROVES.search(sentence)
    return next((x for x in labels if APPROVED.search(str(x))), None) if wanted else None


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.lower()))
