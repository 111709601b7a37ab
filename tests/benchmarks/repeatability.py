"""How much the total score of one and the same service moves, idle and beside a busy neighbour.

Grades the reference of credit-scoring RUNS times on an otherwise idle machine and RUNS times
with a process that keeps the other core (the probe's) busy. Writes the table to
docs/benchmarks.md. `RUNS=3 make bench NAME=repeatability` for a short look.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.table import publish

from assay.bootstrap.grading import GradeRequest, GradeResult, grade

RUNS = int(os.environ.get("RUNS", "10"))
CHALLENGE = Path("challenges/credit-scoring")
BUSY = "while True: sum(range(10_000))"


@contextlib.contextmanager
def busy_neighbour(core: int) -> Iterator[None]:
    """A process that never sleeps, on one core."""
    neighbour = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        os.sched_setaffinity(neighbour.pid, {core})
        yield
    finally:
        neighbour.kill()
        neighbour.wait()


def graded(seed: int) -> GradeResult:
    """One evaluation of the reference."""
    with tempfile.TemporaryDirectory() as out:
        request = GradeRequest(
            challenge=CHALLENGE,
            submission=None,
            answer="reference",
            sandbox="docker",
            seed=seed,
            only=(),
            out=Path(out),
        )
        return grade(request, lambda _event: None)


def runs(name: str) -> list[GradeResult]:
    """RUNS evaluations, told as they come."""
    found = []
    for number in range(RUNS):
        found.append(graded(number))
        total = found[-1].scorecard.total
        print(f"{name} {number + 1}/{RUNS}: {None if total is None else float(total):.2f}")
    return found


def spread(values: list[float]) -> str:
    """Mean and standard deviation."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.3f} ± {deviation:.3f}"


def row(name: str, found: list[GradeResult]) -> list[str]:
    """One line of the table."""
    loads = [r.evidence.load for r in found if r.evidence.load]
    capacities = [r.evidence.capacity for r in found if r.evidence.capacity]
    return [
        name,
        str(len(found)),
        spread([float(r.scorecard.total) for r in found if r.scorecard.total is not None]),
        str(sum(r.scorecard.status != "complete" for r in found)),
        spread([m.ratio_p50.value for m in loads if m.ratio_p50]),
        spread([m.ratio_p95.value for m in loads if m.ratio_p95]),
        spread([m.throughput_ratio.value for m in capacities]),
        spread([m.cpu_ratio.value for m in capacities if m.cpu_ratio]),
        spread([r.evidence.seconds for r in found]),
    ]


def main() -> None:
    """Grade, print, write."""
    idle = runs("idle")
    with busy_neighbour(min(os.sched_getaffinity(0))):
        busy = runs("busy neighbour")
    header = [
        "host", "runs", "total score", "not complete", "p50 ratio", "p95 ratio",
        "throughput ratio", "CPU ratio", "seconds",
    ]  # fmt: skip
    rows = [row("idle", idle), row("busy neighbour on the other core", busy)]
    publish("repeatability", header, rows, ["mean ± standard deviation"])


if __name__ == "__main__":
    main()
