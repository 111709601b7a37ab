"""Whether all variants are equally hard: what their faults name, and what their starters score."""

from assay.domain.challenge import Challenge
from assay.domain.scoring import rounded
from assay.toolkit.proving.covering import LOOKED_AT
from assay.toolkit.proving.proof import CheckResult, Variants
from assay.toolkit.proving.runs import Results
from assay.toolkit.stakes import SPREAD, stake
from assay.toolkit.variants import choose_variants, variants


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


def at_stake_range(challenge: Challenge) -> tuple[int, int]:
    """Least and most points that the faults of a variant name."""
    numbers = range(min(variants(challenge), LOOKED_AT))
    chosen = choose_variants(challenge, numbers)
    found = {stake(challenge, [one.fault for one in planted]) for planted in chosen}
    return min(found), max(found)


def check_variants(found: Variants) -> CheckResult:
    """Nobody is luckier than anybody else."""
    problems, notes = [], []
    least, most = found.at_stake
    if most - least > SPREAD:
        problems.append(
            f"what the faults of a variant name is worth {least} to {most} points, a spread of "
            f"more than {SPREAD}; balance the alternatives of a slot"
        )
    if found.scores:
        low, high = found.scores
        if high - low > SPREAD:
            problems.append(
                f"starters earn {rounded(low)} to {rounded(high)}, a spread of more than "
                f"{SPREAD} points"
            )
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
