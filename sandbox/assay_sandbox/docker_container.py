"""One started container on Docker."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from docker import DockerClient

from assay_sandbox.cgroups import Cgroup, UsageReader
from assay_sandbox.docker_call import QUICK_S, EngineRefused, Until, call
from assay_sandbox.docker_logs import LogPump
from assay_sandbox.engine import (
    ContainerState,
    Exited,
    LogSink,
    LogTail,
    Network,
    Running,
    Usage,
)
from assay_sandbox.errors import EngineFault, SpecRefused
from assay_sandbox.fault import Fault
from assay_sandbox.log_store import LogStore

POLL_S = 0.02
KILLED = 128 + 9
ALIVE = ("running", "paused", "restarting", "created")
REMOVE_S = 30.0
DRAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Identity:
    """What never changes about a container.

    Attributes:
        reference: The engine's id, or the name while it is not known.
        role: Of the spec.
        port: Of the spec.
        addresses: `Network.reference` -> its address there, the main network first.
    """

    reference: str
    role: str
    port: int | None
    addresses: Mapping[str, str]


class DockerContainer:
    """The `Container` protocol; see there."""

    def __init__(
        self,
        client: DockerClient,
        identity: Identity,
        log_bytes: int,
        *,
        on_removed: Callable[[], None] = lambda: None,
    ) -> None:
        """Describe a container that was created and not yet started."""
        self.role = identity.role
        self._client = client
        self._identity = identity
        self._store = LogStore(log_bytes)
        self._pump = LogPump(client, identity.reference, self._store, self._flooded)
        self._usage = UsageReader(None, None)
        self._on_removed = on_removed
        self._on_started: Callable[[Until], None] = lambda _until: None
        self._faults: Mapping[str, Fault] = {}
        self._exited: Exited | None = None
        self._life = 0
        self._settled = False
        self._oom_kills_before = 0
        self._log_flood = False
        self._removed = False
        self._lock = threading.Lock()
        self._life_lock = threading.Lock()

    # ------------------------------------------------------------ called by the engine

    def prepare(self, faults: Mapping[str, Fault], on_started: Callable[[Until], None]) -> None:
        """Take what can be done to it, and what is to be done after each of its starts."""
        self._faults, self._on_started = faults, on_started

    def launch(self, until: Until) -> None:
        """Attach to the output, then start. Call `settle` next.

        Raises:
            EngineRefused: it could not be started; maybe its image is to blame.
        """
        self._pump.attach(until)
        call(
            f"start {self.role}",
            lambda: self._client.api.start(self._identity.reference),
            deadline_s=until.left_s(),
        )

    def settle(self, until: Until) -> None:
        """Do what is to be done after a start."""
        self._on_started(until)
        self._settled = True

    def count_in(self, own: Cgroup | None, outer: Cgroup | None) -> None:
        """Read the kernel's counters from these groups from now on (see `UsageReader`)."""
        self._usage.move_to(own, outer)

    def never_started(self, code: int, reason: str) -> None:
        """Its own image made it impossible to start: an exit, with the reason as its output."""
        self._pump.close()
        self._store.reopen()  # the engine may have ended the stream before we had the reason
        self._store.write(2, reason.encode() + b"\n")
        self._store.end()
        self._exited = Exited(code=code)

    # ------------------------------------------------------------ the protocol

    def address(self, network: Network | None = None, port: int | None = None) -> tuple[str, int]:
        """Its IP on the given or the main network, and the port of its spec or the one named."""
        addresses = self._identity.addresses
        reference = network.reference if network else next(iter(addresses), None)
        if reference is None or reference not in addresses or self._identity.port is None:
            where = f"network {network.name}" if network else "any network"
            raise EngineFault(
                f"{self.role} has no address on {where}",
                remedy="attach it there, and name its port in the spec",
            )
        return addresses[reference], port or self._identity.port

    def state(self) -> ContainerState:
        """Ask the engine; an exit is remembered."""
        life, exited = self._life, self._exited
        if exited is None and self._removed:
            return Exited(code=KILLED, log_flood=self._log_flood)
        if exited is None:
            exited = self._ask()
            self._remember(life, exited)
        return exited or Running()

    def usage(self) -> Usage | None:
        """Read the kernel's files."""
        return self._usage.read()

    def logs(self) -> LogTail:
        """Head and tail of the output."""
        return self._store.tail()

    def follow(self, on_line: LogSink, *, deadline_s: float) -> ContainerState:
        """Hand over lines until the exit; kill at the deadline."""
        until = Until.after(deadline_s)
        if self._store.follow(on_line, until) and self._wait(until):
            return self.state()
        self._kill()
        return self.state()

    def signal(self, name: str) -> None:
        """Send a signal; nothing happens if it is gone."""
        with contextlib.suppress(EngineRefused):  # "is not running"
            call(
                f"signal {self.role}",
                lambda: self._client.api.kill(self._identity.reference, signal=name),
            )

    def remove(self) -> None:
        """Kill and delete it, whatever state it is in."""
        with self._lock:
            if self._removed:
                return
            with contextlib.suppress(EngineFault):
                self.state()
            self._usage.read()
            self._pump.close()
            self._delete()
            self._removed = True
            self._store.release()
            self._on_removed()

    def fault(self, name: str) -> Fault:
        """What can be done to it under that name."""
        if name not in self._faults:
            raise SpecRefused(
                f"{name} cannot be done to {self.role} on this engine",
                remedy=f"choose one of: {', '.join(self._faults) or 'none at all'}",
            )
        return self._faults[name]

    # ------------------------------------------------------------ called by its faults

    def unreclaimable_bytes(self) -> int | None:
        """Memory the kernel cannot take back from it now; None if that cannot be read."""
        return self._usage.unreclaimable_bytes()

    def crash(self, until: Until) -> None:
        """Kill it, and return once it is dead. Its output is kept, to be continued.

        Raises:
            EngineFault: it did not die in time.
        """
        self._usage.read()
        self.signal("SIGKILL")
        if not self._wait(until):
            raise EngineFault(f"{self.role} survived SIGKILL", remedy="remove the run")
        self._pump.close()

    def start_again(self, until: Until) -> None:
        """Start it once more after `crash`; nothing happens if it is gone or flooded its log.

        Raises:
            EngineFault: the engine failed. May be called again.
        """
        with self._lock:
            if self._removed or self._log_flood:
                return
            if isinstance(self.state(), Exited) and not self._start_again(until):
                return
            if not self._settled:
                self.settle(until)

    # ------------------------------------------------------------ inside

    def _start_again(self, until: Until) -> bool:
        """Whether it was there to be started."""
        usage = self._usage.read()
        self._store.reopen()
        self._pump = LogPump(self._client, self._identity.reference, self._store, self._flooded)
        self._settled = False
        try:
            self.launch(until)
        except EngineRefused as refusal:
            self._pump.close()
            if refusal.status != 404:
                raise
            return False
        except BaseException:
            self._pump.close()
            raise
        self._oom_kills_before = usage.oom_kills if usage is not None else 0
        with self._life_lock:
            self._life += 1
            self._exited = None
        return True

    def _remember(self, life: int, exited: Exited | None) -> None:
        """Keep how it ended, unless it was started again since it was asked."""
        with self._life_lock:
            if life == self._life:
                self._exited = exited

    def _delete(self) -> None:
        try:
            call(
                f"remove {self.role}",
                lambda: self._client.api.remove_container(
                    self._identity.reference, force=True, v=True
                ),
                deadline_s=REMOVE_S,
            )
        except EngineRefused as refusal:
            if refusal.status not in (404, 409):  # gone, or going
                raise

    def _ask(self) -> Exited | None:
        """How it ended, or None while it lives."""
        try:
            found = call(
                f"describe {self.role}",
                lambda: self._client.api.inspect_container(self._identity.reference),
            )
        except EngineRefused as refusal:
            if refusal.status != 404:
                raise
            return self._ended(KILLED, engine_says_oom=False)
        state = found["State"]
        if state["Status"] in ALIVE:
            return None
        return self._ended(state["ExitCode"], engine_says_oom=bool(state.get("OOMKilled")))

    def _ended(self, code: int, *, engine_says_oom: bool) -> Exited:
        """The engine's word counts only for yes: its counter went with the group."""
        self._pump.drain(DRAIN_S)
        usage = self._usage.read()
        seen = usage is not None and usage.oom_kills > self._oom_kills_before
        return Exited(code=code, oom_killed=engine_says_oom or seen, log_flood=self._log_flood)

    def _flooded(self) -> None:
        self._log_flood = True
        with contextlib.suppress(EngineFault):
            self.signal("SIGKILL")

    def _kill(self) -> None:
        """Kill, and do not return before it is dead.

        Raises:
            EngineFault: it would not die; `remove` still will.
        """
        self._pump.close()
        self.signal("SIGKILL")
        if not self._wait(Until.after(QUICK_S)):
            raise EngineFault(f"{self.role} survived SIGKILL", remedy="remove the run")

    def _wait(self, until: Until) -> bool:
        """Wait for the exit; False at the deadline."""
        while isinstance(self.state(), Running):
            if until.left_s() <= 0:
                return False
            time.sleep(min(POLL_S, until.left_s()))
        return True
