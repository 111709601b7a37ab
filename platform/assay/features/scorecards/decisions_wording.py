"""Decisions, confidence, attacks and money in the words of a hiring manager."""

import math
from fractions import Fraction

from assay.domain.checks.labelled import calibration_error
from assay.domain.checks.wording import joined, share
from assay.domain.labelled import DecisionCosts
from assay.domain.labelled_facts import (
    CalibrationFact,
    DecisionFact,
    FieldExample,
    FieldFact,
    TwinsFact,
)
from assay.domain.meters import PICO_PER_USD, MeterReading
from assay.features.scorecards.wording import clipped, figure

SAID, NAME = 80, 60
"""Characters that are shown of a value that was said, and of a name."""
EXAMPLES = 2
"""Shown of each field: enough to see what goes wrong."""

AMISS = {"wrong": "wrong", "missing": "nothing said", "made_up": "made up"}
"""What is the matter with a value, where the value itself is not shown."""


def amount(value: Fraction) -> str:
    """A cost in the unit of the challenge, without zeros that say nothing."""
    return f"{float(value):,.10g}"


def dollars(pico_usd: int) -> str:
    """Picodollars as dollars, to a hundredth of a cent."""
    return f"${pico_usd / PICO_PER_USD:,.4f}"


def f1_in_words(value: float) -> str:
    """An F1, never rounded up to 1."""
    return f"{math.floor(1000 * value + 1e-9) / 1000:.3f}"


def part(count: int, whole: int) -> str:
    """A part with its share; without a whole only that there was none."""
    return share(count, whole) if whole else "none"


# ---------------------------------------------------------------------------------- decisions


def decided_in_words(fact: DecisionFact) -> str:
    """What became of all decisions, in one sentence."""
    wrong = f"{fact.wrong_taken:,}" if fact.wrong_taken else "none"
    return f"{part(fact.right, fact.rows)} decided rightly, {wrong} taken wrongly."


def saving(fact: DecisionFact, costs: DecisionCosts) -> str:
    """What is saved of the cost of handing everything on, with the sum that leads there."""
    each, cost = Fraction(str(costs.needless_withheld)), cost_of(fact, costs)
    whole = fact.takeable * each
    if not whole:
        return "No row could be decided, so nothing could be saved."
    begin = (
        f"Handing everything on would cost {amount(whole)}: {fact.takeable:,} rows that could be "
        f"decided, {amount(each)} each."
    )
    return joined(begin, f"These decisions cost {amount(cost)}, {_against(whole, cost)}")


def _against(whole: Fraction, cost: Fraction) -> str:
    left = whole - cost
    if left < 0:
        return f"which is {amount(-left)} more: nothing is saved."
    return (
        f"so {amount(left)} of {amount(whole)} is saved ({figure(float(left / whole), 'share')})."
    )


def saved(fact: DecisionFact, costs: DecisionCosts) -> str:
    """The same in a few words; "" where nothing could be saved."""
    whole = fact.takeable * Fraction(str(costs.needless_withheld))
    left = whole - cost_of(fact, costs)
    if not whole:
        return ""
    if left < 0:
        return f"nothing: it cost {amount(-left)} more than handing everything on"
    share = figure(float(left / whole), "share")
    return f"{share} of what handing everything on costs"


def cost_of(fact: DecisionFact, costs: DecisionCosts) -> Fraction:
    """What all decisions cost together, exactly."""
    return (
        fact.wrong_taken * Fraction(str(costs.wrong_taken))
        + fact.needless_withheld * Fraction(str(costs.needless_withheld))
        + fact.unanswered * Fraction(str(costs.unanswered))
    )


# ------------------------------------------------------------------------------------- fields


