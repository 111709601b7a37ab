"""What the engine needs of the world. Adapters implement these; nothing here knows how."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from assay.domain.evidence import Host
from assay.domain.measurements import BuildMeasurement, CheckoutMeasurement
from assay.kit.deadline import Deadline
from assay_probe.plan import Plan, StandIn
from assay_probe.records import Record

Role = Literal["submission", "reference"]


@dataclass(frozen=True, slots=True)
class UsageWindow:
    """The kernel's counters of one service between two instants.

    Attributes:
        cpu_s: CPU-seconds, interpolated at the edges.
        foreign_cpu_s: CPU-seconds others used on the service's cores in that time.
        memory_mib_mean: Mean of anonymous memory.
        memory_mib_max: Its maximum.
        steal_s: Seconds the hypervisor took from the service's cores.
    """

    cpu_s: float
    foreign_cpu_s: float
    memory_mib_mean: float
    memory_mib_max: float
    steal_s: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading of one service, instants on the probe's clock."""

    at_s: float
    cpu_s: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class ExitReport:
    """How a service's process ended. `code` is 128 + n for signal n."""

    code: int
    oom_killed: bool
    log_flood: bool


@dataclass(frozen=True, slots=True)
class Termination:
    """How a service ended that was told to.

    Attributes:
        report: Its end.
        took_s: Seconds from the signal to the end, None if it had to be killed.
        before_s, after_s: Instants on the probe's clock between which the signal was sent.
    """

    report: ExitReport
    took_s: float | None
    before_s: float
    after_s: float


class Service(Protocol):
    """A started service under measurement."""

    @property
    def url(self) -> str:
        """Its base address, "http://host:port", as the probe reaches it."""

    def url_at(self, port: int) -> str:
        """The same for another port that it may listen on; it stays the same over a fault.

        Raises:
            PlatformFault: there is no way to it.
        """

    def exit(self) -> ExitReport | None:
        """How it ended, or None while it runs.

        While a fault holds it down this tells of the kill; once it is started again it runs.
        """

    def log(self) -> tuple[str, int]:
        """Head and tail of its output, and all bytes it printed."""

    def usage(self, since_s: float, until_s: float) -> UsageWindow | None:
        """Counters between two instants, or None if this engine cannot measure them."""

    def samples(self) -> tuple[Sample, ...]:
        """All readings so far."""

    def terminate(self, *, grace_s: float) -> Termination:
        """Send SIGTERM, wait, then SIGKILL."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A build and, if it worked, the handle that `World.boot` takes."""

    measurement: BuildMeasurement
    image: str | None


@dataclass(frozen=True, slots=True)
class ProbeFiles:
    """Files laid out for a probe: name -> content, under its working directory."""

    files: Mapping[str, bytes] = field(default_factory=dict)


class FaultInjector(Protocol):
    """Does things to the submission's running service, and undoes them.

    Each fault is on or off: repeating a call changes nothing. A service that died by itself
    suffers nothing and needs no healing; that is seen by `Service.exit`, never as an error.
    """

    def can(self, fault: str) -> bool:
        """Whether this engine can do it here. False, too, for a name nobody knows."""

    def inject(self, fault: str, settings: Mapping[str, Any], *, deadline: Deadline) -> None:
        """Do it, and return once it is in force.

        Raises:
            PlatformFault: the engine failed, it cannot do this here, or the settings make no
                sense. `heal` then undoes what was begun.
        """

    def heal(self, fault: str, *, deadline: Deadline) -> None:
        """Undo it. Never fails because the service died or was replaced meanwhile.

        Raises:
            PlatformFault: the engine failed; it may be asked again.
        """


class World(Protocol):
    """One evaluation's containers and networks; a context manager in the adapter."""

    @property
    def host(self) -> Host:
        """The machine and the engine, as they were found."""

    def build(
        self,
        tree: Path,
        *,
        tree_sha256: str,
        target: str | None,
        deadline: Deadline,
        on_log: Callable[[str], None],
    ) -> BuildResult:
        """Build a tree of plain files. A Dockerfile that fails is a result, not an error.

        The same content on the same base images is built once and then reused. `on_log` hears
        each line that the build prints, while it runs; nothing of a build that is reused.

        Raises:
            PlatformFault: the engine failed.
        """

    def boot(self, role: Role, image: str, *, deadline: Deadline) -> Service:
        """Start a service with every limit in force.

        Raises:
            PlatformFault: the engine failed. A service that exits at once is not an error.
        """

    def probe(self, plan: Plan, files: ProbeFiles, *, deadline: Deadline) -> Iterator[Record]:
        """Run a plan and yield its records as they come, ending with `Done`.

        Raises:
            PlatformFault: the probe died, wrote something unreadable, or overran.
        """

    def stand_ins(self, role: Role = "submission") -> tuple[StandIn, ...]:
        """The dependency stand-ins that run beside a service; none before its first start."""

    @property
    def faults(self) -> FaultInjector:
        """What can be done to the submission's service."""

    def monitoring(
        self, plan: Plan, files: ProbeFiles, *, beside_service: bool, deadline: Deadline
    ) -> Iterator[Record]:
        """Like `probe`, in the image that holds Prometheus; started when this returns.

        Made for input that is not to be trusted: it has limits of its own and no network.
        Beside the service it has that network alone, may run while a probe does (read it on
        a thread of its own), and works until `stop_monitoring` or the deadline.

        Raises:
            CandidateFault: the rules used up its memory or flooded its output.
            PlatformFault: it could not be started, died, or overran.
        """

    def stop_monitoring(self) -> None:
        """Tell what runs beside the service to finish; its records then end with `Done`.

        No error if nothing runs.
        """


class Exporter(Protocol):
    """Takes a submission's tree out of its repository without a checkout."""

    def export(self, destination: Path, *, deadline: Deadline) -> CheckoutMeasurement:
        """Write plain files into an empty directory.

        Raises:
            CandidateFault: the tree breaks a rule (symlinks, size, names, ...).
            PlatformFault: git failed.
        """


Progress = Callable[["ProgressEvent"], None]


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """Something a person watching wants to see.

    Attributes:
        stage: Running stage.
        state: "start", "step", "log", "end".
        detail: One line.
        elapsed_s: Since the evaluation began.
        expected_s: How long the stage is expected to take in all, 0 if unknown.
        done, total: Progress inside the stage, 0 of 0 if unknown.
    """

    stage: str
    state: Literal["start", "step", "log", "end"]
    detail: str = ""
    elapsed_s: float = 0.0
    expected_s: float = 0.0
    done: int = 0
    total: int = 0
