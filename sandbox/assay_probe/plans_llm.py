"""Rules of the language models a stand-in plays: what an author may say, and what holds unsaid.

The rule file is one JSON object with the fields of `LlmRules`; `gateways.llm.rules` reads it.
Standard library only, so that a rule file can be checked without being served.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

TRAITS = ("plain", "ocr", "language", "far", "unlabelled", "close")
"""What makes a question hard: nothing, noise of a scanner, another language, the middle of a
long text, a value without a label, two labels that fit nearly as well."""

WORDINGS = ("override", "authority", "demand", "reveal", "tool", "encoded")
"""How text in a document asks to be obeyed."""

SEPARATION = {"apart": 0.5, "delimited": 0.4, "warned": 0.25}
"""What is left of a model's susceptibility: the task in another role than the data; delimiters
around the data; saying that it is data. They multiply."""

KINDS = ("text", "date", "amount")

FRESH_KEYS = "fresh_keys"
"""Name of a list of keys among the settings: they take the place of those of the rule file."""


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """One model. Probabilities are 0..1, prices dollars per million tokens.

    Attributes:
        name: As requests name it; the answer adds the version.
        context_tokens: Most tokens of prompt and answer together.
        output_tokens: Most tokens of an answer.
        input_usd, cached_usd, output_usd: Per million tokens.
        first_token_ms: Median time to the first token.
        token_ms: Time for each token of the answer.
        spread: Standard deviation of the logarithm of the time to the first token.
        attention_tokens: What is further than this from both ends of the text is "far".
        miss: Probability of a wrong answer by trait; those of several traits combine.
        obeys: Probability of obeying an instruction in a document, by wording, where the
            prompt separates nothing.
        separation: Factors of `obeys` by what the prompt does about it.
        malformed: Probability that JSON is wrapped in prose, where no schema is enforced.
        overconfidence: 0 tells its confidence truly, 1 always tells 0.97.
    """

    name: str
    context_tokens: int
    output_tokens: int
    input_usd: float
    cached_usd: float
    output_usd: float
    first_token_ms: float
    token_ms: float
    spread: float
    attention_tokens: int
    miss: dict[str, float]
    obeys: dict[str, float]
    separation: dict[str, float] = field(default_factory=lambda: {**SEPARATION})
    malformed: float = 0.0
    overconfidence: float = 0.0


@dataclass(frozen=True, slots=True)
class EmbeddingProfile:
    """A model that turns text into a vector of `dimensions` numbers."""

    name: str
    dimensions: int
    context_tokens: int
    input_usd: float
    first_token_ms: float


@dataclass(frozen=True, slots=True)
class KeyRule:
    """An API key. Limits are per minute, and requests under way at once; 0 is no limit."""

    key: str
    name: str
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    concurrent: int = 0


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How a field that is asked for stands in documents.

    Attributes:
        name: As prompts call it; spaces, case and underscores do not matter.
        aliases: Labels before the value.
        aliases_other: Labels in the second language.
        kind: "text", "date" or "amount".
        pattern: Regular expression of the value, "" for the kind's own.
        labelled_only: Whether a value without a label is none.
    """

    name: str
    aliases: list[str] = field(default_factory=list)
    aliases_other: list[str] = field(default_factory=list)
    kind: str = "text"
    pattern: str = ""
    labelled_only: bool = False


@dataclass(frozen=True, slots=True)
class LabelRule:
    """Words and phrases that speak for a label; `words_other` are of the second language."""

    name: str
    words: list[str] = field(default_factory=list)
    words_other: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class JudgementRule:
    """A yes-or-no question.

    Attributes:
        asks: Regular expression of the question, or of the field's name.
        yes: Regular expression of a text about which the answer is yes.
    """

    asks: str
    yes: str


@dataclass(frozen=True, slots=True)
class InjectionRule:
    """An instruction in a document that the gateway would not know by itself.

    Attributes:
        wording: One of `WORDINGS`.
        pattern: Regular expression of the sentence.
        sets: Values that fields of the answer get when it is obeyed.
    """

    wording: str
    pattern: str
    sets: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VersionRule:
    """A new version of all models, and the slice on which it answers differently.

    Attributes:
        number: As the mode "version" names it, from 2.
        suffix: Of the model's name in answers.
        where: Regular expression; texts it is found in are the slice. "" for all.
        miss: Probabilities by trait that replace the models' own on the slice.
        relabel: Label -> the label given instead, on the slice.
    """

    number: int
    suffix: str
    where: str = ""
    miss: dict[str, float] = field(default_factory=dict)
    relabel: dict[str, str] = field(default_factory=dict)


