"""An engine's faults without an engine: what is on is a set, every call is remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.kit.clock import Clock
from assay.kit.deadline import Deadline

INJECT, HEAL = "inject", "heal"


@dataclass(slots=True)
class FakeFaults:
    """A `FaultInjector`.

    Attributes:
        unable: Faults this engine cannot do.
        takes_s: How long every call takes.
        broken: (call, fault) -> errors of the next such calls, first one first.
        on: What is in force now.
        calls: (call, fault), in order; also those that failed.
        settings: Of every injection, in order.
        given_s: Seconds every call was given.
    """

    clock: Clock | None = None
    unable: frozenset[str] = frozenset()
    takes_s: float = 0.0
    broken: dict[tuple[str, str], list[Exception]] = field(default_factory=dict)
    on: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)
    settings: list[Mapping[str, Any]] = field(default_factory=list)
    given_s: list[float] = field(default_factory=list)

    def can(self, fault: str) -> bool:
        return fault not in self.unable

    def inject(self, fault: str, settings: Mapping[str, Any], *, deadline: Deadline) -> None:
        self.settings.append(settings)
        self.on.add(fault)  # even if it breaks: something of it is done then
        self._called(INJECT, fault, deadline)

    def heal(self, fault: str, *, deadline: Deadline) -> None:
        self._called(HEAL, fault, deadline)
        self.on.discard(fault)

    def _called(self, call: str, fault: str, deadline: Deadline) -> None:
        self.calls.append((call, fault))
        self.given_s.append(deadline.remaining_s())
        if self.takes_s and self.clock is not None:
            self.clock.wait(self.takes_s)
        if errors := self.broken.get((call, fault)):
            raise errors.pop(0)
