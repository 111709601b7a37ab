"""Something that can be done to a running container, and undone: what an engine hands out."""

from collections.abc import Mapping
from typing import Any, Protocol


class Fault(Protocol):
    """One fault of one container. It is on or off; repeating a call changes nothing.

    A container that ended by itself suffers nothing and needs no healing: neither call is an
    error then, because its end is an observation of its own.
    """

    def inject(self, settings: Mapping[str, Any], *, deadline_s: float) -> None:
        """Do it, and return once it is in force.

        Raises:
            SpecRefused: the settings make no sense.
            EngineFault: the engine failed; `heal` undoes what was begun.
        """

    def heal(self, *, deadline_s: float) -> None:
        """Undo it, whatever became of the container meanwhile.

        Raises:
            EngineFault: the engine failed; it may be asked again.
        """
