"""Choosing a label, judging a yes-or-no question, saying the gist: by words, and no more."""

import re
from dataclasses import dataclass, field

from assay_probe.gateways.llm.extraction import plain_name
from assay_probe.gateways.llm.task import Wanted
from assay_probe.plans_llm import LabelRule, LlmRules

WORD = re.compile(r"[^\W\d_]+")
SENTENCE = re.compile(r"(?:[^.!?\n]|\.(?=\w)){3,400}[.!?]?")
CLOSE = 0.25
"""A runner-up that is nearer than this share of the winner makes the choice a close one."""
ENOUGH = 0.6
"""Share of a question's words that must stand in a text for a yes."""
SHORTEST_WORD = 4
ABOUT_WEIGHT = 0.5
OPEN_LABELS = ("other", "unknown", "none", "unclear", "sonstiges", "andere")
STOP_WORDS = frozenset({
    "this", "that", "with", "from", "does", "have", "been", "were", "what", "which", "there",
    "their", "about", "answer", "whether", "true", "false", "must", "should", "would", "could",
    "text", "document", "claim", "into", "only", "please", "using", "your", "dies", "diese",
    "dieser", "eine", "einer", "nicht", "oder", "wird", "wurde", "sind", "haben",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """A label, the one that would have been next, and why.

    Attributes:
        traits: What made it hard.
        words: What in the text spoke for it.
    """

    label: object
    runner_up: object
    traits: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class Score:
    """What speaks for one label."""

    points: float = 0.0
    own_language: bool = False
    words: list[str] = field(default_factory=list)


def choose(wanted: Wanted, asked: str, text: str, rules: LlmRules) -> Choice:
    """The label whose words are most in a text; without a rule, the words that `asked` says."""
    scores = _scores(wanted, asked, text, rules)
    ranked = sorted(scores, key=lambda label: -scores[label].points)  # stable: first one wins
    best, second = ranked[0], ranked[1 if len(ranked) > 1 else 0]
    won = scores[best]
    if not won.points:
        open_label = next((one for one in ranked if str(one).lower() in OPEN_LABELS), best)
        return Choice(open_label, second if second != open_label else best, frozenset({"close"}))
    traits = set() if won.own_language else {"language"}
    if won.points - scores[second].points < CLOSE * won.points and second != best:
        traits.add("close")
    return Choice(best, second, frozenset(traits), tuple(won.words))


def matching(wanted: Wanted, asked: str, text: str, rules: LlmRules) -> list[object]:
    """All labels for which anything speaks."""
    scores = _scores(wanted, asked, text, rules)
    return [label for label, score in scores.items() if score.points]


def _scores(wanted: Wanted, asked: str, text: str, rules: LlmRules) -> dict[object, Score]:
    lowered, about = text.lower(), f"{wanted.about}\n{asked}"
    there = set(WORD.findall(lowered))
    return {label: _score(label, about, lowered, there, rules) for label in wanted.labels}


def _score(label: object, about: str, lowered: str, there: set[str], rules: LlmRules) -> Score:
    rule = label_rule(str(label), rules)
    score = Score()
    for words, own in ((rule.words, True), (rule.words_other, False)):
        for word in words:
            if _stands(word.lower(), lowered, there):
                score.points += 1
                score.own_language |= own
                score.words.append(word)
    if not rule.words:
        for word in [*plain_name(str(label)).split(), *_described(str(label), about)]:
            if len(word) >= SHORTEST_WORD and word in there and word not in score.words:
                score.points += 1 if word in str(label).lower() else ABOUT_WEIGHT
                score.own_language = True
                score.words.append(word)
    return score


def _stands(phrase: str, lowered: str, there: set[str]) -> bool:
    return phrase in there if phrase.isalpha() else phrase in lowered


def label_rule(name: str, rules: LlmRules) -> LabelRule:
    """The author's rule for a label, an empty one without it."""
    plain = plain_name(name)
    return next((rule for rule in rules.labels if plain_name(rule.name) == plain), LabelRule(name))


def _described(label: str, about: str) -> list[str]:
    """Words of a description "label: words" within a longer one."""
    match = re.search(rf"\b{re.escape(label)}\b[`\"*]?\s?[:=(\u2013-]([^\n;)]{{1,200}})", about)
    return WORD.findall(match[1].lower()) if match else []


def judge(question: str, text: str, rules: LlmRules) -> bool:
    """Whether the answer is yes, by the author's rule or by the question's own words."""
    for rule in rules.judgements:
        if re.search(rule.asks, question, re.IGNORECASE):
            return re.search(rule.yes, text, re.IGNORECASE) is not None
    there = set(WORD.findall(text.lower()))
    asked = {w for w in WORD.findall(question.lower()) if len(w) >= SHORTEST_WORD} - STOP_WORDS
    return bool(asked) and len(asked & there) >= ENOUGH * len(asked)


def gist(text: str, words_most: int = 40) -> str:
    """The first sentences of a text that say most, up to so many words."""
    sentences = [match[0].strip() for match in SENTENCE.finditer(text[:8000])]
    said: list[str] = []
    for sentence in sentences:
        if len(WORD.findall(sentence)) < 3:
            continue
        if said and len(" ".join([*said, sentence]).split()) > words_most:
            break
        said.append(sentence)
    return " ".join(" ".join(said).split()[:words_most])
