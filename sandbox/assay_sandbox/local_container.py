"""One started container of the local engine: its process, its relays and its counters."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from assay_sandbox import local_proc
from assay_sandbox.cgroups import UsageReader
from assay_sandbox.docker_call import Until
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
from assay_sandbox.local_process import Process
from assay_sandbox.local_state import Record, State

REMOVE_S = 5.0


def reader_of(process: Process, before: Usage | None = None) -> UsageReader | local_proc.TreeReader:
    """The best counters there are: the control group's, else sums over /proc.

    `before` is what an earlier life used; a control group outlives it and counts on.
    """
    if process.group is not None:
        return process.group.reader()
    return local_proc.TreeReader(lambda: iter(process.family()), before)


@dataclass(slots=True)
class LocalContainer:
    """A container of the local engine.

    Attributes:
        role: As in its spec.
        process: What runs.
        record: What is known of it on disk.
        state_directory: Where that is kept.
        relays: Processes that connect it to others, by what they connect it to.
        on_remove: Told once it is removed.
        begin: Starts it once more: replaces `process`, `record` and `relays`.
        reach: Opens a way to another of its ports, and says which port of this machine it is.
        faults: What can be done to it.
        ways: Other ports of its own -> the ports of this machine that lead there.
    """

    role: str
    process: Process
    record: Record
    state_directory: State
    host_address: tuple[str, int] | None
    on_remove: Callable[["LocalContainer"], None]
    begin: Callable[["LocalContainer", Until], None]
    reach: Callable[["LocalContainer", int], int]
    relays: dict[str, Process] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    ways: dict[int, int] = field(default_factory=dict)
    _counters: UsageReader | local_proc.TreeReader = field(init=False)
    _oom_kills_before: int = field(init=False, default=0)
    _removed: bool = field(init=False, default=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Begin to count."""
        self._counters = reader_of(self.process)

    def address(self, network: Network | None = None, port: int | None = None) -> tuple[str, int]:
        """Where the host, and so a probe, reaches it; networks have no addresses here."""
        if self.host_address is None:
            raise EngineFault(
                f"container {self.record.id} was started without a port to reach it at",
                remedy="set `port` in its spec",
            )
        return self.host_address if port is None else (self.host_address[0], self.reach(self, port))

    def state(self) -> ContainerState:
        """Whether the main process lives, and how it ended if not."""
        code = self.process.exit_code()
        if code is None:
            return Running()
        usage = self.usage()
        return Exited(
            code,
            oom_killed=usage is not None and usage.oom_kills > self._oom_kills_before,
            log_flood=self.process.log_flood,
        )

    def usage(self) -> Usage | None:
        """Counters of its control group; without one, sums over /proc (see `local_proc`)."""
        return self._counters.read()

    def logs(self) -> LogTail:
        """What it printed so far."""
        return self.process.log.tail()

    def follow(self, on_line: LogSink, *, deadline_s: float) -> ContainerState:
        """Hand over each line until it exits; killed at the deadline."""
        self.process.follow(on_line, deadline_s=deadline_s)
        return self.state()

    def signal(self, name: str) -> None:
        """Signal the main process; no error if it is gone."""
        self.process.signal(name)

    def fault(self, name: str) -> Fault:
        """What can be done to it under that name."""
        if name not in self.faults:
            raise SpecRefused(
                f"{name} cannot be done to {self.role} on this engine",
                remedy=f"choose one of: {', '.join(self.faults) or 'none at all'}",
            )
        return self.faults[name]

    def remove(self) -> None:
        """Kill it with all it started, and delete its files. Idempotent."""
        with self._lock:
            if self._removed:
                return
            self._removed = True
            self.usage()
            self._kill()
            self.process.wait(REMOVE_S)
            self.usage()
            if self.process.group is not None:
                self.process.group.remove()
            self.process.log.release()
            self.state_directory.close(self.record)
        self.on_remove(self)

    # ------------------------------------------------------------ called by its faults

    def crash(self, until: Until) -> None:
        """Kill it with all it started; its output is kept, to be continued.

        Raises:
            EngineFault: it did not die in time.
        """
        self.usage()
        self._kill()
        if not self.process.wait(until.left_s()):
            raise EngineFault(f"{self.role} survived SIGKILL", remedy="remove the run")

    def start_again(self, until: Until) -> None:
        """Start it once more after `crash`; nothing happens if it was removed or flooded its log.

        Raises:
            EngineFault: it could not be started. May be called again.
        """
        with self._lock:
            if self._removed or self.process.log_flood or self.process.exit_code() is None:
                return
            before = self.usage()
            self.process.log.reopen()
            self.begin(self, until)
            self._oom_kills_before = before.oom_kills if before is not None else 0
            self._counters = reader_of(self.process, before)

    def _kill(self) -> None:
        for process in (self.process, *self.relays.values()):
            process.kill()
