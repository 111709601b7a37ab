"""An object made of the fields that are asked for: each found, chosen or judged, right or wrong."""

import re
from dataclasses import dataclass, field
from typing import Any

from assay_probe.gateways.llm import chance, extraction, labelling, values
from assay_probe.gateways.llm.extraction import Document, Found
from assay_probe.gateways.llm.injection import Attack, demanded
from assay_probe.gateways.llm.mind import Mind
from assay_probe.gateways.llm.task import Wanted

ISO = re.compile(r"\biso\b|yyyy|jjjj", re.IGNORECASE)
QUOTED = re.compile(r"(?:^|_)(?:evidence|quote|source|span)s?$", re.IGNORECASE)
SURE = re.compile(r"(?:^|_)(?:confidence|certainty)$", re.IGNORECASE)
GIST = re.compile(r"(?:^|_)(?:summary|reason|reasons|rationale|explanation|notes?)$", re.IGNORECASE)

Json = Any


@dataclass(slots=True)
class Filling:
    """One answer in the making.

    Attributes:
        asked: The instructions.
        obeyed: Attacks that the model obeys.
        traits: What was hard so far.
        lines: Field -> the line it was found in.
        words: What spoke for the labels.
    """

    mind: Mind
    document: Document
    asked: str
    obeyed: list[Attack] = field(default_factory=list)
    traits: set[str] = field(default_factory=set)
    lines: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def fill(self, wanted: Wanted) -> Json:
        """A value for a field; objects fill what they tell of others last."""
        forced = self._forced(wanted)
        if forced is not None:
            return forced
        match wanted.kind:
            case "object":
                late = {w.name for w in wanted.inner if _tells_of_others(w)}
                first = {w.name: self.fill(w) for w in wanted.inner if w.name not in late}
                last = {w.name: self._of_others(w) for w in wanted.inner if w.name in late}
                return {w.name: {**first, **last}[w.name] for w in wanted.inner}
            case "list":
                return self._list(wanted)
            case "fixed":
                return wanted.labels[0]
            case "label":
                return self._label(wanted)
            case "boolean":
                return self._judgement(wanted)
            case _:
                return self._value(wanted)

    # ------------------------------------------------------ labels and judgements

    def _forced(self, wanted: Wanted) -> Json:
        """What an obeyed attack wants of a field, None without one."""
        if not self.obeyed or wanted.kind in ("object", "list", "fixed"):
            return None
        rule = extraction.rule_for(wanted, self.mind.rules)
        names = (extraction.plain_name(wanted.name), *rule.aliases, *rule.aliases_other)
        values = (demanded(attack, names, wanted.labels, wanted.kind) for attack in self.obeyed)
        return next((value for value in values if value is not None), None)

    def _label(self, wanted: Wanted) -> Json:
        choice = labelling.choose(wanted, self.asked, self.document.text, self.mind.rules)
        self.traits |= choice.traits
        self.words += choice.words
        place = chance.digest(self.document.text)
        missed = self.mind.misses(choice.traits, wanted.name, place)
        label = choice.runner_up if missed else choice.label
        other = self.mind.relabel.get(str(label))
        return other if other in wanted.labels else label

    def _judgement(self, wanted: Wanted) -> bool:
        question = wanted.about or extraction.plain_name(wanted.name)
        yes = labelling.judge(question, self.document.text, self.mind.rules)
        return yes is not self.mind.misses((), wanted.name, chance.digest(self.document.text))

    # ----------------------------------------------------------------- values

    def _value(self, wanted: Wanted) -> Json:
        rule = extraction.rule_for(wanted, self.mind.rules)
        found = extraction.occurrences(rule, self.document)
        if not found:
            return _absent(wanted)
        self.traits |= found[0].traits
        self.lines[wanted.name] = found[0].line
        if self.mind.misses(found[0].traits, wanted.name, found[0].line, found[0].value):
            return self._missed(wanted, found, rule.kind)
        return self._written(wanted, found[0].value, rule.kind)

    def _missed(self, wanted: Wanted, found: list[Found], kind: str) -> Json:
        """Another value of its kind where there is one, else two digits swapped, or nothing."""
        if len(found) > 1:
            return self._written(wanted, found[1].value, kind)
        swapped = _swapped(found[0].value)
        draw = chance.share(self.mind.version, "how", wanted.name, found[0].line)
        if swapped == found[0].value or draw < 1 / 2:
            return _absent(wanted)
        return self._written(wanted, swapped, kind)

    def _written(self, wanted: Wanted, value: str, kind: str) -> Json:
        if wanted.kind in ("number", "integer"):
            number = values.number(extraction.repair(value))
            if number is None:
                return _absent(wanted)
            return round(number) if wanted.kind == "integer" or number.is_integer() else number
        if kind == "date" and ISO.search(f"{wanted.about} {self.asked}"):
            return values.iso_date(value) or value
        return " ".join(value.split())

    def _list(self, wanted: Wanted) -> Json:
        inner = wanted.inner[0] if wanted.inner else Wanted(wanted.name)
        if GIST.search(wanted.name) or QUOTED.search(wanted.name):
            return self._of_others(wanted)
        if inner.kind == "object":
            made = self.fill(inner)
            return [made] if any(value not in (None, "", [], 0) for value in made.values()) else []
        if inner.kind == "label":
            return labelling.matching(inner, self.asked, self.document.text, self.mind.rules)
        rule = extraction.rule_for(Wanted(wanted.name, inner.kind), self.mind.rules)
        found = extraction.occurrences(rule, self.document)
        return [self._written(inner, one.value, rule.kind) for one in found]

    # -------------------------------------------------------- what tells of others

    def _of_others(self, wanted: Wanted) -> Json:
        forced = self._forced(wanted)
        if forced is not None:
            return forced
        if SURE.search(wanted.name):
            return self.mind.confidence(self.traits)
        if QUOTED.search(wanted.name):
            quoted = self.lines.get(QUOTED.sub("", wanted.name))
            lines = [quoted] if quoted else list(dict.fromkeys(self.lines.values()))
            return lines if wanted.kind == "list" else " | ".join(lines)
        said = self._gist(wanted.name)
        return [said] if wanted.kind == "list" else said

    def _gist(self, name: str) -> str:
        if "summary" not in name.lower() and self.words:
            return f"The text speaks of: {', '.join(dict.fromkeys(self.words))}."
        return labelling.gist(self.document.text)


def _tells_of_others(wanted: Wanted) -> bool:
    if wanted.kind not in ("text", "number", "list"):
        return False
    return any(pattern.search(wanted.name) for pattern in (SURE, QUOTED, GIST))


def _absent(wanted: Wanted) -> Json:
    """Nothing found: null, or the emptiest value of a field that cannot be null."""
    if wanted.nullable:
        return None
    return 0 if wanted.kind in ("number", "integer") else ""


def _swapped(value: str) -> str:
    """The first two neighbouring digits that differ, exchanged."""
    match = re.search(r"(\d)(?!\1)(\d)", value)
    if not match:
        return value
    return value[: match.start()] + match[2] + match[1] + value[match.end() :]
