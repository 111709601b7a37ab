"""One model in one version: what it gets wrong, what it obeys, how sure it says it is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay_probe.gateways.llm import chance
from assay_probe.plans_llm import LlmRules, ModelProfile, VersionRule

BOAST = 0.97
"""The confidence that a model always tells which is nothing but overconfident."""


@dataclass(frozen=True, slots=True)
class Mind:
    """A model as it answers one request.

    Attributes:
        version: Its name with the suffix of the version, as answers have it.
        miss: Probability of a wrong answer by trait.
        relabel: Label -> the label given instead.
    """

    profile: ModelProfile
    rules: LlmRules
    version: str
    miss: Mapping[str, float]
    relabel: Mapping[str, str]

    def probability_of_missing(self, traits: Iterable[str]) -> float:
        """Of a question with these traits: 1 - the product of getting each of them right."""
        right = 1.0
        for trait in {"plain", *traits}:
            right *= 1 - self.miss[trait]
        return 1 - right

    def misses(self, traits: Iterable[str], *question: object) -> bool:
        """Whether this question is answered wrongly; always the same for the same question."""
        draw = chance.share(self.rules.seed, self.version, "miss", *question)
        return draw < self.probability_of_missing(traits)

    def confidence(self, traits: Iterable[str]) -> float:
        """What it says of its own answer, 0..1, to two decimals."""
        honest = 1 - self.probability_of_missing(traits)
        boast = self.profile.overconfidence
        return round((1 - boast) * honest + boast * BOAST, 2)


def mind_of(profile: ModelProfile, rules: LlmRules, number: int, text: str) -> Mind:
    """A model in version `number` before a text; outside the slice it is as it was.

    The names of both versions differ everywhere, so that errors by chance would differ, too: on
    texts outside the slice they are drawn as in version 1.
    """
    version = version_rule(rules, number)
    if version is None or not re.search(version.where, text):
        return Mind(profile, rules, f"{profile.name}-{rules.version}", profile.miss, {})
    name = f"{profile.name}-{version.suffix}"
    return Mind(profile, rules, name, {**profile.miss, **version.miss}, version.relabel)


def version_rule(rules: LlmRules, number: int) -> VersionRule | None:
    """The rule of a version, None for the first.

    Raises:
        ValueError: there is no such version.
    """
    if number == 1:
        return None
    for version in rules.versions:
        if version.number == number:
            return version
    known = ", ".join(str(v.number) for v in rules.versions) or "none but 1"
    raise ValueError(f"no version {number} in the rule file; there are: {known}")


def version_name(profile: ModelProfile, rules: LlmRules, number: int) -> str:
    """The model's name as answers tell it."""
    version = version_rule(rules, number)
    return f"{profile.name}-{version.suffix if version else rules.version}"


def fingerprint(name: str, rules: LlmRules) -> str:
    """What `system_fingerprint` says of a version."""
    return f"fp_{chance.digest(name, rules.seed)[:10]}"
