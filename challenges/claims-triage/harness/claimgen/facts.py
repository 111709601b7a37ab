"""What happened, whatever anybody wrote about it, and what follows by the published rules."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from claimgen.products import (
    NOTICE_DAYS,
    OTHER,
    PRODUCTS,
    is_valid,
    policy_number,
    product_of,
    with_wrong_check,
)

FIELDS = (
    "policy_number",
    "loss_date",
    "notice_date",
    "claimed_eur",
    "invoiced_eur",
    "claimant",
    "counterparty",
)

FLAWS = (
    "over_limit",
    "late_notice",
    "amount_mismatch",
    "documents_disagree",
    "document_missing",
    "policy_number_invalid",
    "policy_product_mismatch",
    "dates_inconsistent",
)
"""Why a claim of a listed category goes to a person, in the order of the brief."""

EXCLUDES = {
    "late_notice": {"dates_inconsistent"},
    "dates_inconsistent": {"late_notice"},
    "amount_mismatch": {"document_missing"},
    "document_missing": {"amount_mismatch"},
}
"""No claim can have both."""

WITH_COUNTERPARTY = {"liability_property": 1.0, "motor_damage": 0.8, "home_water": 0.3}
"""Share of the claims of a category in which somebody else has a part."""

FIRST_DAY, DAYS = date(2025, 1, 2), 620


@dataclass(frozen=True, slots=True)
class Facts:
    """The truth of a claim. Amounts in cents.

    Attributes:
        kind: What it really is; a category, or something that no list has.
        disputed_loss_date: What the report says when it contradicts the claimant.
    """

    kind: str
    policy_number: str
    loss_date: date
    notice_date: date
    claimed_cents: int
    invoiced_cents: int | None
    claimant: str
    counterparty: str | None
    disputed_loss_date: date | None = None

    @property
    def category(self) -> str:
        """As an answer should have it."""
        return self.kind if self.kind in PRODUCTS else OTHER

    def fields(self) -> dict[str, str | float | None]:
        """The fields of a right answer."""
        return {
            "policy_number": self.policy_number,
            "loss_date": self.loss_date.isoformat(),
            "notice_date": self.notice_date.isoformat(),
            "claimed_eur": self.claimed_cents / 100,
            "invoiced_eur": None if self.invoiced_cents is None else self.invoiced_cents / 100,
            "claimant": self.claimant,
            "counterparty": self.counterparty,
        }


def reasons_of(facts: Facts) -> list[str]:
    """Every published reason that holds, in the order of the brief; none means `auto`."""
    product = product_of(facts.kind)
    known = facts.category != OTHER
    waited_days = (facts.notice_date - facts.loss_date).days
    invoiced = facts.invoiced_cents
    holds = {
        "category_unknown": not known,
        "over_limit": known and facts.claimed_cents > product.limit_eur * 100,
        "late_notice": waited_days > NOTICE_DAYS,
        "amount_mismatch": invoiced is not None and invoiced != facts.claimed_cents,
        "documents_disagree": facts.disputed_loss_date is not None,
        "document_missing": invoiced is None,
        "policy_number_invalid": not is_valid(facts.policy_number),
        "policy_product_mismatch": known and not facts.policy_number.startswith(product.prefix),
        "dates_inconsistent": waited_days < 0,
    }
    return [reason for reason, true in holds.items() if true]


def payable_eur(facts: Facts) -> float:
    """What would be paid: the smaller amount less the deductible, never below nothing."""
    invoiced = facts.claimed_cents if facts.invoiced_cents is None else facts.invoiced_cents
    deductible = product_of(facts.kind).deductible_eur * 100
    return max(0, min(facts.claimed_cents, invoiced) - deductible) / 100


def draw_flaws(rng: random.Random, share: float) -> frozenset[str]:
    """None for most; one for most of the others, sometimes two that can both be."""
    if rng.random() >= share:
        return frozenset()
    first, second = rng.sample(FLAWS, 2)
    both = rng.random() < 0.08 and second not in EXCLUDES.get(first, ())
    return frozenset({first, second} if both else {first})


def draw_facts(
    rng: random.Random, kind: str, serial: int, people: tuple[str, str], flaws: Collection[str]
) -> Facts:
    """Facts in which exactly the flaws hold. `people` are the claimant and somebody else."""
    loss, notice = _draw_dates(rng, flaws)
    claimed, invoiced = _draw_amounts(rng, kind, flaws)
    disputed = loss + timedelta(days=rng.choice((-9, -4, -2, 2, 3, 8)))
    takes_part = rng.random() < WITH_COUNTERPARTY.get(kind, 0)
    return Facts(
        kind=kind,
        policy_number=_draw_policy(rng, kind, serial, flaws),
        loss_date=loss,
        notice_date=notice,
        claimed_cents=claimed,
        invoiced_cents=invoiced,
        claimant=people[0],
        counterparty=people[1] if takes_part else None,
        disputed_loss_date=disputed if "documents_disagree" in flaws else None,
    )


def _draw_policy(rng: random.Random, kind: str, serial: int, flaws: Collection[str]) -> str:
    prefix = product_of(kind).prefix
    if "policy_product_mismatch" in flaws:
        others = {product.prefix for product in PRODUCTS.values()} - {prefix}
        prefix = rng.choice(sorted(others))
    number = policy_number(prefix, serial)
    return with_wrong_check(number) if "policy_number_invalid" in flaws else number


def _draw_dates(rng: random.Random, flaws: Collection[str]) -> tuple[date, date]:
    loss = FIRST_DAY + timedelta(days=rng.randrange(DAYS))
    if "late_notice" in flaws:
        waited = rng.randint(NOTICE_DAYS + 2, 120)
    elif "dates_inconsistent" in flaws:
        waited = -rng.randint(1, 20)
    else:
        waited = rng.randint(1, NOTICE_DAYS - 4)
    return loss, loss + timedelta(days=waited)


def _draw_amounts(rng: random.Random, kind: str, flaws: Collection[str]) -> tuple[int, int | None]:
    product = product_of(kind)
    low, high = product.deductible_eur + 40, product.limit_eur
    if "over_limit" in flaws:
        claimed = rng.randint(round(high * 103), high * 300)
    else:
        share = min(0.97, rng.betavariate(1.6, 3.5) + 0.01)
        claimed = round((low + (high - low) * share) * 100) + rng.randint(0, 99)
    if "document_missing" in flaws:
        return claimed, None
    if "amount_mismatch" in flaws:
        factor = rng.choice((rng.uniform(0.5, 0.9), rng.uniform(1.1, 1.6)))
        return claimed, round(claimed * factor)
    return claimed, claimed
