"""The engine's `FaultInjector` on a sandbox container."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.adapters.faults import ours
from assay.kit.deadline import Deadline
from assay_sandbox.engine import Container, Engine
from assay_sandbox.faults.registry import FAULTS


@dataclass(frozen=True, slots=True)
class ServiceFaults:
    """Faults of the submission's container; none runs before its first start."""

    engine: Engine
    container: Container | None

    def can(self, fault: str) -> bool:
        """See `FaultInjector.can`."""
        return fault in FAULTS and FAULTS[fault].capability in self.engine.capabilities

    def inject(self, fault: str, settings: Mapping[str, Any], *, deadline: Deadline) -> None:
        """See `FaultInjector.inject`."""
        if self.container is not None:
            with ours(f"making the fault {fault}"):
                self.container.fault(fault).inject(settings, deadline_s=deadline.remaining_s())

    def heal(self, fault: str, *, deadline: Deadline) -> None:
        """See `FaultInjector.heal`."""
        if self.container is not None and self.can(fault):
            with ours(f"healing the fault {fault}"):
                self.container.fault(fault).heal(deadline_s=deadline.remaining_s())
