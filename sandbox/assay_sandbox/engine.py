"""The contract of a sandbox engine: build an image, run a container, read the kernel's truth.

Two engines implement it: `docker_engine` (isolates) and `local_engine` (serves where no
container engine can be had, and says what it lacks through `capabilities`). `conformance`
states the contract as tests that both pass. Every call that can wait takes `deadline_s`,
the seconds left to the caller; reaching it ends the work, then raises `EngineFault`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from assay_sandbox.fault import Fault
from assay_sandbox.limits import BuildLimits, Limits

LogSink = Callable[[str], None]
"""Receives one line of output at a time, without its newline, never raises."""


class Capability(StrEnum):
    """Something an engine demonstrably enforces or measures."""

    IMAGES = "images"  # builds real images from Dockerfiles, with a size
    FILESYSTEM = "filesystem"  # the service sees only its own files
    READ_ONLY_ROOT = "read_only_root"
    NETWORK = "network"  # no way out, no way to the host or to another run
    DNS_CLOSED = "dns_closed"
    MEMORY_LIMIT = "memory_limit"
    PIDS_LIMIT = "pids_limit"
    DISK_LIMIT = "disk_limit"
    CPU_PINNING = "cpu_pinning"
    CPU_WEIGHT = "cpu_weight"
    SECCOMP = "seccomp"
    OWN_UID = "own_uid"
    LOG_LIMIT = "log_limit"
    KERNEL_COUNTERS = "kernel_counters"  # exact CPU-seconds and memory from cgroups
    HANG = "fault_hang"  # this and the following: can be done to a running container
    CRASH = "fault_crash"
    CPU_THROTTLE = "fault_cpu_throttle"
    MEMORY_PRESSURE = "fault_memory_pressure"
    NETWORK_CUT = "fault_network_cut"
    DISK_FULL = "fault_disk_full"


# ------------------------------------------------------------------------------- building


@dataclass(frozen=True, slots=True)
class BuildSpec:
    """One image to build from a directory that holds plain files only.

    Attributes:
        run_id: Label of everything the build starts.
        context: Directory to send; already exported and checked by `build.context`.
        tag: Name to give the image; content-addressed names let a caller skip a build.
        base_images: Names a Dockerfile may build FROM, mapped to the engine's own images
            (`{"python:3.11-slim": "assay/python:3.11-slim-<digest>"}`).
        packages: Image that serves the wheelhouse during the build, or None for no network
            and no packages at all.
        target: Dockerfile stage to stop at, or None for the last.
        use_cache: Reuse layers of earlier builds. Only for trees we made ourselves.
        labels: Extra labels stored on the image.
    """

    run_id: str
    context: Path
    tag: str
    base_images: Mapping[str, str]
    packages: str | None = None
    target: str | None = None
    use_cache: bool = False
    limits: BuildLimits = field(default_factory=BuildLimits)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image as the engine describes it, never as its Dockerfile claims.

    Attributes:
        reference: What `start` accepts.
        digest: Content digest of the image ("sha256:…").
        size_mib: Whole size; None where the engine has no images.
        base_size_mib: Size of the base image it was built from; None if unknown.
        user: Configured user ("" means root).
        command: ENTRYPOINT and CMD together.
        exposed_ports: Ports the image says it listens on.
        volumes: Paths of declared VOLUMEs.
        layers: Number of layers.
        labels: Labels of the image.
    """

    reference: str
    digest: str
    size_mib: float | None
    base_size_mib: float | None
    user: str
    command: tuple[str, ...]
    exposed_ports: tuple[int, ...] = ()
    volumes: tuple[str, ...] = ()
    layers: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Built:
    """The image was made.

    Attributes:
        image: What was made.
        build_s: Wall-clock seconds; the original figure when `reused`.
        log: Head and tail of the build log, capped.
        reused: True if an image of this tag existed and nothing ran.
    """

    image: ImageInfo
    build_s: float
    log: str
    reused: bool = False


class BuildFailure(StrEnum):
    """Why a build of the candidate's ended without an image."""

    POLICY = "policy"  # the Dockerfile asks for something not allowed
    COMMAND = "command"  # an instruction failed
    DEADLINE = "deadline"
    LOG_FLOOD = "log_flood"
    MEMORY = "memory"
    IMAGE_TOO_LARGE = "image_too_large"
    NO_DOCKERFILE = "no_dockerfile"


@dataclass(frozen=True, slots=True)
class BuildFailed:
    """The candidate's build ended without an image.

    Attributes:
        kind: What happened.
        message: One or more sentences for the candidate: what was wrong and what to do.
        log: Head and tail of the build log, capped.
        build_s: Wall-clock seconds until the end.
    """

    kind: BuildFailure
    message: str
    log: str
    build_s: float


BuildOutcome = Built | BuildFailed


# -------------------------------------------------------------------------------- running


