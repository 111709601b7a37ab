"""Counts wrong tokens, so that nobody can try many. Right ones are never counted."""

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field

MAX_KEYS = 10_000
"""Addresses and repositories remembered; the one unused longest is forgotten first."""


@dataclass(slots=True)
class WrongTries:
    """Wrong tries per key within a sliding time.

    Attributes:
        most: So many are taken; then the key has to wait.
        within_s: How long one is remembered.
    """

    most: int
    within_s: float
    _tries: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, key: str, now_s: float) -> None:
        """Remember one."""
        with self._lock:
            self._tries.setdefault(key, deque(maxlen=self.most)).append(now_s)
            self._tries.move_to_end(key)
            while len(self._tries) > MAX_KEYS:
                self._tries.popitem(last=False)

    def wait_s(self, key: str, now_s: float) -> float:
        """How long the key has to wait before its next try; 0 if it need not."""
        with self._lock:
            tries = self._tries.get(key, deque())
            if len(tries) < self.most:
                return 0.0
            return max(0.0, tries[0] + self.within_s - now_s)
