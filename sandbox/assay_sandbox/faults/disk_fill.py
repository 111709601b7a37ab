"""Take all room on the memory file systems of a process, from outside and without a trace in it.

The files have no name: the service cannot see, shorten or remove them, and if we die the
kernel frees them. Their pages are charged to us, not to the service's memory limit. From
the process's root we go one step at a time, follow no link, and write only where a memory
file system is mounted: whatever the service made of its tree, nothing else is touched.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from assay_sandbox.docker_call import Until

BLOCK_BYTES = 1024 * 1024
PAGE_BYTES = 4096
ALWAYS = "/tmp"  # noqa: S108 - of the container


class DiskFill:
    """Nameless files that hold the room until `free`."""

    def __init__(self, places: Sequence[str]) -> None:
        """`places` are paths in the container; the first one must be filled, others may fail."""
        self._places = tuple(places)
        self._held: list[int] = []

    def fill(self, pid: int, still_there: Callable[[], bool], until: Until) -> bool:
        """Take all room on the file systems of a process; False if the process is another's.

        Args:
            pid: A process of the container, in our pid namespace.
            still_there: Asked once the process's root is open: whether `pid` is still that
                process. What was opened stays what it is.
            until: Nothing is written after this.

        Raises:
            OSError: the first place could not be filled.
        """
        root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY)
        try:
            memory = memory_devices(Path(f"/proc/{pid}/mountinfo").read_text())
            if not still_there():
                return False
            first, *others = self._places
            self._take(root, first, memory, until)
            for place in others:
                with contextlib.suppress(OSError):
                    self._take(root, place, memory, until)
        finally:
            os.close(root)
        return True

    def free(self) -> None:
        """Give the room back. Idempotent."""
        while self._held:
            os.close(self._held.pop())

    def _take(self, root: int, place: str, memory: frozenset[int], until: Until) -> None:
        directory = open_step_by_step(root, place)
        try:
            if os.fstat(directory).st_dev not in memory:
                raise OSError(errno.ENOTSUP, "not a memory file system", place)
            handle = os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o600, dir_fd=directory)
        finally:
            os.close(directory)
        self._held.append(handle)
        _write_all(handle, until)


def open_step_by_step(root: int, place: str) -> int:
    """A directory below an open one.

    Raises:
        OSError: a part of the path is missing, a link, or not a directory.
    """
    parts = PurePosixPath(place).parts[1:]
    if ".." in parts:
        raise OSError(errno.EINVAL, "a path that leads up", place)
    step = os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY
    at = os.dup(root)
    for part in parts:
        try:
            deeper = os.open(part, step, dir_fd=at)
        finally:
            os.close(at)
        at = deeper
    return at


def memory_devices(mountinfo: str) -> frozenset[int]:
    """Device numbers of the memory file systems in the text of /proc/PID/mountinfo."""
    found = set()
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        if after.split(" ", 1)[0] == "tmpfs":
            major, _, minor = before.split()[2].partition(":")
            found.add(os.makedev(int(major), int(minor)))
    return frozenset(found)


def _write_all(handle: int, until: Until) -> None:
    """Write until there is no room, and no more than the file system is large."""
    size = os.fstatvfs(handle)
    left, block = size.f_blocks * size.f_frsize, bytes(BLOCK_BYTES)
    while left > 0 and until.left_s() > 0:
        try:
            left -= os.write(handle, block)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            if len(block) <= PAGE_BYTES:
                return
            block = block[: len(block) // 2]
