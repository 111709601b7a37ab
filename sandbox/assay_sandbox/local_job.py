"""One command of an image, as both ways of running it take it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from assay_sandbox.limits import Limits
from assay_sandbox.local_cgroup import ControlGroup
from assay_sandbox.local_process import Launch

MIB = 1024 * 1024
BUILDER_UID = 0
PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
BASE_ENVIRONMENT = {"PATH": PATH, "LANG": "C.UTF-8"}

CONTEXT, EARLIER_STAGE, WHEELS = "/.assay/context", "/.assay/stage", "/.assay/wheels"
SEEN_AT = (".assay/context", ".assay/stage", ".assay/wheels")
"""Where a build step sees what is not part of the image; empty in a finished one."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command and the world it sees.

    Attributes:
        root: Directory that is its "/" (with the host's /usr below it).
        command: Words, as in the image.
        environment: All of it, as in the image.
        directory: Where it starts, an absolute path in the image.
        uid: User and group; 0 builds, everything else serves.
        limits: Put on it.
        group: Control group to join, or None.
        writable: Whether it may change the image: builds only.
        private: Directory of this container alone, where its /tmp and its volumes are
            mounted; None to leave them parts of the image.
        volumes: Paths that get a small writable file system each.
        read_only: Host directory -> path at which it is seen.
        hosts: Names that mean 127.0.0.1, beside localhost.
    """

    root: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str
    uid: int
    limits: Limits
    group: ControlGroup | None
    writable: bool = False
    private: Path | None = None
    volumes: tuple[str, ...] = ()
    read_only: Mapping[Path, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()


class Jail(Protocol):
    """A way to run the command of an image on this machine."""

    name: str
    shared_root: bool
    """Whether all stages of a build share one root, because paths are mapped by text."""

    def launch(self, job: Job) -> Launch:
        """How to execute a job."""

    def python(self) -> str:
        """The interpreter a job can call, whatever the image holds, as the job names it."""

    def place(self, root: Path, path: str) -> str:
        """How a job in that root names an absolute path of the image."""

    def prepare_root(self, root: Path) -> None:
        """Make an empty directory into the root of a base image, python and pip included."""


def resource_limits(limits: Limits, group: ControlGroup | None, *, own_uid: bool) -> dict[str, int]:
    """Limits of the kernel's own kind: the only ones there are without a control group.

    RLIMIT_NPROC counts all processes of a user, so it is only put on a user of its own.
    """
    found = {
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_FSIZE": limits.file_mib * MIB,
    }
    if group is None:
        found["RLIMIT_AS"] = limits.memory_mib * MIB
        if own_uid:
            found["RLIMIT_NPROC"] = limits.pids
    return found
