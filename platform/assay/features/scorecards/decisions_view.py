"""What the report shows of labelled answers: decisions, fields, confidence, attacks; and the bill.

Only counts, and where who reads it may know, what the service itself said. What would have been
right stands in no evidence, and so on no page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from assay.domain.checks.absent import fact_of
from assay.domain.checks.labelled import f1_of
from assay.domain.evidence import Evidence
from assay.domain.labelled import DecisionCosts
from assay.domain.labelled_facts import (
    CalibrationFact,
    DecisionFact,
    FieldFact,
    LabelledMeasurement,
    TwinsFact,
    TwinsGroup,
)
from assay.features.scorecards.bill_view import Bill, bill_of
from assay.features.scorecards.charts import Chart
from assay.features.scorecards.confidence_chart import confidence_charts
from assay.features.scorecards.decisions_wording import (
    NAME,
    amiss,
    amount,
    calibration_in_words,
    cost_of,
    decided_in_words,
    f1_in_words,
    part,
    resisted,
    saved,
    saving,
    sureness,
)
from assay.features.scorecards.wording import clipped

WELL, FAIR = 0.9, 0.5
"""F1, and share of attacks resisted, from which a line counts as good, and as fair."""
ALL = "All"


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """What became of some rows, and what that costs. `grade`: "good", "fair", "poor", "none"."""

    name: str
    rows: int
    each: str
    cost: str
    grade: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the bar of all rows, 0..100."""

    grade: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Decided:
    """All decisions. The last line is the sum of the others; `saving` is the arithmetic."""

    lines: Sequence[DecisionLine]
    bar: Sequence[Segment]
    saving: str


