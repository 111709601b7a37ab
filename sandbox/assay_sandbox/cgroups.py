"""The kernel's own counters of a control group, version 1 and 2.

What a service says of itself is no source, and neither is the engine's statistics call (two
seconds, and rounded).

    v1   /sys/fs/cgroup/<controller>/<path>/...     one tree per controller
    v2   /sys/fs/cgroup/<path>/...                  one tree
"""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from assay_sandbox.engine import Usage

ROOT = Path("/sys/fs/cgroup")
PROC = Path("/proc")
CONTROLLERS = ("cpu", "cpuacct", "memory", "pids")
MAX_SHARES = 262_144
NANOSECONDS, MICROSECONDS = 1e9, 1e6
FILE_CACHE = ("active", "inactive")
FORGOTTEN_S = 3600.0
"""No run is without a process for so long."""


@dataclass(frozen=True, slots=True)
class Cgroup:
    """One control group: its directory under every controller (v2: the same for all)."""

    version: int
    directories: Mapping[str, Path]

    def parent(self) -> "Cgroup":
        """The group above it."""
        return replace(self, directories={c: d.parent for c, d in self.directories.items()})

    def exists(self) -> bool:
        """Whether the kernel still has it, under the controllers that are counted."""
        return all(self.directories[c].is_dir() for c in ("cpuacct", "memory"))


@dataclass(frozen=True, slots=True)
class Counters:
    """What the files of one group say; the fields are those of `Usage`."""

    cpu_s: float
    memory_bytes: int
    memory_peak_bytes: int
    pids: int
    oom_kills: int
    throttled_s: float


def version_at(root: Path = ROOT) -> int | None:
    """1 or 2, or None where no control groups are mounted."""
    if (root / "cgroup.controllers").is_file():
        return 2
    return 1 if (root / "cpuacct").is_dir() and (root / "memory").is_dir() else None


def group_at(path: PurePosixPath, root: Path = ROOT) -> Cgroup | None:
    """The group of this path, the same under every controller."""
    version = version_at(root)
    if version is None:
        return None
    relative = path.relative_to("/")
    base = {c: root if version == 2 else root / c for c in CONTROLLERS}
    return Cgroup(version, {c: base[c] / relative for c in CONTROLLERS})


def group_of(pid: int, root: Path = ROOT, proc: Path = PROC) -> Cgroup | None:
    """The group a process is in, or None if it is gone or cannot be seen from here."""
    version = version_at(root)
    try:
        text = (proc / str(pid) / "cgroup").read_text()
    except OSError:
        return None
    paths = _paths(text)
    if version == 2 and "" in paths:
        return group_at(PurePosixPath(paths[""]), root)
    if version == 1 and all(c in paths for c in CONTROLLERS):
        found = {c: root / c / paths[c].lstrip("/") for c in CONTROLLERS}
        return Cgroup(1, found)
    return None


def group_of_container(pid: int, reference: str) -> Cgroup | None:
    """The group of a container's first process; None if that process is not the container's."""
    group = group_of(pid) if pid > 0 else None
    if group is None or reference not in group.directories["memory"].name:
        return None
    return group


def _paths(text: str) -> dict[str, str]:
    """Controller -> path from the lines "4:memory:/a/b" and "0::/a/b" (v2: key "")."""
    rows = (line.split(":", 2) for line in text.splitlines() if line.count(":") >= 2)
    return {name: path for _, names, path in rows for name in names.split(",")}


def read_counters(group: Cgroup) -> Counters:
    """Read all counters at once.

    Raises:
        OSError: the group is gone.
    """
    return _read_v2(group) if group.version == 2 else _read_v1(group)


def _read_v1(group: Cgroup) -> Counters:
    memory = group.directories["memory"]
    cpu_stat = _table(group.directories["cpu"] / "cpu.stat")
    return Counters(
        cpu_s=_number(group.directories["cpuacct"] / "cpuacct.usage") / NANOSECONDS,
        memory_bytes=_table(memory / "memory.stat").get("total_rss", 0),
        memory_peak_bytes=_number(memory / "memory.max_usage_in_bytes"),
        pids=_number_or_none(group.directories["pids"] / "pids.current") or 0,
        oom_kills=_table(memory / "memory.oom_control").get("oom_kill", 0),
        throttled_s=cpu_stat.get("throttled_time", 0) / NANOSECONDS,
    )