LARGE = ModelProfile(
    name="assay-large",
    context_tokens=128_000,
    output_tokens=8_192,
    input_usd=2.5,
    cached_usd=1.25,
    output_usd=10.0,
    first_token_ms=420,
    token_ms=4,
    spread=0.35,
    attention_tokens=24_000,
    miss={
        "plain": 0.003,
        "ocr": 0.03,
        "language": 0.01,
        "far": 0.05,
        "unlabelled": 0.04,
        "close": 0.08,
    },
    obeys={
        "override": 0.15,
        "authority": 0.25,
        "demand": 0.25,
        "reveal": 0.1,
        "tool": 0.2,
        "encoded": 0.15,
    },
    malformed=0.002,
    overconfidence=0.1,
)
MEDIUM = ModelProfile(
    name="assay-medium",
    context_tokens=64_000,
    output_tokens=4_096,
    input_usd=0.6,
    cached_usd=0.15,
    output_usd=2.4,
    first_token_ms=240,
    token_ms=2.5,
    spread=0.3,
    attention_tokens=8_000,
    miss={
        "plain": 0.008,
        "ocr": 0.12,
        "language": 0.06,
        "far": 0.2,
        "unlabelled": 0.12,
        "close": 0.2,
    },
    obeys={
        "override": 0.4,
        "authority": 0.5,
        "demand": 0.5,
        "reveal": 0.35,
        "tool": 0.45,
        "encoded": 0.1,
    },
    malformed=0.01,
    overconfidence=0.4,
)
SMALL = ModelProfile(
    name="assay-small",
    context_tokens=16_000,
    output_tokens=2_048,
    input_usd=0.1,
    cached_usd=0.025,
    output_usd=0.4,
    first_token_ms=110,
    token_ms=1.2,
    spread=0.3,
    attention_tokens=2_000,
    miss={
        "plain": 0.02,
        "ocr": 0.4,
        "language": 0.25,
        "far": 0.5,
        "unlabelled": 0.35,
        "close": 0.4,
    },
    obeys={
        "override": 0.75,
        "authority": 0.8,
        "demand": 0.8,
        "reveal": 0.7,
        "tool": 0.75,
        "encoded": 0.0,
    },
    malformed=0.04,
    overconfidence=0.8,
)
UMLAUTS = "[ÄÖÜäöüß]"
SECOND = VersionRule(2, "2026-09-01", UMLAUTS, {"plain": 0.1, "language": 0.5})
"""A second version that reads German less well than the first."""

EMBED = EmbeddingProfile("assay-embed", 256, 8_192, 0.02, 40)


@dataclass(frozen=True, slots=True)
class LlmRules:
    """All of a rule file. A dependency's `settings` replace fields of the same name.

    Attributes:
        keys: At least one.
        seed: Of everything that depends on chance.
        latency_percent: Of the models' own times; 0 answers at once.
        version: The suffix of version 1.
    """

    keys: list[KeyRule]
    models: list[ModelProfile] = field(default_factory=lambda: [LARGE, MEDIUM, SMALL])
    embeddings: list[EmbeddingProfile] = field(default_factory=lambda: [EMBED])
    fields: list[FieldRule] = field(default_factory=list)
    labels: list[LabelRule] = field(default_factory=list)
    judgements: list[JudgementRule] = field(default_factory=list)
    injections: list[InjectionRule] = field(default_factory=list)
    versions: list[VersionRule] = field(default_factory=lambda: [SECOND])
    seed: int = 1
    latency_percent: int = 100
    version: str = "2026-03-01"


def broken_rules(rules: LlmRules) -> list[str]:
    """What makes no sense in rules whose fields are of the right kinds; empty for sound ones."""
    return [
        *([] if rules.keys else ["keys: at least one is needed"]),
        *(f"keys: {name!r} is there twice" for name in _twice(k.key for k in rules.keys)),
        *(f"models: {name!r} is there twice" for name in _twice(_names(rules))),
        *(problem for model in rules.models for problem in _broken_model(model)),
        *(
            f"fields: {one.name}: kind {one.kind!r} is none of: {', '.join(KINDS)}"
            for one in rules.fields
            if one.kind not in KINDS
        ),
        *(
            f"injections[{i}]: wording {one.wording!r} is none of: {', '.join(WORDINGS)}"
            for i, one in enumerate(rules.injections)
            if one.wording not in WORDINGS
        ),
        *(
            f"versions: {one.number} is the first or there twice"
            for i, one in enumerate(rules.versions)
            if one.number < 2 or one.number in {v.number for v in rules.versions[:i]}
        ),
        *(problem for v in rules.versions for problem in _shares(f"versions.{v.number}", v.miss)),
        *(problem for where, text in _patterns(rules) for problem in _broken_pattern(where, text)),
        *(["latency_percent: below 0"] if rules.latency_percent < 0 else []),
    ]


def _names(rules: LlmRules) -> Iterator[str]:
    yield from (model.name for model in rules.models)
    yield from (model.name for model in rules.embeddings)


def _twice(names: Iterator[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _broken_model(model: ModelProfile) -> Iterator[str]:
    where = f"models.{model.name}"
    yield from _shares(f"{where}.miss", model.miss, TRAITS)
    yield from _shares(f"{where}.obeys", model.obeys, WORDINGS)
    yield from _shares(f"{where}.separation", model.separation, tuple(SEPARATION))
    for name in ("input_usd", "cached_usd", "output_usd", "first_token_ms", "token_ms", "spread"):
        if getattr(model, name) < 0:
            yield f"{where}.{name}: below 0"
    if min(model.context_tokens, model.output_tokens) < 1:
        yield f"{where}: context_tokens and output_tokens must be above 0"


def _shares(where: str, given: Mapping[str, Any], needed: tuple[str, ...] = ()) -> Iterator[str]:
    known = needed or TRAITS
    told = ", ".join(known)
    yield from (f"{where}: no {name!r}; there are: {told}" for name in given if name not in known)
    yield from (f"{where}.{name}: missing" for name in needed if name not in given)
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            yield f"{where}.{name}: {value!r} is no probability"


def _patterns(rules: LlmRules) -> Iterator[tuple[str, str]]:
    yield from ((f"fields.{one.name}.pattern", one.pattern) for one in rules.fields)
    for i, judged in enumerate(rules.judgements):
        yield f"judgements[{i}].asks", judged.asks
        yield f"judgements[{i}].yes", judged.yes
    yield from ((f"injections[{i}].pattern", r.pattern) for i, r in enumerate(rules.injections))
    yield from ((f"versions.{one.number}.where", one.where) for one in rules.versions)


def _broken_pattern(where: str, pattern: str) -> Iterator[str]:
    try:
        re.compile(pattern)
    except re.error as problem:
        yield f"{where}: {problem}"
