"""Counters summed over /proc, where no control group can be had: good to a clock tick.

What a killed process used that nobody waited for is lost, so these figures may be low; they
are never called kernel counters.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from assay_sandbox.engine import Usage

PROC = Path("/proc")
_CPU_FIELDS = slice(11, 15)  # utime, stime, cutime, cstime, counted after the name


def pids_of_namespace(inner_pid: int) -> Iterator[int]:
    """Every process in the pid namespace of `inner_pid`."""
    with contextlib.suppress(OSError):
        wanted = (PROC / str(inner_pid) / "ns/pid").stat().st_ino
        for pid in _pids():
            with contextlib.suppress(OSError):
                if (PROC / str(pid) / "ns/pid").stat().st_ino == wanted:
                    yield pid


def pids_of_session(leader: int) -> Iterator[int]:
    """Every process of the session that `leader` began."""
    for pid in _pids():
        fields = _stat(pid)
        if fields and int(fields[3]) == leader:
            yield pid


def children_of(parent: int) -> list[int]:
    """Direct children of a process, lowest number first."""
    found = []
    for pid in _pids():
        fields = _stat(pid)
        if fields and int(fields[1]) == parent:
            found.append(pid)
    return sorted(found)


def start_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None if there is none."""
    fields = _stat(pid)
    return int(fields[19]) if fields else None


class TreeReader:
    """Counters of the processes that `pids` lists, the last ones known once they are gone."""

    def __init__(self, pids: Callable[[], Iterator[int]], before: Usage | None = None) -> None:
        """`before` is what an earlier life of the same container used."""
        self._pids = pids
        self._before_s = before.cpu_s if before is not None else 0.0
        self._last = before

    def read(self) -> Usage | None:
        """Sum them up now; None if there never was a process to read."""
        tick_s = 1 / os.sysconf("SC_CLK_TCK")
        cpu_s, memory, threads = self._before_s, 0, 0
        for pid in self._pids():
            if fields := _stat(pid):
                cpu_s += sum(int(ticks) for ticks in fields[_CPU_FIELDS]) * tick_s
                threads += int(fields[17])
                memory += _anonymous_bytes(pid)
        if not threads:
            return self._last
        last = self._last
        self._last = Usage(
            at_s=time.monotonic(),
            cpu_s=max(cpu_s, last.cpu_s if last else 0.0),
            memory_bytes=memory,
            memory_peak_bytes=max(memory, last.memory_peak_bytes if last else 0),
            pids=threads,
            oom_kills=0,
            throttled_s=0.0,
        )
        return self._last


def _pids() -> list[int]:
    try:
        return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on, or nothing if it is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _anonymous_bytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0