def _read_v2(group: Cgroup) -> Counters:
    home = group.directories["memory"]
    cpu_stat = _table(home / "cpu.stat")
    peak = _number_or_none(home / "memory.peak")  # Linux 5.19 and later
    return Counters(
        cpu_s=cpu_stat["usage_usec"] / MICROSECONDS,
        memory_bytes=_table(home / "memory.stat").get("anon", 0),
        memory_peak_bytes=peak if peak is not None else _number(home / "memory.current"),
        pids=_number_or_none(home / "pids.current") or 0,
        oom_kills=_table(home / "memory.events").get("oom_kill", 0),
        throttled_s=cpu_stat.get("throttled_usec", 0) / MICROSECONDS,
    )


def unreclaimable_bytes(group: Cgroup) -> int:
    """Memory the kernel cannot take back: everything charged but the cache of files.

    Files on a memory file system count: without swap they have nowhere to go.

    Raises:
        OSError: the group is gone.
    """
    home = group.directories["memory"]
    version_1 = group.version == 1
    charged = _number(home / ("memory.usage_in_bytes" if version_1 else "memory.current"))
    prefix = "total_" if version_1 else ""
    stat = _table(home / "memory.stat")
    return max(0, charged - sum(stat.get(f"{prefix}{kind}_file", 0) for kind in FILE_CACHE))


