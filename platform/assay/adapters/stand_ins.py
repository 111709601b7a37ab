"""The dependency stand-ins of one evaluation: for each service apart, with keys of its own."""

import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.adapters.reading import laid_out, wait_until_ready
from assay.domain.challenge import Dependency
from assay.evaluation.ports import Role
from assay_probe.plan import StandIn, StandInPlan, StandInService
from assay_sandbox.environment import Environment, StandInPort

STARTS = 24
"""Keys that are made at once: a service is started far less often. The last one stays."""
KEY_BYTES = 24


@dataclass(slots=True)
class Beside:
    """What runs beside one service.

    Attributes:
        ports: As the service reaches it.
        hands: As a probe steers it.
        keys: Dependency -> the keys that are let in and were not given to a service yet.
    """

    ports: tuple[StandInPort, ...] = ()
    hands: tuple[StandIn, ...] = ()
    keys: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class StandIns:
    """The stand-ins of submission and reference: what one does to its own never meets the other.

    Attributes:
        environment: Where they run.
        dependencies: Of the challenge.
        harness: Hidden files, which say what they know.
    """

    environment: Environment
    dependencies: tuple[Dependency, ...]
    harness: Mapping[str, bytes]
    _beside: dict[Role, Beside] = field(init=False, default_factory=dict)

    def start(self, role: Role) -> tuple[StandInPort, ...]:
        """Start those of a service unless they run, and say how it reaches them.

        Raises:
            SandboxError: they could not be started.
            PlatformFault: they did not become ready.
        """
        if role not in self._beside:
            self._beside[role] = self._started(role) if self.dependencies else Beside()
        return self._beside[role].ports

    def hands(self, role: Role) -> tuple[StandIn, ...]:
        """How those of a service are steered; () if none run."""
        return self._beside[role].hands if role in self._beside else ()

    def environment_of(self, role: Role) -> dict[str, str]:
        """The variables of the next start of a service: keys that it never had."""
        keys = self._beside[role].keys
        return {
            one.key_environment: _next(keys[one.name])
            for one in self.dependencies
            if one.key_environment
        }

    def _started(self, role: Role) -> Beside:
        token, control_port = secrets.token_hex(16), free_port()
        ports = {one.name: free_port() for one in self.dependencies}
        keys = {one.name: new_keys() for one in self.dependencies if one.key_environment}
        plan = StandInPlan(
            services=[_served(one, ports, keys) for one in self.dependencies],
            control_host="0.0.0.0",  # noqa: S104 - inside its own container, behind a token
            control_port=control_port,
            token=token,
            harness="harness",
        )
        files = {f"harness/{one.data}": self.harness[one.data] for one in self.dependencies}
        container = self.environment.start_stand_ins(
            role, laid_out(plan, files), control_port=control_port
        )
        wait_until_ready(container)
        host, port = container.address()
        return Beside(
            ports=tuple(
                StandInPort(d.name, ports[d.name], d.environment) for d in self.dependencies
            ),
            hands=tuple(StandIn(d.name, f"http://{host}:{port}", token) for d in self.dependencies),
            keys=keys,
        )


def _served(
    one: Dependency, ports: Mapping[str, int], keys: Mapping[str, list[str]]
) -> StandInService:
    return StandInService(
        name=one.name,
        behaviour=one.behaviour,
        port=ports[one.name],
        data=one.data,
        settings=dict(one.settings),
        keys=list(keys.get(one.name, ())),
    )


def new_keys() -> list[str]:
    """Keys that nobody can guess; they look like those of any provider."""
    return [f"sk-{secrets.token_urlsafe(KEY_BYTES)}" for _ in range(STARTS)]


def _next(keys: list[str]) -> str:
    return keys.pop(0) if len(keys) > 1 else keys[0]


def free_port() -> int:
    """A port free on this host. In a container any would do; the local engine shares the host's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
