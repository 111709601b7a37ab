"""What we said and how it ended: labels arrive months later, some never."""

from collections import OrderedDict, deque
from collections.abc import Iterable

MAX_WAITING = 5_000
MAX_OUTCOMES = 300


class Outcomes:
    """Joins delayed labels with the scores they belong to; both sides have a limit."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, float] = OrderedDict()
        self._squared_errors: deque[float] = deque(maxlen=MAX_OUTCOMES)

    def scored(self, scores: Iterable[tuple[str, float]]) -> None:
        """Remember (application id, probability) until its label comes."""
        for application_id, probability in scores:
            self._waiting[application_id] = probability
            self._waiting.move_to_end(application_id)
        while len(self._waiting) > MAX_WAITING:
            self._waiting.popitem(last=False)

    def labelled(self, application_id: str, defaulted: bool) -> bool:
        """Note how it ended; False if we no longer know what we had said."""
        probability = self._waiting.pop(application_id, None)
        if probability is None:
            return False
        self._squared_errors.append((probability - defaulted) ** 2)
        return True

    def brier_score(self) -> float | None:
        """Mean squared error of the last labelled scores; None before the first label."""
        if not self._squared_errors:
            return None
        return sum(self._squared_errors) / len(self._squared_errors)
