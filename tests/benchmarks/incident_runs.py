"""Whole incidents stages of known answers, a few at a time, as a user would start them.

The stage sends 60 requests a second and judges by minutes, so that two evaluations side by side
do not disturb each other; a run that the machine disturbed says so and is done again once.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHALLENGE = "challenges/credit-scoring"
OUT = Path("out/benchmarks/incidents")
JOBS = int(os.environ.get("JOBS", "2"))
AREAS = ("alerting", "resilience")
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """One evaluation: a known answer under a seed; `besides` are stages before the incidents."""

    answer: str
    seed: int = 0
    again: int = 0
    besides: tuple[str, ...] = ()

    @property
    def out(self) -> Path:
        """Where its files are."""
        name = self.answer.replace("/", "-").replace(":", "-")
        return OUT / f"{name}-{self.seed}-{self.again}"


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of it: criterion id -> points earned, and the whole result."""

    points: dict[str, float]
    most: dict[str, float]
    result: dict[str, Any]

    def share(self, area: str = "alerting") -> float:
        """Points of an area that were earned, of those that the stage could give."""
        ids = [one["id"] for one in self.result["criteria"] if one["area"] == area]
        known = [name for name in ids if name in self.points]
        return sum(self.points[name] for name in known) / sum(self.most[name] for name in known)


def judged(wanted: Sequence[Wanted]) -> dict[Wanted, Judged]:
    """Evaluate all, JOBS at a time; tells what it does."""
    with ThreadPoolExecutor(JOBS) as pool:
        return dict(zip(wanted, pool.map(_judged, wanted), strict=True))


def _judged(wanted: Wanted) -> Judged:
    for _ in range(ATTEMPTS):
        run = subprocess.run(
            [
                *(sys.executable, "-m", "assay.cli", "grade", CHALLENGE),
                *("--answer", wanted.answer, "--seed", str(wanted.seed)),
                *(word for stage in wanted.besides for word in ("--only", stage)),
                *("--only", "incidents", "--out", str(wanted.out)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        found = _read(wanted) if run.returncode == 0 else None
        if found and "metrics_truthful" in found.points:
            told = f"{wanted.answer} seed {wanted.seed}: {found.share():.1%} of alerting"
            print(told, flush=True)
            return found
        print(f"{wanted.answer} seed {wanted.seed}: not measured", flush=True)
    raise SystemExit(f"{wanted.answer} could not be measured: {run.stderr[-2000:]}")


def _read(wanted: Wanted) -> Judged:
    result = json.loads((wanted.out / "result.json").read_text())
    scored = [
        one
        for one in result["criteria"]
        if one["area"] in AREAS and one["status"] == "scored" and one["max"] > 0
    ]
    return Judged(
        points={one["id"]: one["points"] for one in scored},
        most={one["id"]: one["max"] for one in scored},
        result=result,
    )
