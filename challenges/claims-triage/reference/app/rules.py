"""The authority of this service, as the insurer has published it. Code decides, never a model."""

import re
from dataclasses import dataclass
from datetime import date

OTHER = "other"
NOTICE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Product:
    """What a category needs to be decided without a person."""

    prefix: str
    limit_cents: int
    deductible_cents: int


PRODUCTS = {
    "motor_damage": Product("MO", 300_000, 30_000),
    "home_water": Product("HO", 250_000, 15_000),
    "home_burglary": Product("HO", 150_000, 15_000),
    "storm_damage": Product("HO", 400_000, 25_000),
    "travel_cancellation": Product("TR", 200_000, 10_000),
    "travel_medical": Product("TR", 150_000, 5_000),
    "liability_property": Product("LI", 200_000, 0),
}
CATEGORIES = (*PRODUCTS, OTHER)
POLICY = re.compile(r"([A-Z]{2})-(\d{4})-(\d{4})-(\d)")

REASONS = (
    "category_unknown",
    "over_limit",
    "late_notice",
    "amount_mismatch",
    "documents_disagree",
    "document_missing",
    "policy_number_invalid",
    "policy_product_mismatch",
    "dates_inconsistent",
    "field_missing",
    "low_confidence",
    "suspected_manipulation",
    "model_unavailable",
)
REQUIRED = ("policy_number", "loss_date", "notice_date", "claimed_eur", "claimant")


@dataclass(frozen=True, slots=True)
class Fields:
    """What the documents say; None where they do not. Amounts in cents."""

    policy_number: str | None = None
    loss_date: date | None = None
    notice_date: date | None = None
    claimed_cents: int | None = None
    invoiced_cents: int | None = None
    claimant: str | None = None
    counterparty: str | None = None

    def missing(self) -> list[str]:
        """Names of the required fields that nobody found."""
        mine = {"claimed_eur": self.claimed_cents}
        return [name for name in REQUIRED if mine.get(name, getattr(self, name, None)) is None]


def has_right_check_digit(number: str) -> bool:
    """Luhn over all nine digits (ISO/IEC 7812-1)."""
    found = POLICY.fullmatch(number)
    if not found:
        return False
    digits = [int(digit) for digit in number if digit.isdigit()]
    doubled = (d * 2 if i % 2 else d for i, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def reasons_against(category: str, fields: Fields, disputed: bool) -> list[str]:
    """Every published reason for a person to look, in the published order.

    Args:
        disputed: Whether a document gives another day of the event.
    """
    product = PRODUCTS.get(category)
    holds = {
        "category_unknown": product is None,
        **_of_amounts(product, fields),
        **_of_dates(fields),
        "documents_disagree": disputed,
        **_of_policy(product, fields.policy_number),
        "field_missing": bool(fields.missing()),
    }
    return [reason for reason in REASONS if holds.get(reason)]


def payable_cents(category: str, fields: Fields) -> int | None:
    """The smaller amount less the deductible; None where no amount is known."""
    known = [c for c in (fields.claimed_cents, fields.invoiced_cents) if c is not None]
    if not known:
        return None
    product = PRODUCTS.get(category)
    return max(0, min(known) - (product.deductible_cents if product else 0))


def _of_amounts(product: Product | None, fields: Fields) -> dict[str, bool]:
    claimed, invoiced = fields.claimed_cents, fields.invoiced_cents
    return {
        "over_limit": product is not None and claimed is not None and claimed > product.limit_cents,
        "amount_mismatch": None not in (claimed, invoiced) and claimed != invoiced,
        "document_missing": invoiced is None,
    }


def _of_dates(fields: Fields) -> dict[str, bool]:
    if fields.loss_date is None or fields.notice_date is None:
        return {}
    waited_days = (fields.notice_date - fields.loss_date).days
    return {"late_notice": waited_days > NOTICE_DAYS, "dates_inconsistent": waited_days < 0}


def _of_policy(product: Product | None, number: str | None) -> dict[str, bool]:
    if number is None:
        return {}
    return {
        "policy_number_invalid": not has_right_check_digit(number),
        "policy_product_mismatch": product is not None and not number.startswith(product.prefix),
    }
