"""Silences: a finding may be meant to be so, if somebody says why. A silence is looked at too."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from assay.domain.challenge import Silence
from assay.toolkit.draft import Draft
from assay.toolkit.lint.report import Finding, Silenced
from assay.toolkit.lint.rule import Rule
from assay.toolkit.lint.rules.useless_silence import RULE


def silenced(
    draft: Draft, findings: Sequence[Finding], rules: Mapping[str, Rule]
) -> tuple[list[Finding], list[Silenced]]:
    """What is left of the findings, with those about silences; and what was silenced."""
    kept: list[Finding] = []
    quiet: list[Silenced] = []
    used: set[int] = set()
    for finding in findings:
        by = [n for n, one in enumerate(draft.challenge.silence) if _covers(draft, one, finding)]
        if by and rules[finding.rule].silenceable:
            quiet.append(Silenced(finding, draft.challenge.silence[by[0]].reason))
            used.update(by)
        else:
            kept.append(finding)
    return [*kept, *_useless(draft, rules, used)], quiet


def _covers(draft: Draft, silence: Silence, finding: Finding) -> bool:
    file = finding.file.removeprefix(f"{draft.root}/")
    named = (file, finding.subject)
    return silence.rule == finding.rule and any(fnmatchcase(one, silence.where) for one in named)


def _useless(draft: Draft, rules: Mapping[str, Rule], used: Collection[int]) -> Iterator[Finding]:
    for index, one in enumerate(draft.challenge.silence):
        if index not in used:
            found = draft.at(("silence", index), _why_useless(one, rules.get(one.rule)))
            yield Finding(RULE.id, RULE.severity, found.message, found.file, found.line)


def _why_useless(silence: Silence, rule: Rule | None) -> str:
    if rule is None:
        return (
            f"there is no rule {silence.rule!r}; correct the name "
            f"(`assay challenge lint --explain all` lists them), or remove the silence"
        )
    if not rule.silenceable:
        return f"rule {rule.id!r} cannot be silenced; mend what it finds"
    return f"nothing at {silence.where!r} breaks rule {rule.id!r} any more; remove the silence"
