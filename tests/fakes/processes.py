"""What /proc tells of processes that a test has started, or of theirs."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from assay_sandbox import local_proc

ENDED = ("", "Z", "X")
"""A process that has ended may wait a moment for whoever adopted it."""


def processes() -> Iterator[tuple[int, str]]:
    """Number and words of every process of this machine."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            yield (
                int(entry.name),
                (entry / "cmdline").read_text(errors="replace").replace("\0", " "),
            )


def state_of(pid: int) -> str:
    """The letter of the kernel: "T" for a stopped process, "" for none."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def descendants(pid: int) -> set[int]:
    """Its children, theirs, and so on."""
    below = set(local_proc.children_of(pid))
    return below.union(*(descendants(child) for child in below))


def alive(pids: Iterable[int]) -> list[int]:
    """Those that have not ended."""
    return [pid for pid in pids if state_of(pid) not in ENDED]


def nameless_files(pid: int, *, larger_than_mib: int) -> set[tuple[int, int, int]]:
    """(device, inode, bytes) of the open files of a process that have no name and are large."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            status = entry.stat()
            nameless = str(entry.readlink()).endswith("(deleted)")
            if nameless and status.st_size > larger_than_mib * 2**20:
                found.add((status.st_dev, status.st_ino, status.st_size))
    return found


def nameless_files_of_all(*, larger_than_mib: int) -> set[tuple[int, int, int]]:
    """The same of every process of this machine."""
    found: set[tuple[int, int, int]] = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found |= nameless_files(int(process.name), larger_than_mib=larger_than_mib)
    return found
