"""Whose is it? Everything started carries its owner, so that what a dead owner left is reaped.

Labels alone prove nothing: a Dockerfile can set them on its image, and containers inherit
them. We set ours when we create, which wins, and only ever remove what also bears our name.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay_sandbox.errors import SpecRefused

PREFIX = "assay-"
RUN_LABEL = "assay.run"
ROLE_LABEL = "assay.role"
OWNER_LABEL = "assay.owner"

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True, slots=True)
class Owner:
    """One process, told apart from any other that will ever have its number.

    Attributes:
        pid: Its number.
        started: Clock ticks from the boot of the machine to its start.
        boot_id: Of the kernel, new at each boot.
        pid_namespace: Inode of the namespace in which the number counts.
    """

    pid: int
    started: int
    boot_id: str
    pid_namespace: int

    def label(self) -> str:
        """The value of the owner label."""
        return f"{self.pid}:{self.started}:{self.boot_id}:{self.pid_namespace}"

    @classmethod
    def parse(cls, label: str) -> "Owner | None":
        """Read a label back; None if it is not one of ours."""
        parts = label.split(":")
        if len(parts) != 4 or not all(parts[i].isdigit() for i in (0, 1, 3)):
            return None
        return cls(int(parts[0]), int(parts[1]), parts[2], int(parts[3]))


def this_process(proc: Path = Path("/proc")) -> Owner:
    """The owner of what we start."""
    pid = os.getpid()
    started = _started(pid, proc)
    if started is None:
        raise RuntimeError(f"{proc}/{pid}/stat cannot be read: is {proc} mounted?")
    return Owner(pid, started, _boot_id(proc), _pid_namespace(proc))


def is_dead(label: str, *, engine_is_local: bool, proc: Path = Path("/proc")) -> bool:
    """Whether the owner named by a label certainly lives no more.

    In doubt it lives: an owner on another machine, or in another pid namespace, or a label
    that is not ours, is left alone. With a local engine an earlier boot's owner is dead.
    """
    owner = Owner.parse(label)
    if owner is None:
        return False
    if owner.boot_id != _boot_id(proc):
        return engine_is_local
    if owner.pid_namespace != _pid_namespace(proc):
        return False
    return _started(owner.pid, proc) != owner.started


def labels_of(run_id: str, role: str, owner: Owner) -> dict[str, str]:
    """The labels put on everything of a run."""
    return {RUN_LABEL: run_id, ROLE_LABEL: role, OWNER_LABEL: owner.label()}


def should_reap(
    labels: Mapping[str, str], names: tuple[str, ...], run_id: str | None, *, engine_is_local: bool
) -> bool:
    """Whether a container or network belongs to the run or, without one, to a dead owner."""
    ours = RUN_LABEL in labels and any(name.lstrip("/").startswith(PREFIX) for name in names)
    if not ours:
        return False
    if run_id is not None:
        return labels.get(RUN_LABEL) == run_id
    return is_dead(labels.get(OWNER_LABEL, ""), engine_is_local=engine_is_local)


def checked_word(word: str, what: str) -> str:
    """A run id or role that can stand in a name, or `SpecRefused`."""
    if not _WORD.fullmatch(word):
        raise SpecRefused(
            f"{what} {word!r} cannot be part of a name",
            remedy="use up to 80 letters, digits, '_', '.' and '-', beginning with a letter",
        )
    return word


def _started(pid: int, proc: Path) -> int | None:
    """Field 22 of /proc/PID/stat; the name in field 2 may hold blanks and parentheses."""
    try:
        text = (proc / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    if fields[0] in ("Z", "X"):  # gone, only not yet waited for
        return None
    return int(fields[19])


def _boot_id(proc: Path) -> str:
    return (proc / "sys/kernel/random/boot_id").read_text().strip()


def _pid_namespace(proc: Path) -> int:
    return (proc / "self/ns/pid").stat().st_ino
