"""Prometheus text by hand: counters, one kind of histogram, gauges that are asked for."""

import bisect
from collections import defaultdict
from collections.abc import Callable

EDGES = (0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 10, 15)


class Exports:
    """Everything that is exported. Names and labels are ours; no caller can make one."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, float]] = defaultdict(dict)
        self._timed: dict[str, dict[str, tuple[list[int], list[float]]]] = defaultdict(dict)
        self._gauges: dict[str, Callable[[], float | None]] = {}

    def count(self, name: str, by: float = 1, **labels: str) -> None:
        """Add to a counter; with 0 it is there before anything happens."""
        series, key = self._counts[name], _labels(labels)
        series[key] = series.get(key, 0) + by

    def time(self, name: str, seconds: float, **labels: str) -> None:
        """Put a duration into its histogram."""
        buckets, total = self._timed[name].setdefault(_labels(labels), ([0] * (len(EDGES) + 1), [0.0]))
        buckets[bisect.bisect_left(EDGES, seconds)] += 1
        total[0] += seconds

    def gauge(self, name: str, read: Callable[[], float | None]) -> None:
        """A value that is computed when it is looked at; None is not exported."""
        self._gauges[name] = read

    def text(self) -> bytes:
        """All of it, as scrapers read it."""
        lines = []
        for name, series in self._counts.items():
            lines += [f"# TYPE {name} counter", *(f"{name}{{{key}}} {value!r}" for key, value in series.items())]
        for name, timed in self._timed.items():
            lines.append(f"# TYPE {name} histogram")
            for key, (buckets, total) in timed.items():
                lines += _histogram(name, key, buckets, total[0])
        for name, read in self._gauges.items():
            value = read()
            if value is not None:
                lines += [f"# TYPE {name} gauge", f"{name}{{}} {value!r}"]
        return ("\n".join(lines) + "\n").encode()


def _histogram(name: str, key: str, buckets: list[int], total: float) -> list[str]:
    comma, seen, lines = "," if key else "", 0, []
    for edge, count in zip((*EDGES, "+Inf"), buckets, strict=True):
        seen += count
        lines.append(f'{name}_bucket{{{key}{comma}le="{edge}"}} {seen}')
    return [*lines, f"{name}_sum{{{key}}} {total!r}", f"{name}_count{{{key}}} {seen}"]


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f'{name}="{value}"' for name, value in labels.items())
