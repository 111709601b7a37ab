"""Who measures on which cores: each slot of a worker has some that no other slot has."""

import threading
from collections.abc import Collection, Iterable

from assay.domain.errors import BadInput, PlatformFault

CoreSet = tuple[int, ...]


def core_sets(cores: Collection[int], slots: int, *, service_cores: int = 1) -> tuple[CoreSet, ...]:
    """Divide a worker's cores among its slots, neighbours together.

    A single slot gets all of them, however few; each of several needs the cores of the largest
    service and one for the probe, or evaluations would measure each other.

    Args:
        cores: Numbers of those this process may use.
        slots: Evaluations at once.
        service_cores: Most that any challenge gives to a service.

    Raises:
        BadInput: there are too few cores for so many slots.
    """
    ordered, needed = tuple(sorted(cores)), service_cores + 1
    most = max(1, len(ordered) // needed)
    if not 1 <= slots <= most:
        raise BadInput(
            f"{slots} evaluations at once need {slots * needed} cores ({service_cores} for the "
            f"service and 1 for the probe each), and this worker has {len(ordered)}; "
            f"set ASSAY_WORKER_SLOTS to a number from 1 to {most}"
        )
    size = len(ordered) // slots
    return tuple(ordered[slot * size : (slot + 1) * size] for slot in range(slots))


class CorePool:
    """Core sets, each lent to one evaluation at a time. Safe to use from any thread."""

    def __init__(self, sets: Iterable[CoreSet]) -> None:
        self._free = list(sets)
        self._lock = threading.Lock()

    def take(self) -> CoreSet:
        """A set that nobody has.

        Raises:
            PlatformFault: all are lent.
        """
        with self._lock:
            if not self._free:
                raise PlatformFault(
                    "every slot of this worker measures already",
                    remedy="run no more evaluations at once than the worker has slots",
                )
            return self._free.pop(0)

    def give_back(self, cores: CoreSet) -> None:
        """Let somebody else have it."""
        with self._lock:
            self._free.append(cores)
