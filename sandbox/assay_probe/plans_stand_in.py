"""Plans about dependency stand-ins: what they are, and how others may steer them."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StandIn:
    """A dependency stand-in as the contract tests may steer it. `control_url` has no path."""

    name: str
    control_url: str
    token: str


@dataclass(frozen=True, slots=True)
class StandInService:
    """One stand-in to serve.

    Attributes:
        behaviour: Key of the registry in `gateways` ("lookup", ...).
        port: Where the service under measurement reaches it.
        data: File with what it knows, relative to the harness directory.
        settings: Free values of the behaviour.
        keys: Keys that are let in, instead of those that the data may name; none without any.
    """

    name: str
    behaviour: str
    port: int
    data: str
    settings: dict[str, Any] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StandInPlan:
    """Serve dependency stand-ins until told to stop.

    Attributes:
        control_port: HTTP port on which modes are changed, on `control_host` only.
        token: Required in the `Authorization: Bearer` header of control requests.
        harness: Directory of the data files.
    """

    services: list[StandInService]
    control_host: str
    control_port: int
    token: str
    harness: str
    kind: str = "stand_in"
