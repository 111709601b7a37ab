"""How much the points of the incidents move: between timelines, and between two runs of one.

Carries out RUNS different timelines against the reference, and the first of them twice more.
"""

import os
import statistics

from tests.benchmarks.incident_runs import Judged, Wanted, judged
from tests.benchmarks.table import publish

RUNS = int(os.environ.get("RUNS", "10"))
ANSWER = os.environ.get("ANSWER", "reference")
SAME_MAX, SEEDS_MAX = 2.0, 4.0
"""Points of 100: between two runs of one timeline; standard deviation over timelines."""


def spread(values: list[float]) -> str:
    """Mean, standard deviation and the least."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.1f} ± {deviation:.1f} (least {min(values):.1f})"


def shares(found: list[Judged]) -> dict[str, list[float]]:
    """Area -> per cent of its points, one for each run."""
    return {area: [100 * one.share(area) for one in found] for area in ("alerting", "resilience")}


def main() -> None:
    """Grade, print, write.

    Raises:
        SystemExit: the points move more than they may.
    """
    seeds = [Wanted(ANSWER, seed) for seed in range(1, RUNS + 1)]
    again = [Wanted(ANSWER, 1, n) for n in (1, 2)]
    runs = judged([*seeds, *again])
    over, same = shares([runs[w] for w in seeds]), shares([runs[w] for w in [seeds[0], *again]])
    rows = [
        [f"{RUNS} timelines", spread(over["alerting"]), spread(over["resilience"])],
        ["one timeline, 3 runs", spread(same["alerting"]), spread(same["resilience"])],
    ]
    notes = ["per cent of the points that the stage can give: mean ± standard deviation"]
    publish("incident_seeds", [f"{ANSWER}, over", "alerting", "resilience"], rows, notes)
    moved = max(same["alerting"]) - min(same["alerting"])
    if moved > SAME_MAX or statistics.stdev(over["alerting"]) > SEEDS_MAX:
        raise SystemExit(f"the points move: {moved:.1f} between runs of one timeline")


if __name__ == "__main__":
    main()