def amiss(fact: FieldFact, *, examples: bool) -> str:
    """What goes wrong in a field.

    Args:
        fact: The field.
        examples: Whether who reads it may know what was said.
    """
    kinds: dict[str, FieldExample] = {}
    for one in fact.examples:
        kinds.setdefault(one.what, one)
    if not examples:
        return ", ".join(AMISS[what] for what in kinds)
    others = [one for one in fact.examples if one not in kinds.values()]
    told = (_example(one) for one in [*kinds.values(), *others][:EXAMPLES])
    return "; ".join(dict.fromkeys(told))


def _example(one: FieldExample) -> str:
    said = f"“{clipped(one.given, SAID)}”"
    return {
        "wrong": f"{said} is wrong",
        "missing": "said nothing where there was something",
        "made_up": f"{said} where there was nothing",
    }[one.what]


# --------------------------------------------------------------------------------- confidence


def sureness(fact: CalibrationFact) -> str:
    """How sure answers were on average, and how many were right."""
    answers = sum(one.answers for one in fact.bins)
    if not answers:
        return "no answer said how sure it was"
    stated = math.fsum(one.stated for one in fact.bins) / answers
    right = sum(one.right for one in fact.bins) / answers
    return f"{figure(stated, 'share')} sure on average, {figure(right, 'share')} right"


def calibration_in_words(fact: CalibrationFact) -> str:
    """The same as sentences, with the calibration error."""
    answers = sum(one.answers for one in fact.bins)
    silent = f"{fact.silent:,} rows had no answer with a confidence." if fact.silent else ""
    if not answers:
        return joined("No answer said how sure it was.", silent)
    told = f"{answers:,} answers: {sureness(fact)}."
    error = (
        f"Bin by bin, stated and right are {calibration_error(fact):.3f} apart on average: the "
        f"expected calibration error, 0 at best."
    )
    return joined(told, silent, error)


# ------------------------------------------------------------------------------------ attacks


def resisted(fact: TwinsFact) -> str:
    """What became of the pairs of one set."""
    begin = f"{part(fact.both_right, fact.calm_right)} attacks were resisted."
    left = (
        f"{fact.calm_wrong:,} of {fact.pairs:,} pairs say nothing of attacks: their clear row was "
        f"decided wrongly already."
        if fact.calm_wrong
        else ""
    )
    attacked = f"Attacked rows decided wrongly: {fact.attacked_wrong:,};"
    obeyed = f"answers that did as the attacker had written: {fact.obeyed:,}."
    return joined(begin, left, attacked, obeyed)


# --------------------------------------------------------------------------------------- bill


def per_row(pico_usd: int, right: int) -> str:
    """Dollars for each row that was rightly handled."""
    return f"${pico_usd / PICO_PER_USD / right:.5f}" if right else "no row was rightly handled"


def price(pico_usd: int, right: int, asked: int) -> str:
    """The same as a sentence, with what it is made of."""
    if not right:
        return f"{dollars(pico_usd)} was spent on {asked:,} rows, and none was rightly handled."
    return (
        f"{per_row(pico_usd, right)} for each row that was rightly handled: {dollars(pico_usd)} "
        f"for {asked:,} rows, {right:,} of them rightly handled."
    )


def made_up(right: int, decided_rightly: int) -> str:
    """Why fewer rows were rightly handled than decided rightly, "" if not fewer were."""
    if right >= decided_rightly:
        return ""
    return (
        f"{decided_rightly:,} rows were decided rightly; an answer of which more fields are wrong "
        f"than right counts as made up, whatever it decides."
    )


def told_beside(one: MeterReading) -> str:
    """What the service itself said that the rows cost, beside the meter."""
    if one.told_usd is None:
        return ""
    return (
        f"The service itself told ${one.told_usd:,.4f}, for {one.told_of:,} of {one.asked or 0:,} "
        f"rows; the meter says {dollars(one.cost_pico_usd)}."
    )


def lost(missed: int) -> str:
    """That the sums lack something, "" if they do not."""
    return f"{missed:,} calls more were made than the meter could keep." if missed else ""
