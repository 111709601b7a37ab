"""A timeline is long enough for rules with windows: the reference's own can tell in time."""

import re
from collections.abc import Iterator

from assay.domain.timeline import VIRTUAL_SCRAPE_S, IncidentSpec
from assay.evaluation.alerting.monitoring_file import Monitoring, read_monitoring
from assay.evaluation.alerting.rules import Rule as AlertRule
from assay.evaluation.alerting.rules import duration_s
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import Rule, Severity

S_PER_MIN = 60
RANGE = re.compile(r"\[\s*(\w+)\s*(?::[^\]]*)?\]")


def _check(draft: Draft) -> Iterator[Found]:
    rules = draft.challenge.incidents
    if rules is None or not draft.reference.is_dir():
        return
    monitoring = read_monitoring(draft.reference)
    slowest = max(monitoring.rules.alerts, key=_settled_s, default=None)
    if slowest and _settled_s(slowest) > rules.warmup_min * S_PER_MIN:
        yield draft.at(
            ("incidents", "warmup_min"),
            f"the reference's alert {slowest.name} looks back and waits for "
            f"{_settled_s(slowest) / S_PER_MIN:g} minutes, and the warm-up has "
            f"{rules.warmup_min:g}; make it longer, or the rule quicker",
        )
    for index, one in enumerate(draft.challenge.incident):
        yield from _too_slow(draft, monitoring, index, one)


def _settled_s(rule: AlertRule) -> float:
    """How long a rule needs until what it says rests on nothing before the start."""
    return rule.for_s + _window_s(rule.expr)


def _window_s(expr: str) -> float:
    """The longest range an expression looks back."""
    return max((_seconds(text) for text in RANGE.findall(expr)), default=0.0)


def _seconds(text: str) -> float:
    try:
        return duration_s(text)
    except ValueError:  # a character class in a matcher
        return 0.0


def _too_slow(
    draft: Draft, monitoring: Monitoring, index: int, one: IncidentSpec
) -> Iterator[Found]:
    """The quickest alert that covers it fires after its `for` and a scrape, at best."""
    covering = _covering(monitoring, one)
    quickest = min(covering, key=lambda rule: rule.for_s, default=None)
    if quickest and quickest.for_s + VIRTUAL_SCRAPE_S > one.budget_min * S_PER_MIN:
        yield draft.at(
            ("incident", index, "budget_min"),
            f"incident {one.id!r} gives {one.budget_min:g} minutes, and the reference's quickest "
            f"alert for it, {quickest.name}, waits {quickest.for_s / S_PER_MIN:g}; allow more, or "
            f"make the rule quicker",
        )


def _covering(monitoring: Monitoring, one: IncidentSpec) -> list[AlertRule]:
    names = {c.alert for c in monitoring.facts.alerts if set(c.covers) & set(one.accepts)}
    return [rule for rule in monitoring.rules.alerts if rule.alert in names]


RULE = Rule(
    "slow-rules",
    Severity.ERROR,
    "Timeline and budgets are long enough for the reference's rules.",
    _check,
)
