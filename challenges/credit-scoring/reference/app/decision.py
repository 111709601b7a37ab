"""From a probability to what the caller does. Thresholds belong to Risk."""

from typing import Literal

APPROVE_BELOW = 0.25
DECLINE_FROM = 0.50

Decision = Literal["approve", "refer", "decline"]


def decide(probability: float) -> Decision:
    """Approve what is safe, decline what is not, let a person look at the rest."""
    if probability < APPROVE_BELOW:
        return "approve"
    return "refer" if probability < DECLINE_FROM else "decline"
