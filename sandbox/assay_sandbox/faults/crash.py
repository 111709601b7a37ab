"""SIGKILL, and a start of the same container: the same on every engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from assay_sandbox.docker_call import Until
from assay_sandbox.engine import ContainerState, Exited


class Restartable(Protocol):
    """A container that can be killed and started again."""

    def state(self) -> ContainerState:
        """Whether its main process lives."""

    def crash(self, until: Until) -> None:
        """Kill it, and return once it is dead."""

    def start_again(self, until: Until) -> None:
        """Start it; nothing happens if it runs or is gone."""


@dataclass(slots=True)
class Crash:
    """A container that died by itself stays dead: that is its own doing."""

    container: Restartable
    _killed: bool = field(init=False, default=False)

    def pull(self, settings: Mapping[str, float], until: Until) -> None:
        """Kill."""
        if not isinstance(self.container.state(), Exited):
            self._killed = True
            self.container.crash(until)

    def release(self, until: Until) -> None:
        """Start."""
        if self._killed:
            self.container.start_again(until)
            self._killed = False