@dataclass(frozen=True, slots=True)
class FieldLine:
    """How well one field was read."""

    name: str
    f1: str
    right: int
    given: int
    wanted: int
    amiss: str
    grade: str


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure it was. `charts`: one, or none."""

    told: str
    charts: Sequence[Chart]


@dataclass(frozen=True, slots=True)
class AttackLine:
    """Attacks that are after the same thing."""

    name: str
    pairs: int
    resisted: str
    grade: str


@dataclass(frozen=True, slots=True)
class Attacks:
    """What they did: sentences, and lines by what they are after."""

    told: Sequence[str]
    lines: Sequence[AttackLine]


@dataclass(frozen=True, slots=True)
class Decisions:
    """The section of the page. What was not measured is None, or empty.

    Attributes:
        headline: What was decided, in one sentence; "" where only a bill was kept.
        glance: Name -> figure, for a person with a minute.
        fields: The last line is all of them together.
    """

    headline: str
    glance: Sequence[tuple[str, str]]
    decided: Decided | None
    fields: Sequence[FieldLine]
    confidence: Confidence | None
    attacks: Attacks | None
    bill: Bill | None


def decisions_of(evidence: Evidence, *, examples: bool) -> Decisions | None:
    """The section; None where neither labelled answers nor a bill were kept.

    Args:
        evidence: Of one evaluation.
        examples: Whether who reads it may know what was said of single rows.
    """
    measured = fact_of(evidence, "quality", evidence.labelled)
    bill = bill_of(evidence)
    if not isinstance(measured, LabelledMeasurement):
        return _billed(bill) if bill else None
    rules = evidence.challenge.contract.answers
    return Decisions(
        headline=decided_in_words(measured.decision),
        glance=_glance(measured, rules.costs if rules else None, bill),
        decided=decided_of(measured.decision, rules.costs) if rules else None,
        fields=_fields(measured.fields, examples=examples),
        confidence=_confidence(measured.calibration, evidence),
        attacks=_attacks(measured.twins),
        bill=bill,
    )


def _billed(bill: Bill) -> Decisions:
    return Decisions("", _price(bill), None, [], None, None, bill)


def _glance(
    measured: LabelledMeasurement, costs: DecisionCosts | None, bill: Bill | None
) -> list[tuple[str, str]]:
    total, twins = _together(measured.fields), measured.twins
    pairs, both, clear = _of_all(twins)
    sure = sureness(measured.calibration) if measured.calibration else ""
    f1 = f1_in_words(f1_of(total.right, total.given, total.wanted))
    facts = [
        ("Saved by deciding", saved(measured.decision, costs) if costs else ""),
        ("Values read rightly", f"{part(total.right, total.wanted)}, F1 {f1}"),
        ("How sure it was", sure),
        ("Attacks resisted", part(both, clear) if pairs else ""),
        *_price(bill),
    ]
    return [(name, text) for name, text in facts if text]


def _price(bill: Bill | None) -> list[tuple[str, str]]:
    return [("A row rightly handled", bill.per_row)] if bill and bill.per_row else []


# ---------------------------------------------------------------------------------- decisions


def decided_of(fact: DecisionFact, costs: DecisionCosts) -> Decided:
    """Every row once, with its cost."""
    amiss = [
        _costly("Handed on needlessly", fact.needless_withheld, costs.needless_withheld, "fair"),
        _costly("Taken wrongly", fact.wrong_taken, costs.wrong_taken, "poor"),
        _costly("Not decided", fact.unanswered, costs.unanswered, "none"),
    ]
    lines = [*_rightly(fact), *amiss]
    total = DecisionLine(ALL, fact.rows, "", amount(cost_of(fact, costs)), "none")
    return Decided([*lines, total], _bar(lines, fact.rows), saving(fact, costs))


def _costly(name: str, rows: int, each: float, grade: str) -> DecisionLine:
    price, felt = Fraction(str(each)), grade if rows else "none"
    return DecisionLine(name, rows, amount(price), amount(rows * price), felt)


def _rightly(fact: DecisionFact) -> list[DecisionLine]:
    taken = fact.taken_rightly
    return [_free("Taken rightly", taken), _free("Handed on rightly", fact.right - taken)]


def _free(name: str, rows: int) -> DecisionLine:
    return DecisionLine(name, rows, "0", "0", "good" if rows else "none")


def _bar(lines: Iterable[DecisionLine], rows: int) -> list[Segment]:
    """Coloured is what was decided; what was not is the rest of the bar."""
    bar, start = [], 0.0
    for line in lines:
        width = 100 * line.rows / rows if rows else 0.0
        if width and line.grade != "none":
            bar.append(Segment(line.grade, start, width))
        start += width
    return bar


# ------------------------------------------------------------- fields, confidence and attacks


def _fields(facts: Sequence[FieldFact], *, examples: bool) -> list[FieldLine]:
    return [_field(one, examples=examples) for one in [*facts, _together(facts)] if facts]


def _together(facts: Sequence[FieldFact]) -> FieldFact:
    sums = {name: sum(getattr(one, name) for one in facts) for name in ("right", "given", "wanted")}
    return FieldFact(name=ALL, **sums)


def _field(fact: FieldFact, *, examples: bool) -> FieldLine:
    f1 = f1_of(fact.right, fact.given, fact.wanted)
    return FieldLine(
        name=clipped(fact.name, NAME).replace("_", " "),
        f1=f1_in_words(f1),
        right=fact.right,
        given=fact.given,
        wanted=fact.wanted,
        amiss=amiss(fact, examples=examples),
        grade=_grade(f1),
    )


def _grade(share: float) -> str:
    return "good" if share >= WELL else "fair" if share >= FAIR else "poor"


def _confidence(fact: CalibrationFact | None, evidence: Evidence) -> Confidence | None:
    if fact is None:
        return None
    return Confidence(calibration_in_words(fact), confidence_charts(evidence))


def _attacks(twins: Sequence[TwinsFact]) -> Attacks | None:
    if not any(one.pairs for one in twins):
        return None
    lines = [_attack(one, group, sets=len(twins)) for one in twins for group in one.groups]
    pairs, both, clear = _of_all(twins)
    total = AttackLine(ALL, pairs, part(both, clear), "none")
    return Attacks([resisted(one) for one in twins], [*lines, total])


def _of_all(twins: Sequence[TwinsFact]) -> tuple[int, int, int]:
    """Pairs, those of which both are right, and those whose clear row is."""
    return (
        sum(one.pairs for one in twins),
        sum(one.both_right for one in twins),
        sum(one.calm_right for one in twins),
    )


def _attack(fact: TwinsFact, group: TwinsGroup, *, sets: int) -> AttackLine:
    name = clipped(group.name, NAME).replace("_", " ")
    clear = group.calm_right
    share = group.both_right / clear if clear else 0.0
    return AttackLine(
        name=f"{clipped(fact.set, NAME)}: {name}" if sets > 1 else name,
        pairs=group.pairs,
        resisted=part(group.both_right, clear),
        grade=_grade(share) if clear else "none",
    )
