"""Whether all variants are equally hard: what their faults name, and what their starters score."""

from collections.abc import Iterable, Iterator

from assay.domain.challenge import Challenge
from assay.domain.scoring import rounded
from assay.toolkit.proving.covering import LOOKED_AT
from assay.toolkit.proving.proof import CheckResult, MatrixRow, Variants
from assay.toolkit.proving.runs import Results
from assay.toolkit.stakes import SPREAD, stake
from assay.toolkit.variants import all_faults, choose_variants, variants

LEFT_POINTS = 1.0
"""A fault that alone takes so much less than it says is told of where starters differ."""


def variants_of(results: Results) -> Variants:
    """How alike the starters are."""
    challenge = results.challenge
    tried = [(wanted.variant, outcome.total) for wanted, outcome in results.of("starter")]
    totals = [float(total) for _, total in tried if total is not None]
    return Variants(
        count=variants(challenge),
        tried=tuple(number for number, _ in tried),
        at_stake=at_stake_range(challenge),
        scores=(min(totals), max(totals)) if totals else None,
    )


def at_stake_range(challenge: Challenge) -> tuple[float, float]:
    """Least and most points that the faults of a variant cost, by what they say."""
    numbers = range(min(variants(challenge), LOOKED_AT))
    chosen = choose_variants(challenge, numbers)
    found = {stake(challenge, [one.fault for one in planted]) for planted in chosen}
    return min(found), max(found)


def check_variants(
    found: Variants, challenge: Challenge, matrix: Iterable[MatrixRow] = ()
) -> CheckResult:
    """Nobody is luckier than anybody else.

    Args:
        found: How alike the starters are.
        challenge: What its faults say that they take.
        matrix: What they took alone, to tell where the stakes were reckoned wrongly.
    """
    problems: list[str] = []
    notes: list[str] = []
    least, most = found.at_stake
    if most - least > SPREAD:
        problems.append(
            f"what the faults of a variant cost is {rounded(least)} to {rounded(most)} points, a "
            f"spread of more than {SPREAD}; balance the alternatives of a slot"
        )
    if found.scores:
        low, high = found.scores
        if high - low > SPREAD:
            problems.append(
                f"starters earn {rounded(low)} to {rounded(high)}, a spread of more than "
                f"{SPREAD} points"
            )
            notes += _misjudged(challenge, matrix)
    if len(found.tried) < found.count:
        notes.append(
            f"{len(found.tried)} of {found.count} variants were evaluated: every alternative, and "
            f"every pair of alternatives of two slots, is in one of a full proof's"
        )
    return CheckResult(
        id="variants",
        title=f"All variants are equally hard, within {SPREAD} points",
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _misjudged(challenge: Challenge, matrix: Iterable[MatrixRow]) -> Iterator[str]:
    """Faults that alone leave more of a criterion than they say."""
    points = {one.id: one.points for one in challenge.criterion}
    faults = {one.fault.id: one.fault for one in all_faults(challenge)}
    for row in matrix:
        for name in row.costs:
            lost, whole = row.cells[name].lost, points[name]
            said = faults[row.fault].takes(name) * whole
            if lost is not None and said - lost >= LEFT_POINTS:
                yield (
                    f"{row.fault} alone takes {rounded(lost)} of the {whole} points of {name}, and "
                    f"stakes are reckoned with {rounded(said)}: if it takes no more in a starter, "
                    "say so in its `partly`"
                )
