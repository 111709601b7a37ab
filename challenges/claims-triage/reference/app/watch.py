"""Whether what we do is still what we did: over the last claims, never over the last minutes.

PSI = sum over bins of (p - q) ln(p / q), as used in credit risk since Siddiqi (2006); its noise is
about (bins - 1) / rows, here 0.05.
"""

import math
from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Any

from app.rules import CATEGORIES, PRODUCTS

WINDOW = 150
SMOOTHING = 0.5
USUAL = {name: (1 / len(PRODUCTS) if name in PRODUCTS else 0.01) for name in CATEGORIES}
"""Shares of the categories among the adjudicated claims in data/: about the same for all."""
WAITING_MAX = 5_000
OUTCOMES = 200


class Watch:
    """The last decisions, and what adjusters said of them."""

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._categories: deque[str] = deque(maxlen=window)
        self._whole: deque[bool] = deque(maxlen=window)
        self._escalated: deque[bool] = deque(maxlen=window)
        self._waiting: OrderedDict[str, bool] = OrderedDict()
        self._overruled: deque[bool] = deque(maxlen=OUTCOMES)

    def decided(self, decision: Mapping[str, Any], *, whole: bool, escalated: bool) -> None:
        """Remember a decision. `whole` says that all of the model's answer stood in the documents."""
        if "model_unavailable" in decision["reasons"]:
            return
        self._categories.append(decision["category"])
        self._whole.append(whole)
        self._escalated.append(escalated)
        self._waiting[decision["claim_id"]] = decision["decision"] == "auto"
        while len(self._waiting) > WAITING_MAX:
            self._waiting.popitem(last=False)

    def labelled(self, claim_id: str, payable: bool) -> bool:
        """Note what the adjuster found; False if we no longer know what we had said."""
        taken = self._waiting.pop(claim_id, None)
        if taken is None:
            return False
        self._overruled.append(taken != payable)
        return True

    def category_psi(self) -> float | None:
        """How far recent categories are from the usual ones; None until the window is full."""
        if len(self._categories) < self._window:
            return None
        return sum(term for term, _ in self._terms().values())

    def category_shares(self) -> Mapping[str, float]:
        """Recent share of each category; nothing until the window is full."""
        if len(self._categories) < self._window:
            return {}
        return {name: share for name, (_, share) in self._terms().items()}

    def whole_share(self) -> float | None:
        """Share of recent answers of which nothing had to be dropped."""
        return _share(self._whole, self._window)

    def escalated_share(self) -> float | None:
        """Share of recent claims that the larger model was asked about."""
        return _share(self._escalated, self._window)

    def overruled_share(self) -> float | None:
        """Share of the last labels that disagree with us; None before there are fifty."""
        return _share(self._overruled, 50)

    def _terms(self) -> dict[str, tuple[float, float]]:
        total = len(self._categories) + SMOOTHING * len(USUAL)
        usual_total = sum(USUAL.values())
        terms = {}
        for name, usual in USUAL.items():
            now = (self._categories.count(name) + SMOOTHING) / total
            then = usual / usual_total
            terms[name] = ((now - then) * math.log(now / then), now)
        return terms


def _share(values: deque[bool], least: int) -> float | None:
    return sum(values) / len(values) if len(values) >= least else None
