"""How much the points of the incidents move: between timelines, and between two runs of one.

Carries out RUNS different timelines against the reference, and the first of them twice more, JOBS
at a time: the stage sends 60 requests a second and judges by minutes, so that two side by side do
not disturb each other. A run that the machine disturbed says so and is done again once. `KEEP=1`
judges again what an earlier run measured, and carries out only what is missing.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.table import publish

CHALLENGE = "challenges/credit-scoring"
OUT = Path("out/benchmarks/incidents")
RUNS = int(os.environ.get("RUNS", "10"))
JOBS = int(os.environ.get("JOBS", "2"))
ANSWER = os.environ.get("ANSWER", "reference")
KEEP = "KEEP" in os.environ
AREAS = ("alerting", "resilience")
ATTEMPTS = 2
SAME_MAX, SEEDS_MAX = 2.0, 4.0
"""Points of 100: between two runs of one timeline; standard deviation over timelines."""

Shares = dict[str, float]
"""Area -> per cent of its points that were earned, of those that the stage can give."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One timeline, and which of its runs."""

    seed: int
    again: int = 0

    @property
    def out(self) -> Path:
        """Where its files are."""
        return OUT / f"{ANSWER.replace('/', '-').replace(':', '-')}-{self.seed}-{self.again}"


def judged(wanted: Sequence[Wanted]) -> dict[Wanted, Shares]:
    """Evaluate all, JOBS at a time; tells what it does.

    Raises:
        SystemExit: some could not be measured; what the others measured is kept.
    """
    with ThreadPoolExecutor(JOBS) as pool:
        found = dict(zip(wanted, pool.map(_judged, wanted), strict=True))
    missing = [str(one.seed) for one, shares in found.items() if shares is None]
    if missing:
        raise SystemExit(f"could not be measured: seed {', '.join(missing)}; go on with KEEP=1")
    return {one: shares for one, shares in found.items() if shares is not None}


def _judged(wanted: Wanted) -> Shares | None:
    found = _kept(wanted) if KEEP else None
    for _ in range(0 if found else ATTEMPTS):
        run = _assay(
            *("grade", CHALLENGE, "--answer", ANSWER, "--seed", str(wanted.seed)),
            *("--only", "incidents", "--out", str(wanted.out)),
        )
        found = _shares(json.loads((wanted.out / "result.json").read_text())) if run else None
        if found:
            break
        print(f"seed {wanted.seed}: not measured", flush=True)
    if found:
        print(f"seed {wanted.seed}: {found['alerting']:.1f} % of alerting", flush=True)
    return found


def _kept(wanted: Wanted) -> Shares | None:
    """What an earlier run measured, as it is judged now."""
    evidence = wanted.out / "evidence.json"
    told = _assay("rescore", str(evidence), "--json") if evidence.exists() else ""
    return _shares(json.loads(told)) if told else None


def _assay(*words: str) -> str:
    """What it printed; "" if it failed."""
    run = subprocess.run(
        [sys.executable, "-m", "assay.cli", *words], capture_output=True, text=True, check=False
    )
    return run.stdout or "done" if run.returncode == 0 else ""


def _shares(result: dict[str, Any]) -> Shares | None:
    """None if the machine disturbed it."""
    scored = [one for one in result["criteria"] if one["status"] == "scored" and one["max"]]
    if "metrics_truthful" not in {one["id"] for one in scored}:
        return None
    of_area = {area: [one for one in scored if one["area"] == area] for area in AREAS}
    return {
        area: 100 * sum(one["points"] for one in lines) / sum(one["max"] for one in lines)
        for area, lines in of_area.items()
    }


def spread(values: list[float]) -> str:
    """Mean, standard deviation and the least."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.1f} ± {deviation:.1f} (least {min(values):.1f})"


def main() -> None:
    """Grade, print, write.

    Raises:
        SystemExit: the points move more than they may.
    """
    seeds = [Wanted(seed) for seed in range(1, RUNS + 1)]
    again = [Wanted(1, n) for n in (1, 2)]
    runs = judged([*seeds, *again])
    over = {area: [runs[one][area] for one in seeds] for area in AREAS}
    same = {area: [runs[one][area] for one in (seeds[0], *again)] for area in AREAS}
    rows = [
        [f"{RUNS} timelines", *(spread(over[area]) for area in AREAS)],
        ["one timeline, 3 runs", *(spread(same[area]) for area in AREAS)],
    ]
    notes = ["per cent of the points that the stage can give: mean ± standard deviation"]
    publish("incident_seeds", [f"{ANSWER}, over", *AREAS], rows, notes)
    moved = max(same["alerting"]) - min(same["alerting"])
    if moved > SAME_MAX or statistics.stdev(over["alerting"]) > SEEDS_MAX:
        raise SystemExit(f"the points move: {moved:.1f} between runs of one timeline")


if __name__ == "__main__":
    main()
