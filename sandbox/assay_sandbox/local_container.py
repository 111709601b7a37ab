"""One started container of the local engine: its process, its relays and its counters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from assay_sandbox import local_proc
from assay_sandbox.cgroups import UsageReader
from assay_sandbox.engine import (
    ContainerState,
    Exited,
    LogSink,
    LogTail,
    Network,
    Running,
    Usage,
)
from assay_sandbox.errors import EngineFault
from assay_sandbox.local_process import Process
from assay_sandbox.local_state import Record, State

REMOVE_S = 5.0


def reader_of(process: Process) -> UsageReader | local_proc.TreeReader:
    """The best counters there are: the control group's, else sums over /proc."""
    if process.group is not None:
        return process.group.reader()
    inner = process.inner_pid

    def pids() -> Iterator[int]:
        if inner is not None:
            return local_proc.pids_of_namespace(inner)
        return local_proc.pids_of_session(process.pid)

    return local_proc.TreeReader(pids)


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
    """

    role: str
    process: Process
    record: Record
    state_directory: State
    host_address: tuple[str, int] | None
    on_remove: Callable[["LocalContainer"], None]
    relays: dict[str, Process] = field(default_factory=dict)
    _counters: UsageReader | local_proc.TreeReader = field(init=False)
    _removed: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Begin to count."""
        self._counters = reader_of(self.process)

    def address(self, network: Network | None = None) -> tuple[str, int]:
        """Where the host, and so a probe, reaches it; networks have no addresses here."""
        if self.host_address is None:
            raise EngineFault(
                f"container {self.record.id} was started without a port to reach it at",
                remedy="set `port` in its spec",
            )
        return self.host_address

    def state(self) -> ContainerState:
        """Whether the main process lives, and how it ended if not."""
        code = self.process.exit_code()
        if code is None:
            return Running()
        usage = self.usage()
        return Exited(
            code,
            oom_killed=usage is not None and usage.oom_kills > 0,
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

    def remove(self) -> None:
        """Kill it with all it started, and delete its files. Idempotent."""
        if self._removed:
            return
        self._removed = True
        self.usage()
        for process in (self.process, *self.relays.values()):
            process.kill()
        self.process.wait(REMOVE_S)
        self.usage()
        if self.process.group is not None:
            self.process.group.remove()
        self.process.log.release()
        self.state_directory.close(self.record)
        self.on_remove(self)
