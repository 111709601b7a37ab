"""What speaks against an answer: it decides whether a better model is asked, and how sure we are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.grounding import Grounded
from app.reading import Mention, event_dates
from app.rules import OTHER, PRODUCTS, has_right_check_digit

SURE_ENOUGH = 0.8
"""Below this a person looks: an adjuster's hour costs less than five wrong payments in a hundred."""
BASE = 3.6
WEIGHTS = {
    "dropped": 1.3,
    "missing": 1.6,
    "wrong_check_digit": 0.9,
    "other_policy": 1.2,
    "other_event_date": 1.0,
    "same_dates": 0.7,
    "no_category": 0.8,
    "other_product": 1.0,
    "no_invoice": 1.0,
    "amounts_differ": 0.5,
    "escalated": 0.4,
    "models_differ": 0.8,
}
"""Of a logistic, set by hand on the adjudicated claims in data/, see DECISIONS.md."""
WORTH_ASKING = 1.0
"""Doubt of this much is worth the price of the larger model."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Reasons to hesitate, by name, with how often each holds."""

    counts: tuple[tuple[str, int], ...]

    @property
    def weight(self) -> float:
        """All of them together."""
        return sum(WEIGHTS[name] * count for name, count in self.counts)

    @property
    def confidence(self) -> float:
        """Probability that the answer is right, 0..1, to three decimals."""
        return round(1 / (1 + math.exp(self.weight - BASE)), 3)

    def worth_asking(self) -> bool:
        """Whether the larger model might know better."""
        return self.weight >= WORTH_ASKING

    def with_more(self, **counts: int) -> "Doubt":
        """The same and some more."""
        return Doubt((*self.counts, *counts.items()))


def doubt_of(grounded: Grounded, mentions: Sequence[Mention]) -> Doubt:
    """What the answer leaves out, makes up, or contradicts."""
    fields = grounded.fields
    policies = {one.value for one in mentions if one.kind == "policy"}
    number = fields.policy_number
    loss = fields.loss_date.isoformat() if fields.loss_date else None
    told = event_dates(mentions)
    amounts = (fields.claimed_cents, fields.invoiced_cents)
    return Doubt(
        (
            ("dropped", len(grounded.dropped)),
            ("missing", len(fields.missing())),
            ("wrong_check_digit", int(number is not None and not has_right_check_digit(number))),
            ("other_policy", int(bool(policies - {number}))),
            ("other_event_date", int(loss is not None and bool(told) and loss not in told)),
            ("same_dates", int(loss is not None and fields.loss_date == fields.notice_date)),
            ("no_category", int(grounded.category == OTHER)),
            ("other_product", int(_is_of_another_product(grounded.category, number))),
            ("no_invoice", int(fields.invoiced_cents is None)),
            ("amounts_differ", int(None not in amounts and amounts[0] != amounts[1])),
        )
    )


def _is_of_another_product(category: str, number: str | None) -> bool:
    product = PRODUCTS.get(category)
    return product is not None and number is not None and not number.startswith(product.prefix)
