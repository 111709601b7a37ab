"""A fault that knows whether it is on: what makes any pair of levers safe to call twice."""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from assay_sandbox.docker_call import Until
from assay_sandbox.engine import Capability
from assay_sandbox.errors import EngineFault, SandboxError
from assay_sandbox.fault import Fault
from assay_sandbox.faults.registry import DOWN_S, FAULTS, checked

HEAL_S = 30.0
"""Time a fault has to heal by itself."""


class Lever(Protocol):
    """How an engine does one thing to one container, and undoes it.

    Both are called in turns and never at the same time. Both do nothing, and raise nothing,
    if the container has ended by itself or is gone.
    """

    def pull(self, settings: Mapping[str, float], until: Until) -> None:
        """Do it.

        Raises:
            EngineFault: the engine failed; maybe it was done, maybe in part.
        """

    def release(self, until: Until) -> None:
        """Undo it, also what a `pull` that failed may have done.

        Raises:
            EngineFault: the engine failed.
        """


class HeldFault:
    """The `Fault` protocol on a lever; see there."""

    def __init__(self, name: str, lever: Lever) -> None:
        self._name = name
        self._lever = lever
        self._on = False
        self._to_undo = False
        self._timer: threading.Timer | None = None
        self._turn = threading.Lock()

    def inject(self, settings: Mapping[str, Any], *, deadline_s: float) -> None:
        """Do it, unless it is on already."""
        values, until = checked(self._name, settings), Until.after(deadline_s)
        with self._in_turn(until):
            if self._on:
                return
            self._to_undo = True
            self._lever.pull(values, until)
            self._on = True
            if values.get(DOWN_S):
                self._heal_after(values[DOWN_S])

    def heal(self, *, deadline_s: float) -> None:
        """Undo it, if anything was done."""
        until = Until.after(deadline_s)
        with self._in_turn(until):
            self._stop_timer()
            self._undo(until)

    def _undo(self, until: Until) -> None:
        if self._to_undo:
            self._lever.release(until)
            self._on = self._to_undo = False

    def _heal_after(self, seconds: float) -> None:
        self._stop_timer()
        timer = threading.Timer(seconds, self._time_is_up)
        timer.daemon = True
        self._timer = timer
        timer.start()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_is_up(self) -> None:
        """Heal, unless somebody did; if it fails, `heal` tries again and tells why."""
        mine = threading.current_thread()
        until = Until.after(HEAL_S)
        with contextlib.suppress(SandboxError), self._in_turn(until):
            if self._timer is mine:
                self._undo(until)

    @contextlib.contextmanager
    def _in_turn(self, until: Until) -> Iterator[None]:
        if not self._turn.acquire(timeout=until.left_s()):
            raise EngineFault(
                f"the fault {self._name} was still being made or healed at the deadline",
                remedy="see whether the engine hangs; ask again",
            )
        try:
            yield
        finally:
            self._turn.release()


def faults_of(levers: Mapping[str, Lever], capabilities: frozenset[Capability]) -> dict[str, Fault]:
    """The faults an engine declares, on its levers for one container."""
    return {
        name: HeldFault(name, levers[name])
        for name, kind in FAULTS.items()
        if kind.capability in capabilities
    }
