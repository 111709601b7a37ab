"""What the model stand-in is told of these claims, made from the words they are written with.

Labels, cues and categories come from the generator's own tables, so the two cannot part. Where a
value has no cue before it, none is invented: such a mention is hard for models as it is for us.
"""

import re
from collections.abc import Iterator
from typing import Any

from claimgen.attack_words import ENGLISH as ENGLISH_ATTACKS
from claimgen.attack_words import GERMAN as GERMAN_ATTACKS
from claimgen.english import ENGLISH
from claimgen.facts import FIELDS
from claimgen.german import GERMAN
from claimgen.phrases import Phrases
from claimgen.products import PRODUCTS

WORD = re.compile(r"[^\W\d_]{4,}")
NAME = r"[A-ZÄÖÜ][\wäöüßé]+ [A-ZÄÖÜ][\wäöüß]+(?:-[A-ZÄÖÜ][\wäöüß]+)?"
AMOUNT = r"\d{1,3}(?:[.,]\d{3})*[.,]\d{2}\b|\d+[.,]\d{2}\b"
PATTERNS = {
    "policy_number": r"\b[A-Z]{2}-\d{4}-\d{4}-\d\b",
    "claimed_eur": rf"\b(?:{AMOUNT})",
    "invoiced_eur": rf"\A\D{{0,8}}(?:{AMOUNT})",
    "claimant": rf"\A[ \t]*{NAME}",
    "counterparty": rf"\A[ \t]*{NAME}|{NAME}(?= was involved| war ebenfalls)",
}
"""A pattern anchored at its start is found behind a cue and nowhere else: without an invoice there
is no invoiced amount, and without another person no other name."""
KINDS = {"_date": "date", "_eur": "amount"}
CUE_WORDS = 4
CUE_LETTERS = 4
LABEL_WORDS = 40
PRACTICE_KEY = "claims-practice"
WORSE, RENAMED = 2, 3
"""New versions of the models: one reads texts with umlauts worse, one has another name only."""
VERSIONS = (
    {
        "number": WORSE,
        "suffix": "2026-09-01",
        "where": "[ÄÖÜäöüß]",
        "miss": {"plain": 0.1, "language": 0.5},
    },
    {"number": RENAMED, "suffix": "2026-06-10", "where": "(?!)"},
)


def model_rules() -> dict[str, Any]:
    """The rule file of the stand-in. Error rates, prices and latencies are its own."""
    return {
        "keys": [{"key": PRACTICE_KEY, "name": "practice"}],
        "fields": [_field(name) for name in FIELDS],
        "labels": [_label(name) for name in PRODUCTS],
        "versions": list(VERSIONS),
        "injections": [
            {"wording": "demand", "pattern": re.escape(order), "sets": {"decision": "auto"}}
            for words in (ENGLISH_ATTACKS, GERMAN_ATTACKS)
            for order in (*words.approve, *words.authority, *words.plead, *words.adjuster)
        ],
    }


def _field(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "aliases": cues(ENGLISH, name),
        "aliases_other": cues(GERMAN, name),
        "kind": next((kind for end, kind in KINDS.items() if name.endswith(end)), "text"),
        "pattern": PATTERNS.get(name, ""),
    }


def cues(words: Phrases, field: str) -> list[str]:
    """What a language writes before a field: labels of forms, and ends of the words before it."""
    found = list(words.labels.get(field, ()))
    for template in _templates(words):
        for place in re.finditer(rf"\{{{field}\}}", template):
            found += _before(template[: place.start()], words)
    return sorted({cue for cue in found if len(cue) >= CUE_LETTERS})


def _templates(words: Phrases) -> Iterator[str]:
    for name in ("dateline", "opening", "loss", "party", "amount", "closing", "mail_heads"):
        yield from getattr(words, name)
    for name in ("invoice", "report_party", "report_event", "notes"):
        yield from getattr(words, name)


def _before(text: str, words: Phrases) -> list[str]:
    line = re.sub(r"(EUR|€|<)\s*$", "", text.rstrip()).rstrip().rpartition("\n")[2]
    if line.endswith("{town},"):
        return [f"{town}," for town in words.towns]
    said = line.rpartition("}")[2].split()[-CUE_WORDS:]
    return [" ".join(said).lstrip(" ,;.:*<>")]


def _label(kind: str) -> dict[str, Any]:
    return {
        "name": kind,
        "words": telling(ENGLISH, kind),
        "words_other": telling(GERMAN, kind),
    }


def telling(words: Phrases, kind: str) -> list[str]:
    """Words that claims of this kind use, and those of no other category do."""
    common = {
        word for other in (*PRODUCTS, "") if other != kind for word in _words_of(words, other)
    }
    return sorted(_words_of(words, kind) - common)[:LABEL_WORDS]


def _words_of(words: Phrases, kind: str) -> set[str]:
    """Of a kind of claims; of "" those of everything that all claims have."""
    if kind:
        texts = [*words.stories[kind], *words.works[kind], words.reports[kind]]
    else:
        texts = [*_templates(words), *words.clauses, *words.titles, *words.firms]
    return {word for text in texts for word in WORD.findall(text.lower())}
