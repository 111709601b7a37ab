"""What goes out and what comes back. Plain values and one port."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request to another system. `headers` may hold secrets: they are never stored."""

    method: str
    url: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        body: The beginning of it.
        retry_after_s: How long we were asked to wait; None if we were not.
    """

    status: int
    body: str = ""
    retry_after_s: int | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the other side says that it has it."""
        return 200 <= self.status < 300


class Unreachable(Exception):
    """No answer came, or nothing may be sent there. The message says why."""


class Courier(Protocol):
    """Carries requests to other systems."""

    def send(self, parcel: Parcel) -> Reply:
        """Carry one. Redirects are answers, and are not followed.

        Raises:
            Unreachable: no answer came in time, or the address is none we may send to.
        """
