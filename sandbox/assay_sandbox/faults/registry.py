"""Every fault by name: what an engine must be able to do for it, and what it can be told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assay_sandbox.engine import Capability
from assay_sandbox.errors import SpecRefused


@dataclass(frozen=True, slots=True)
class Setting:
    """A number a fault is told, from `least` to `most`; needed where it has no default."""

    least: float
    most: float
    default: float | None = None


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One fault.

    Attributes:
        capability: Declared by engines that can do it.
        settings: Name -> what is accepted.
    """

    capability: Capability
    settings: Mapping[str, Setting] = field(default_factory=dict)


DOWN_S = "down_s"
"""Seconds after which it heals by itself; 0 waits for `heal`."""

FAULTS: dict[str, FaultKind] = {
    # Every process stops where it is, connections stay open.
    "hang": FaultKind(Capability.HANG),
    # SIGKILL; the same container is started again when healed.
    "crash": FaultKind(Capability.CRASH, {DOWN_S: Setting(0, 600, default=0)}),
    # All its processes together get this share of one core.
    "cpu_throttle": FaultKind(Capability.CPU_THROTTLE, {"share": Setting(0.01, 64)}),
    # The limit sinks to what it holds now and so many MiB more.
    "memory_pressure": FaultKind(
        Capability.MEMORY_PRESSURE, {"headroom_mib": Setting(1, 1_048_576)}
    ),
    # Nobody reaches it and it reaches nobody; it keeps its address.
    "network_cut": FaultKind(Capability.NETWORK_CUT),
    # Not a byte more can be written to its file systems.
    "disk_full": FaultKind(Capability.DISK_FULL),
}


def checked(fault: str, settings: Mapping[str, Any]) -> dict[str, float]:
    """The settings of a fault with their defaults.

    Raises:
        SpecRefused: unknown, missing or impossible ones; the message names them all.
    """
    accepted = FAULTS[fault].settings
    problems = [f"{name} is not one of its settings" for name in settings if name not in accepted]
    values = {name: settings.get(name, kind.default) for name, kind in accepted.items()}
    problems += [
        problem for name, value in values.items() for problem in _wrong(name, value, accepted[name])
    ]
    if problems:
        raise SpecRefused(
            f"the fault {fault} cannot be made: {'; '.join(problems)}",
            remedy="correct the incident's settings",
        )
    return {name: float(value) for name, value in values.items()}


def _wrong(name: str, value: object, kind: Setting) -> Iterator[str]:
    if value is None:
        yield f"{name} is missing"
    elif isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{name} is {value!r} and must be a number"
    elif not kind.least <= value <= kind.most:
        yield f"{name} is {value:g} and must be from {kind.least:g} to {kind.most:g}"
