"""Questions by the rules of a challenge's author: `[[question]]` in `challenge.toml`."""

import math
from collections.abc import Iterator
from fractions import Fraction

from assay.domain.challenge import Challenge
from assay.domain.question_rule import QuestionRule
from assay.domain.questions.question import Question, Seen
from assay.domain.scorecard import CriterionLine
from assay.domain.scoring import rounded


def authored(seen: Seen) -> Iterator[Question]:
    """Those whose condition holds. A line that was not measured asks nothing."""
    for rule in seen.evidence.challenge.question:
        line = seen.named(rule.criterion)
        measured = _measured(rule, line) if line else None
        if line and measured is not None and _holds(rule, float(measured)):
            yield _asked(rule, line, seen)


def unknown_criteria(challenge: Challenge) -> list[tuple[int, str]]:
    """Place in the list, and name, of every rule about a criterion that does not exist."""
    known = {criterion.id for criterion in challenge.criterion}
    rules = enumerate(challenge.question)
    return [(at, rule.criterion) for at, rule in rules if rule.criterion not in known]


def _measured(rule: QuestionRule, line: CriterionLine) -> Fraction | float | None:
    return line.fraction if rule.measure == "fraction" else line.value


def _holds(rule: QuestionRule, measured: float) -> bool:
    above = rule.above is None or measured > rule.above
    below = rule.below is None or measured < rule.below
    return above and below


def _value(value: float | None) -> str:
    if value is None:
        return "nothing"
    return f"{value:.3g}" if math.isfinite(value) else "\N{INFINITY}"


def _asked(rule: QuestionRule, line: CriterionLine, seen: Seen) -> Question:
    figures = {
        "title": line.title,
        "value": _value(line.value),
        "unit": line.unit,
        "percent": f"{100 * float(line.fraction or 0):.0f}",
        "points": f"{rounded(line.points or 0)}",
        "max": str(line.max),
        "evidence": line.evidence.rstrip("."),
    }
    return Question(
        rule=rule.id,
        text=rule.text.format_map(figures),
        why=rule.why,
        area=line.area,
        criterion=line.id,
        source=line.source,
        weight=rule.weight if rule.weight is not None else max(1.0, seen.lost(line)),
        origin="challenge",
    )