def _table(path: Path) -> dict[str, int]:
    """Lines of "name number"."""
    rows = (line.split() for line in path.read_text().splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


def _number(path: Path) -> int:
    return int(path.read_text())


def _number_or_none(path: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return _number(path)
    return None


class UsageReader:
    """Counters of one container, the last ones known once it is gone.

    `own` is the container's group; the kernel removes it at the exit. `outer` is a group
    made for this container alone around it: its CPU-seconds and peak, which include what is
    below, can still be read exactly afterwards. None if there is no such group. A container
    that was started again counts on from where it stood.
    """

    def __init__(self, own: Cgroup | None, outer: Cgroup | None) -> None:
        self._own = own
        self._outer = outer
        self._before: Usage | None = None
        self._last: Usage | None = None
        self._lock = threading.Lock()

    def move_to(self, own: Cgroup | None, outer: Cgroup | None) -> None:
        """The container has started, maybe again: its groups now, `own` counting from zero."""
        with self._lock:
            self._own, self._outer, self._before = own, outer, self._last

    def unreclaimable_bytes(self) -> int | None:
        """Memory the kernel cannot take back now; None if it cannot be read."""
        try:
            return unreclaimable_bytes(self._own) if self._own is not None else None
        except (OSError, ValueError):
            return None

    def read(self) -> Usage | None:
        """The counters now; None if they could never be read."""
        with self._lock:
            own = _added(self._counters(self._own), self._before)
            self._last = _latest(self._last, own, self._counters(self._outer))
            return self._last

    def _counters(self, group: Cgroup | None) -> Counters | None:
        if group is None:
            return None
        try:
            return read_counters(group)
        except (OSError, KeyError, ValueError):
            return None


def _added(own: Counters | None, before: Usage | None) -> Counters | None:
    """Counters of this life, and what was counted in earlier ones."""
    if own is None or before is None:
        return own
    return replace(
        own,
        cpu_s=own.cpu_s + before.cpu_s,
        oom_kills=own.oom_kills + before.oom_kills,
        throttled_s=own.throttled_s + before.throttled_s,
    )


def _latest(last: Usage | None, own: Counters | None, outer: Counters | None) -> Usage | None:
    """Combine two readings and what was known; counters that only grow never shrink."""
    readings = [r for r in (own, outer) if r is not None]
    if not readings:
        return last
    known: list[Counters | Usage] = [*readings, *([last] if last is not None else [])]
    alive = own or last or readings[0]
    return Usage(
        at_s=time.monotonic(),
        cpu_s=max(r.cpu_s for r in known),
        memory_bytes=alive.memory_bytes,
        memory_peak_bytes=max(r.memory_peak_bytes for r in known),
        pids=alive.pids,
        oom_kills=max(r.oom_kills for r in known),
        throttled_s=max(r.throttled_s for r in known),
    )


# ---------------------------------------------------------------- weight and removal


def raise_weight(group: Cgroup, shares: int, *, top: str) -> bool:
    """Give the parent of `group` a CPU weight, and every group above it at least as much.

    A weight counts only among siblings: a container's own means nothing against processes
    outside unless its ancestors, up to the one called `top`, weigh as much. Those may hold
    others that were promised more, so theirs is never lowered. True if all have it.
    """
    above = list(_ancestors(group, top))
    if not above:
        return False
    weights = [_write_weight(above[0], group.version, shares)]
    weights += [_raise_one(directory, group.version, shares) for directory in above[1:]]
    return all(weights)


def _ancestors(group: Cgroup, top: str) -> Iterator[Path]:
    directory = group.directories["cpu"]
    above = [p for p in directory.parents if p.is_relative_to(directory.anchor)]
    names = [p.name for p in above]
    if top in names:
        yield from above[: names.index(top) + 1]


def _raise_one(directory: Path, version: int, shares: int) -> bool:
    name, value = _weight_file(version, shares)
    present = _number_or_none(directory / name)
    if present is not None and present >= value:
        return True
    return _write_weight(directory, version, shares)


def _write_weight(directory: Path, version: int, shares: int) -> bool:
    name, value = _weight_file(version, shares)
    try:
        (directory / name).write_text(str(value))
    except OSError:
        return False
    return True


def _weight_file(version: int, shares: int) -> tuple[str, int]:
    return ("cpu.shares", shares) if version == 1 else ("cpu.weight", weight_of(shares))


def weight_of(shares: int) -> int:
    """CPU shares (2..262144) as a cgroup v2 weight (1..10000), by the OCI runtime's formula."""
    return 1 + (shares - 2) * 9999 // 262_142


def remove_groups(path: PurePosixPath, root: Path = ROOT, *, patience_s: float = 0.5) -> bool:
    """Remove a group and the empty ones below it; True if any directory went.

    The kernel refuses while a process is inside, so nothing alive can be lost.
    """
    group = group_at(path, root)
    if group is None:
        return False
    homes = sorted(set(group.directories.values()) | _other_v1_trees(path, root))
    return any([_remove_tree(home, patience_s) for home in homes if home.is_dir()])


def forgotten(
    path: PurePosixPath, root: Path = ROOT, *, older_s: float = FORGOTTEN_S
) -> tuple[str, ...]:
    """Names of groups below this one that are old and in which no process is left, sorted.

    An engine that dies may forget a container whose group stays; then nothing else leads to it.
    """
    top = group_at(path, root)
    if top is None:
        return ()
    before = time.time() - older_s
    return tuple(sorted(_empty_and_old(top.directories["pids"], before)))


def _empty_and_old(home: Path, before: float) -> Iterator[str]:
    for group in home.glob("*/"):
        with contextlib.suppress(OSError):  # it goes meanwhile
            members = [(d / "cgroup.procs").read_text() for d in (group, *group.rglob("*/"))]
            if group.stat().st_mtime < before and not any(members):
                yield group.name


def _other_v1_trees(path: PurePosixPath, root: Path) -> set[Path]:
    """On v1 the engine makes the group under controllers we never read, too."""
    if version_at(root) != 1:
        return set()
    relative = path.relative_to("/")
    return {tree / relative for tree in root.iterdir() if (tree / relative).is_dir()}


def _remove_tree(directory: Path, patience_s: float) -> bool:
    below = sorted((d for d in directory.rglob("*") if d.is_dir()), reverse=True)
    for inner in (*below, directory):
        end_s = time.monotonic() + patience_s
        while not _rmdir(inner) and time.monotonic() < end_s:
            time.sleep(0.01)
    return not directory.exists()


def _rmdir(directory: Path) -> bool:
    try:
        directory.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
