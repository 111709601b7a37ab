"""Why two results differ, line by line, and exactly: the parts add up to the whole difference.

With G the product of the gates, E the points earned and M those measured, a total is 100 G E / M
(`scoring`). From before (0) to after (1) it changes by

    100 G0/M0 * (p1 - p0)          for every criterion, p its points, 0 where it was not measured
    100 G0 E1 * (1/M1 - 1/M0)      because other points were measured
    100 (G1 - G0) * E1/M1          because of the gates

and the sum of these is the difference, whatever the numbers. What changed p is told apart by
judging again: the old evidence under the old rubric (anything else than what was stored is *another
version* of the program), the old evidence under the new rubric (*another rule* or *another band*),
the new evidence under it (*other evidence*).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence
from assay.domain.judge import verdict_of
from assay.domain.rubric import Criterion
from assay.domain.scoring import FULL, rounded
from assay.domain.verdict import Scored

NOTHING = Fraction(0)
GATES, MEASURED = "(gates)", "(measured)"
"""Names of the two shares of a difference that are no criterion's."""


class Cause(StrEnum):
    """Why a line is worth something else."""

    EVIDENCE = "other evidence"
    BAND = "other band"
    RULE = "other rule"
    VERSION = "other version"
    UNCLEAR = "other evidence or other rule"
    ADDED = "new criterion"
    REMOVED = "criterion removed"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a result as it was stored. Gates have `max` 0.

    Attributes:
        fraction: Exact; None if it was not measured.
        told: What was seen, or why nothing was.
    """

    id: str
    title: str
    gate: bool
    max: int
    fraction: Fraction | None
    value: float | None
    unit: str
    told: str

    @property
    def points(self) -> Fraction:
        """Earned; none if it was not measured."""
        return self.max * (self.fraction or NOTHING)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two results.

    Attributes:
        label: How whoever asks named it.
        about: What it was made from: name -> value, for the differences around it.
        criteria: Its rubric by id; empty if only the result is at hand.
        evidence: None if only the result is at hand.
    """

    label: str
    lines: tuple[Line, ...]
    about: Mapping[str, str]
    criteria: Mapping[str, Criterion]
    evidence: Evidence | None

    @property
    def gate(self) -> Fraction | None:
        """Product of the gates; None if one was not measured."""
        product = Fraction(1)
        for line in self.lines:
            if line.gate:
                if line.fraction is None:
                    return None
                product *= line.fraction
        return product

    @property
    def earned(self) -> Fraction:
        """Points of all measured criteria."""
        return sum((line.points for line in self.lines if not line.gate), start=NOTHING)

    @property
    def measured(self) -> int:
        """Points that could be earned."""
        return sum(line.max for line in self.lines if line.fraction is not None)

    @property
    def total(self) -> Fraction | None:
        """0..100, exact; None where there is none."""
        gate = self.gate
        if gate is None or not self.measured:
            return None
        return FULL * gate * self.earned / self.measured


@dataclass(frozen=True, slots=True)
class Part:
    """A share of a line's change, in points of the line, with its reason in words."""

    cause: Cause
    points: Fraction
    told: str


