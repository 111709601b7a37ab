"""Counters over time: what containers and the host's cores used between any two instants.

Works on anything that has `usage()`. Instants are `time.monotonic()` of this host.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from assay_sandbox.engine import Usage
from assay_sandbox.series import Series, highest, increase, mean

PERIOD_S = 0.05
TICKS_PER_S = 100  # USER_HZ: the unit of /proc/stat on every Linux
MIB = 1024 * 1024
BUSY_FIELDS = (1, 2, 3, 6, 7)  # user nice system irq softirq; guest time is inside user
STEAL_FIELD = 8


class Measured(Protocol):
    """Anything with counters."""

    def usage(self) -> Usage | None:
        """The counters now, or None if they cannot be measured."""


@dataclass(frozen=True, slots=True)
class UsageWindow:
    """What one container, and others on the watched cores, used between two instants.

    Attributes:
        cpu_s: CPU-seconds of the container, interpolated at the edges.
        foreign_cpu_s: Busy time of the watched cores that no sampled container accounts
            for. Zero without watched cores.
        memory_mib_mean: Mean of anonymous memory over time.
        memory_mib_max: Its maximum.
        steal_s: Seconds the hypervisor took from the watched cores.
    """

    cpu_s: float
    foreign_cpu_s: float
    memory_mib_mean: float
    memory_mib_max: float
    steal_s: float


@dataclass(slots=True)
class _Track:
    """The samples of one container."""

    container: Measured
    samples: list[Usage] = field(default_factory=list)
    ended: bool = False

    def take(self) -> None:
        if self.ended:
            return
        usage = self.container.usage()
        if usage is not None and (not self.samples or usage.at_s > self.samples[-1].at_s):
            self.samples.append(usage)

    def cpu(self) -> Series:
        return [s.at_s for s in self.samples], [s.cpu_s for s in self.samples]

    def memory(self) -> Series:
        return [s.at_s for s in self.samples], [float(s.memory_bytes) for s in self.samples]

    def covers(self, since_s: float, until_s: float) -> bool:
        """Whether something was sampled in or around this time."""
        return bool(self.samples) and (
            self.samples[0].at_s < until_s and since_s < self.samples[-1].at_s
        )


class UsageSampler:
    """Reads counters at a steady pace on a thread of its own, between `start` and `stop`."""

    def __init__(
        self,
        *,
        cores: Sequence[int] = (),
        period_s: float = PERIOD_S,
        proc: Path = Path("/proc"),
    ) -> None:
        """Watch these host cores beside the containers that are added."""
        self._cores = tuple(cores)
        self._period_s = period_s
        self._stat = proc / "stat"
        self._tracks: dict[int, _Track] = {}
        self._host: tuple[list[float], list[float], list[float]] = ([], [], [])
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to sample."""
        if self._thread is not None:
            raise RuntimeError("this sampler was started before; make a new one")
        self.sample()
        self._thread = threading.Thread(target=self._run, name="usage sampler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take a last sample and end the thread. What was sampled stays readable."""
        if self._thread is None:
            raise RuntimeError("this sampler was not started")
        if not self._stopped.is_set():
            self._stopped.set()
            self._thread.join()
            self.sample()

    def add(self, container: Measured) -> None:
        """Sample this container too, from now on."""
        track = _Track(container)
        with self._lock:
            self._tracks[id(container)] = track
            track.take()

    def discard(self, container: Measured) -> None:
        """Take a last sample of this container. What was sampled stays readable."""
        with self._lock:
            track = self._tracks.get(id(container))
            if track is not None:
                track.take()
                track.ended = True

    def sample(self) -> None:
        """Read everything once, now."""
        with self._lock:
            self._sample_host()
            for track in self._tracks.values():
                track.take()

    def samples(self, container: Measured) -> tuple[Usage, ...]:
        """Every reading of this container so far."""
        with self._lock:
            track = self._tracks.get(id(container))
            return tuple(track.samples) if track is not None else ()

    def window(self, container: Measured, since_s: float, until_s: float) -> UsageWindow | None:
        """What was used between two instants; None if this container was not measured then."""
        if self._thread is not None and not self._stopped.is_set():
            self.sample()
        with self._lock:
            track = self._tracks.get(id(container))
            if track is None or not track.covers(since_s, until_s):
                return None
            return UsageWindow(
                cpu_s=increase(track.cpu(), since_s, until_s),
                foreign_cpu_s=self._foreign_cpu_s(since_s, until_s),
                memory_mib_mean=mean(track.memory(), since_s, until_s) / MIB,
                memory_mib_max=highest(track.memory(), since_s, until_s) / MIB,
                steal_s=self._host_increase(self._host[2], since_s, until_s),
            )

    def _foreign_cpu_s(self, since_s: float, until_s: float) -> float:
        busy_s = self._host_increase(self._host[1], since_s, until_s)
        ours = (t.cpu() for t in self._tracks.values() if t.samples)
        return max(0.0, busy_s - sum(increase(cpu, since_s, until_s) for cpu in ours))

    def _host_increase(self, values: list[float], since_s: float, until_s: float) -> float:
        return increase((self._host[0], values), since_s, until_s) if values else 0.0

    def _sample_host(self) -> None:
        if not self._cores:
            return
        busy_s, steal_s = core_seconds(self._stat.read_text(), self._cores)
        for series, value in zip(self._host, (time.monotonic(), busy_s, steal_s), strict=True):
            series.append(value)

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._stopped.wait(max(0.0, due_s - time.monotonic())):
            self.sample()
            due_s = max(due_s + self._period_s, time.monotonic())


def core_seconds(stat: str, cores: Sequence[int]) -> tuple[float, float]:
    """Busy and stolen seconds of some cores since the boot, from the text of /proc/stat."""
    wanted = {f"cpu{core}" for core in cores}
    rows = [f for f in (line.split() for line in stat.splitlines()) if f and f[0] in wanted]
    busy = sum(int(row[i]) for row in rows for i in BUSY_FIELDS)
    stolen = sum(int(row[STEAL_FIELD]) for row in rows)
    return busy / TICKS_PER_S, stolen / TICKS_PER_S
