"""The published rules as a table: reason, and the condition under which it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

LIMITS = {
    "motor_damage": ("MO", 3000, 300),
    "home_water": ("HO", 2500, 150),
    "home_burglary": ("HO", 1500, 150),
    "storm_damage": ("HO", 4000, 250),
    "travel_cancellation": ("TR", 2000, 100),
    "travel_medical": ("TR", 1500, 50),
    "liability_property": ("LI", 2000, 0),
}
"""Category -> letters of its policies, limit and deductible in EUR."""
KINDS = (*LIMITS, "other")
NOTICE_DAYS = 30


@dataclass(frozen=True)
class Facts:
    """What was read. Amounts in cents."""

    category: str = "other"
    policy: str | None = None
    loss: str | None = None
    notice: str | None = None
    claimed: int | None = None
    invoiced: int | None = None
    claimant: str | None = None
    counterparty: str | None = None
    disputed: bool = False

    @property
    def waited_days(self) -> int | None:
        """Days from loss to notice."""
        if not self.loss or not self.notice:
            return None
        return (date.fromisoformat(self.notice) - date.fromisoformat(self.loss)).days

    def shown(self) -> dict[str, str | float | None]:
        """The fields of an answer."""
        return {
            "policy_number": self.policy,
            "loss_date": self.loss,
            "notice_date": self.notice,
            "claimed_eur": None if self.claimed is None else self.claimed / 100,
            "invoiced_eur": None if self.invoiced is None else self.invoiced / 100,
            "claimant": self.claimant,
            "counterparty": self.counterparty,
        }

    def missing(self) -> list[str]:
        """Required fields that nobody found."""
        needed = {"policy_number": self.policy, "loss_date": self.loss, "notice_date": self.notice,
                  "claimed_eur": self.claimed, "claimant": self.claimant}
        return [name for name, value in needed.items() if value is None]


def luhn(number: str) -> bool:
    """Whether the check digit is right (ISO/IEC 7812-1)."""
    digits = [int(c) for c in number if c.isdigit()]
    doubled = (d * 2 if i % 2 else d for i, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


RULES: tuple[tuple[str, Callable[[Facts], bool]], ...] = (
    ("category_unknown", lambda f: f.category not in LIMITS),
    ("over_limit", lambda f: f.category in LIMITS and f.claimed is not None and f.claimed > LIMITS[f.category][1] * 100),
    ("late_notice", lambda f: f.waited_days is not None and f.waited_days > NOTICE_DAYS),
    ("amount_mismatch", lambda f: None not in (f.claimed, f.invoiced) and f.claimed != f.invoiced),
    ("documents_disagree", lambda f: f.disputed),
    ("document_missing", lambda f: f.invoiced is None),
    ("policy_number_invalid", lambda f: f.policy is not None and not luhn(f.policy)),
    ("policy_product_mismatch", lambda f: f.policy is not None and f.category in LIMITS and not f.policy.startswith(LIMITS[f.category][0])),
    ("dates_inconsistent", lambda f: f.waited_days is not None and f.waited_days < 0),
    ("field_missing", lambda f: bool(f.missing())),
)


def reasons_of(facts: Facts) -> list[str]:
    """Every reason that holds, in the published order."""
    return [reason for reason, holds in RULES if holds(facts)]


def payable_eur(facts: Facts) -> float | None:
    """The smaller amount less the deductible; None where no amount is known."""
    known = [cents for cents in (facts.claimed, facts.invoiced) if cents is not None]
    if not known:
        return None
    return max(0, min(known) - LIMITS.get(facts.category, ("", 0, 0))[2] * 100) / 100