@dataclass(frozen=True, slots=True)
class Network:
    """A private network of one run. `reference` is the engine's own handle."""

    reference: str
    name: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A container's place on a network.

    Attributes:
        network: Where.
        host_index: Fixed host number in the network's subnet (2..13), so that others can
            be told the address before this container starts; None to let the engine choose.
    """

    network: Network
    host_index: int | None = None


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One container to start.

    Attributes:
        run_id: Label; also names the per-run cgroup parent.
        role: "sut", "reference", "probe", "standin", ...; becomes part of names and labels.
        image: `ImageInfo.reference`.
        attachments: Networks, the first being the main one. Empty: no network at all.
        limits: Enforced, or `SpecRefused` is raised.
        command: Replaces the image's ENTRYPOINT and CMD when given.
        environment: Only these variables are added to the image's own.
        files: Absolute path -> content, placed before the start. Trusted containers only.
        port: Port the process is expected to listen on (the local engine relays it).
        outward: Name -> (attachment network, host_index, port) of a stand-in the container
            may call; the engine makes the name resolvable inside.
        trusted: True for our own images (probe, stand-ins): writable root, our uid.
        uid: Numeric user and group for untrusted containers, own to each run.
    """

    run_id: str
    role: str
    image: str
    attachments: tuple[Attachment, ...] = ()
    limits: Limits = field(default_factory=Limits)
    command: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    port: int | None = None
    outward: Mapping[str, "Outward"] = field(default_factory=dict)
    trusted: bool = False
    uid: int = 20_000


@dataclass(frozen=True, slots=True)
class Outward:
    """A stand-in a service may call, by name.

    Attributes:
        network: The network on which it listens.
        host_index: Its fixed host number there (`Attachment.host_index`).
        port: Its port.
        environment: Variable of the service that receives the URL ("BUREAU_URL").
    """

    network: Network
    host_index: int
    port: int
    environment: str


@dataclass(frozen=True, slots=True)
class Running:
    """The main process is alive."""


@dataclass(frozen=True, slots=True)
class Exited:
    """The main process is gone.

    Attributes:
        code: Exit status; 128 + n for signal n.
        oom_killed: The kernel's out-of-memory killer ended a process of the container,
            read from the cgroup's counter, not from the engine's `OOMKilled` flag
            (which stays false while PID 1 lives).
        log_flood: We killed it because its output went over the budget.
    """

    code: int
    oom_killed: bool = False
    log_flood: bool = False


ContainerState = Running | Exited


@dataclass(frozen=True, slots=True)
class Usage:
    """The kernel's counters of one container at one instant.

    Attributes:
        at_s: `time.monotonic()` of the host when they were read.
        cpu_s: CPU-seconds used since the start, all processes.
        memory_bytes: Anonymous memory now (cgroup v1 `rss`, v2 `anon`): page cache is
            charged to whoever reads a file first and would mislead.
        memory_peak_bytes: Highest total charge ever, page cache included; only to tell how
            near the limit it came.
        pids: Processes and threads now.
        oom_kills: Processes ended by the out-of-memory killer.
        throttled_s: Seconds held back by a CPU quota (0 without one).
    """

    at_s: float
    cpu_s: float
    memory_bytes: int
    memory_peak_bytes: int
    pids: int
    oom_kills: int
    throttled_s: float


@dataclass(frozen=True, slots=True)
class LogTail:
    """What a container printed: the head and the tail of it, and how much it was.

    Attributes:
        text: Decoded with replacement; stdout and stderr together, as they came.
        total_bytes: All that was printed, kept or not.
        truncated: Something between head and tail was dropped.
    """

    text: str
    total_bytes: int
    truncated: bool


class Container(Protocol):
    """One started container. Dropping the object does not stop it; `remove` does.

    A `crash` fault ends it and starts it again: its address stays, output and counters go on.
    """

    role: str

    def address(self, network: Network | None = None, port: int | None = None) -> tuple[str, int]:
        """Host and port at which a probe of the same engine reaches it.

        On docker an IP of the given (default: first) network and the spec's `port`; on the
        local engine a relay on 127.0.0.1. `port` names another one that it listens on.
        Raises EngineFault if it has no such address.
        """

    def state(self) -> ContainerState:
        """Whether the main process lives, and how it ended if not."""

    def usage(self) -> Usage | None:
        """The kernel's counters now, or the last ones known once it has exited.

        None if the engine cannot measure (see `Capability.KERNEL_COUNTERS`).
        """

    def logs(self) -> LogTail:
        """What it printed so far."""

    def follow(self, on_line: LogSink, *, deadline_s: float) -> ContainerState:
        """Hand over each complete line as it is printed until the process exits.

        On the deadline the container is killed and its `Exited` state returned.
        Lines printed before the call are handed over too.
        """

    def signal(self, name: str) -> None:
        """Send "SIGTERM", "SIGKILL", ... to the main process; no error if it is gone."""

    def fault(self, name: str) -> Fault:
        """What can be done to it under that name (`faults.registry`), always the same object.

        Raises SpecRefused if the engine declares no capability for it.
        """

    def remove(self) -> None:
        """Kill and delete it, faults and all. Idempotent; no error for one already gone."""


class Engine(Protocol):
    """A place where containers run."""

    name: str

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this engine enforces and measures here."""

    def build(self, spec: BuildSpec, *, deadline_s: float, on_log: LogSink) -> BuildOutcome:
        """Make an image, or say why the candidate's Dockerfile did not.

        Raises:
            EngineFault: the engine failed; the candidate is not to blame.
        """

    def image(self, reference: str) -> ImageInfo | None:
        """Describe an image, or None if it does not exist here."""

    def network(self, run_id: str, name: str) -> Network:
        """Create a private network without a route to the host or the outside.

        Raises:
            EngineFault: no free subnet, or the engine refused.
        """

    def start(self, spec: ContainerSpec, *, deadline_s: float) -> Container:
        """Create and start a container with every limit in force, or raise.

        A main process that exits at once is not an error: ask `state`.

        Raises:
            SpecRefused: a limit cannot be enforced here.
            EngineFault: the engine failed.
        """

    def reap(self, run_id: str | None = None) -> tuple[str, ...]:
        """Remove what a run left behind; without `run_id`, everything whose owner died.

        Returns a line for each thing removed. Idempotent.
        """
