"""Rules for a clock that runs faster: every duration divided, so that minutes pass in seconds.

Only for the live run, whose service is real and cannot be stretched. What a division of
durations cannot reach (literal seconds, the wall clock) is reported, never guessed at: the
replay on the virtual clock judges those rules.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import promql_parser

from assay.evaluation.alerting.rules import (
    TOKEN,
    Group,
    Rule,
    duration_s,
    metric_names,
    parsed,
)

LONG_MS = 1_000_000_000
"""Beyond it durations are written in seconds: promql-parser counts to four thousand million."""

_DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+")

_WALL_CLOCK = frozenset({
    "time", "timestamp", "minute", "hour", "day_of_week", "day_of_month", "day_of_year",
    "days_in_month", "month", "year", "predict_linear",
})  # fmt: skip
"""Functions that read the wall clock, or take or return seconds that are not divided."""


@dataclass(frozen=True, slots=True)
class Dilated:
    """Rules whose durations were divided.

    Attributes:
        groups: Without annotations, which only a reader of notifications needs.
        unscaled: Names of rules that mean something else on the faster clock.
    """

    groups: tuple[Group, ...]
    unscaled: tuple[str, ...]


def dilated(groups: Iterable[Group], factor: float) -> Dilated:
    """The groups for a clock `factor` times as fast."""
    before = tuple(groups)
    unscaled = _unscaled([rule for group in before for rule in group.rules])
    return Dilated(tuple(_group(group, factor) for group in before), unscaled)


def dilated_expr(expr: str, factor: float) -> str:
    """An expression whose ranges, offsets and steps are divided by `factor`.

    On the virtual clock counters are multiplied by the factor, so that rates stay what they
    are. A live counter is not: `increase` yields that many times too little here, and
    `deriv`, a slope per second of a gauge, that many times too much. Both are put right.
    """
    scales = {"increase": factor, "deriv": 1 / factor}
    tokens = list(TOKEN.finditer(expr))
    out: list[str] = []
    calls: list[bool] = []
    scaled = False
    for at, token in enumerate(tokens):
        text = token.group()
        if text in scales and _opens_call(tokens[at + 1 :]):
            out.append(f"({scales[text]!r} * ")
            scaled = True
        elif text == "(":
            calls.append(scaled)
            scaled = False
        out.append(_durations(text, factor) if token.lastgroup == "timed" else text)
        if text == ")" and calls and calls.pop():
            out.append(")")
    return "".join(out)


def _opens_call(following: list[re.Match[str]]) -> bool:
    """Whether the word before these tokens is the name of a function."""
    rest = (token.group() for token in following if token.lastgroup != "blank")
    return next(rest, "") == "("


def _durations(token: str, factor: float) -> str:
    return _DURATION.sub(lambda found: _shorter(found.group(), factor), token)


def _shorter(text: str, factor: float) -> str:
    try:
        milliseconds = max(1, round(duration_s(text) / factor * 1000))
    except ValueError:  # units in another order: Prometheus will say so
        return text
    return f"{milliseconds}ms" if milliseconds < LONG_MS else f"{milliseconds // 1000}s"


def _group(group: Group, factor: float) -> Group:
    interval_s = None if group.interval_s is None else group.interval_s / factor
    rules = tuple(_rule(rule, factor) for rule in group.rules)
    return group.model_copy(update={"interval_s": interval_s, "rules": rules})


def _rule(rule: Rule, factor: float) -> Rule:
    return rule.model_copy(
        update={
            "expr": _checked(rule.expr, factor),
            "for_s": rule.for_s / factor,
            "keep_firing_for_s": rule.keep_firing_for_s / factor,
            "annotations": {},
        }
    )


def _checked(expr: str, factor: float) -> str:
    """The divided expression, or the candidate's own where we cannot read one of them."""
    divided = dilated_expr(expr, factor)
    return divided if parsed(expr) is not None and parsed(divided) is not None else expr


def _unscaled(rules: list[Rule]) -> tuple[str, ...]:
    """Rules that division cannot reach, and alerts that read what such a rule records."""
    names = {rule.name for rule in rules if not _scales(rule.expr)}
    reads = [(rule.name, metric_names(rule.expr) or frozenset()) for rule in rules]
    while more := {name for name, read in reads if read & names} - names:
        names |= more
    return tuple(sorted(names))


def _scales(expr: str) -> bool:
    """Whether an expression means the same once its durations are divided."""
    tree = parsed(expr)
    if tree is None:
        return False
    found: list[bool] = []

    def look(node: promql_parser.Expr) -> None:
        clock = isinstance(node, promql_parser.Call) and node.func.name in _WALL_CLOCK
        found.append(clock or getattr(node, "at", None) is not None)

    promql_parser.walk(tree, pre_visit=look)
    return not any(found)
