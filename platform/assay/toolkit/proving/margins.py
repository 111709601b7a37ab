"""Verdicts that stand near the edge of a band: what they would be, had the band moved a little.

A band is moved by a quarter of its width, on its own scale, in either direction. Nothing is
measured again: a line keeps its value, and the moved band says what that is worth.
"""

import math
from collections.abc import Iterator
from fractions import Fraction

from assay.domain.rubric import Band
from assay.domain.scorecard import CriterionLine
from assay.toolkit.expectation import kind_of
from assay.toolkit.lint.traits import TRAITS
from assay.toolkit.proving.proof import CheckResult, Margin
from assay.toolkit.proving.runs import Outcome, Results, Wanted

MOVED = 0.25
ANYTHING = (-math.inf, math.inf)


def moved(band: Band, by: float, possible: tuple[float, float] = ANYTHING) -> Band | None:
    """The band moved towards its target by a share of its width; None if it cannot be.

    Args:
        band: As published.
        by: Positive makes it harder, negative easier.
        possible: Lowest and highest value there can be; no band is moved beyond.
    """
    if band.scale == "log":
        step = (band.target / band.floor) ** by
        floor, target = band.floor * step, band.target * step
    else:
        step = (band.target - band.floor) * by
        floor, target = band.floor + step, band.target + step
    least, most = possible
    floor, target = (min(most, max(least, end)) for end in (floor, target))
    if math.isclose(floor, target):
        return None
    return Band(floor=floor, target=target, scale=band.scale)


def margins_of(results: Results) -> tuple[Margin, ...]:
    """Every verdict of a healthy answer, or of a fault it names, that would change."""
    checks = {one.id: TRAITS[one.check] for one in results.challenge.criterion}
    possible = {name: (trait.least, trait.most) for name, trait in checks.items()}
    found = (
        margin
        for wanted, outcome in results.runs.items()
        if not wanted.again
        for line in _looked_at(results, wanted, outcome)
        if (margin := _margin(wanted.name, line, possible[line.id])) is not None
    )
    return tuple(found)


def _looked_at(results: Results, wanted: Wanted, outcome: Outcome) -> Iterator[CriterionLine]:
    """Lines whose verdict the challenge stands on."""
    card = outcome.card
    if card is None:
        return
    if wanted.kind == "reference" or kind_of(wanted.name) == "accepted":
        yield from card.criteria
    if wanted.kind == "mutant":
        named = {f.id: f.costs for slot in results.challenge.slot for f in slot.fault}
        yield from (line for line in card.criteria if line.id in named[wanted.name])


def _margin(run: str, line: CriterionLine, possible: tuple[float, float]) -> Margin | None:
    if line.value is None or line.fraction is None or math.isinf(line.value):
        return None
    harder, easier = (_fraction(line, moved(line.band, by, possible)) for by in (MOVED, -MOVED))
    now = verdict(line.fraction)
    if all(other is None or verdict(other) == now for other in (harder, easier)):
        return None
    return Margin(
        run=run,
        criterion=line.id,
        value=line.value,
        fraction=float(line.fraction),
        harder=None if harder is None else float(harder),
        easier=None if easier is None else float(easier),
    )


def _fraction(line: CriterionLine, band: Band | None) -> Fraction | None:
    return None if band is None or line.value is None else band.fraction(line.value)


def verdict(fraction: Fraction) -> str:
    """What a person would say of it."""
    return "nothing" if fraction == 0 else "everything" if fraction == 1 else "a part"


def check_margins(margins: tuple[Margin, ...]) -> CheckResult:
    """Told, never held against a challenge: a fault may well cost a part of a criterion."""
    return CheckResult(
        id="margins",
        title="Verdicts stand when a band moves by a quarter of its width",
        notes=tuple(_told(one) for one in margins),
    )


def _told(one: Margin) -> str:
    ends = [
        f"{verdict(Fraction(share))} if the band were {word}"
        for word, share in (("harder", one.harder), ("easier", one.easier))
        if share is not None and verdict(Fraction(share)) != verdict(Fraction(one.fraction))
    ]
    earns = verdict(Fraction(one.fraction))
    return f"{one.run} earns {earns} of {one.criterion} ({one.value:.4g}); {', '.join(ends)}"