@dataclass(frozen=True, slots=True)
class Change:
    """One line in both results.

    Attributes:
        worth: Its share of the difference of the totals; 0 for a gate, None without totals.
        parts: Sum to the change of its points; empty if nothing changed.
    """

    id: str
    title: str
    gate: bool
    before: Line | None
    after: Line | None
    worth: Fraction | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results side by side.

    Attributes:
        difference: Of the totals, exact; None if one of them has none.
        gates: The share of the difference that is the gates'.
        measured: The share that comes from other points being measured.
        around: What differs between the two besides their lines: name, before, after.
    """

    before: Side
    after: Side
    difference: Fraction | None
    gates: Fraction
    measured: Fraction
    changes: tuple[Change, ...]
    around: tuple[tuple[str, str, str], ...]


def compare(before: Side, after: Side) -> Comparison:
    """Explain the difference of two results."""
    old, new = before.total, after.total
    gates = measured = NOTHING
    weight: Fraction | None = None
    if old is not None and new is not None and before.gate is not None and after.gate is not None:
        weight = FULL * before.gate / before.measured
        gates = FULL * (after.gate - before.gate) * after.earned / after.measured
        less = Fraction(1, after.measured) - Fraction(1, before.measured)
        measured = FULL * before.gate * after.earned * less
    return Comparison(
        before=before,
        after=after,
        difference=None if weight is None or old is None or new is None else new - old,
        gates=gates,
        measured=measured,
        changes=tuple(_changes(before, after, weight)),
        around=tuple(_around(before, after)),
    )


def _changes(before: Side, after: Side, weight: Fraction | None) -> Iterator[Change]:
    """Gates first, then the criteria in the order of the new rubric, then those that are gone."""
    old = {line.id: line for line in before.lines}
    new = {line.id: line for line in after.lines}
    for name in dict.fromkeys([*new, *old]):
        one, other = old.get(name), new.get(name)
        told = other or one
        if told is None:
            continue
        moved = _points(other) - _points(one)
        yield Change(
            id=name,
            title=told.title,
            gate=told.gate,
            before=one,
            after=other,
            worth=None if weight is None else weight * moved,
            parts=tuple(_parts(before, after, one, other)),
        )


def _points(line: Line | None) -> Fraction:
    return line.points if line else NOTHING


def _parts(before: Side, after: Side, one: Line | None, other: Line | None) -> Iterator[Part]:
    if other is None or one is None:
        cause = Cause.ADDED if one is None else Cause.REMOVED
        yield Part(cause, _points(other) - _points(one), "")
        return
    if _stands(one) == _stands(other):
        return
    again = _judged_again(before, after, one.id)
    if again is None:
        yield _unjudged(before, after, one, other)
        return
    old, crossed, new = again
    rule = _rule(before.criteria[one.id], after.criteria[one.id])
    parts = (
        Part(Cause.VERSION, old - _worth(one) + (_worth(other) - new), "judged in another way"),
        Part(rule[0], crossed - old, rule[1]),
        Part(Cause.EVIDENCE, new - crossed, _seen(one, other)),
    )
    kept = [part for part in parts if part.points]
    # Nothing of something and no measurement at all are the same points, and another line.
    yield from kept or [Part(Cause.EVIDENCE, NOTHING, _seen(one, other))]


def _stands(line: Line) -> tuple[object, ...]:
    return line.max, line.fraction, line.gate


def _worth(line: Line) -> Fraction:
    """Points; of a gate the fraction."""
    return (line.fraction or NOTHING) * (1 if line.gate else line.max)


def _judged_again(
    before: Side, after: Side, name: str
) -> tuple[Fraction, Fraction, Fraction] | None:
    """Old evidence by the old rule, by the new one, and new evidence by the new one."""
    rules = before.criteria.get(name), after.criteria.get(name)
    if before.evidence is None or after.evidence is None or None in rules:
        return None
    old, new = before.criteria[name], after.criteria[name]
    try:
        return (
            _value(old, before.evidence),
            _value(new, before.evidence),
            _value(new, after.evidence),
        )
    except (BadInput, LookupError, TypeError, ValueError):
        return None  # the old evidence does not have what the new rule asks for


def _value(criterion: Criterion, evidence: Evidence) -> Fraction:
    verdict = verdict_of(criterion, evidence)
    fraction = verdict.fraction if isinstance(verdict, Scored) else NOTHING
    return fraction * (1 if criterion.gate else criterion.points)


def _unjudged(before: Side, after: Side, one: Line, other: Line) -> Part:
    """From the results alone."""
    moved = _worth(other) - _worth(one)
    same_rubric = before.about.get("rubric") == after.about.get("rubric")
    if (one.value, one.told) == (other.value, other.told):
        cause = Cause.VERSION if same_rubric else Cause.BAND
        return Part(cause, moved, "the same was seen")
    cause = Cause.EVIDENCE if same_rubric else Cause.UNCLEAR
    return Part(cause, moved, _seen(one, other))


def _rule(old: Criterion, new: Criterion) -> tuple[Cause, str]:
    if (old.check, old.settings, old.gate) != (new.check, new.settings, new.gate):
        return Cause.RULE, f"{old.check} {old.settings} → {new.check} {new.settings}"
    return Cause.BAND, f"{_band(old)} → {_band(new)}"


def _band(criterion: Criterion) -> str:
    band = criterion.band
    worth = "gate" if criterion.gate else f"{criterion.points} points"
    return f"{worth}, none at {band.floor:g}, all at {band.target:g}"


def _seen(one: Line, other: Line) -> str:
    if None in (one.value, other.value) or one.value == other.value:
        return f"{one.told} → {other.told}"
    return f"{one.value:.4g} → {other.value:.4g} {other.unit}".rstrip()


def _around(before: Side, after: Side) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys([*before.about, *after.about]):
        old, new = before.about.get(name, "-"), after.about.get(name, "-")
        if old != new:
            yield name, old, new


def shares_of(found: Comparison) -> dict[str, Fraction]:
    """Name of each line, and `GATES` and `MEASURED`, -> its share of the difference, exact."""
    lines = {change.id: change.worth for change in found.changes if change.worth is not None}
    return {**lines, GATES: found.gates, MEASURED: found.measured}


def shown_shares(found: Comparison, decimals: int) -> dict[str, Fraction]:
    """The same as shown: rounded so that they add up to `shown_difference`; {} without totals."""
    whole = shown_difference(found, decimals)
    return {} if whole is None else apportioned(shares_of(found), whole, decimals)


def apportioned(
    shares: Mapping[str, Fraction], whole: Fraction, decimals: int
) -> dict[str, Fraction]:
    """The shares rounded so that they sum to the rounded whole: nobody has to take it on trust.

    What is missing goes to those that were cut most (largest remainders, Hamilton 1792).

    Args:
        shares: Name -> exact share; they sum to about `whole`.
        whole: Already rounded.
        decimals: Of the result.
    """
    scale = 10**decimals
    floors = {name: share * scale // 1 for name, share in shares.items()}
    missing = int(whole * scale - sum(floors.values()))
    cut = sorted(shares, key=lambda name: shares[name] * scale - floors[name], reverse=True)
    for place in range(abs(missing)):
        name = cut[place % len(cut)] if missing > 0 else cut[-1 - place % len(cut)]
        floors[name] += 1 if missing > 0 else -1
    return {name: Fraction(floors[name], scale) for name in shares}


def shown_difference(found: Comparison, decimals: int = 1) -> Fraction | None:
    """The difference of the totals as they are shown."""
    if found.before.total is None or found.after.total is None:
        return None
    return Fraction(rounded(found.after.total, decimals)) - Fraction(
        rounded(found.before.total, decimals)
    )
