"""Whole incidents stages of known answers, a few at a time, as a user would start them.

The stage sends 60 requests a second and judges by minutes, so that two evaluations side by side
do not disturb each other; a run that the machine disturbed says so and is done again once. `KEEP=1`
judges again what an earlier run measured, and carries out only what is missing.
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
KEEP = "KEEP" in os.environ


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
    """Evaluate all, JOBS at a time; tells what it does.

    Raises:
        SystemExit: some could not be measured; what the others measured is kept.
    """
    with ThreadPoolExecutor(JOBS) as pool:
        found = dict(zip(wanted, pool.map(_judged, wanted), strict=True))
    missing = [f"{one.answer} seed {one.seed}" for one, what in found.items() if what is None]
    if missing:
        raise SystemExit(f"could not be measured: {', '.join(missing)}; go on with KEEP=1")
    return {one: what for one, what in found.items() if what is not None}


def _judged(wanted: Wanted) -> Judged | None:
    kept = _kept(wanted) if KEEP else None
    for _ in range(0 if kept else ATTEMPTS):
        run = _assay(
            *("grade", CHALLENGE, "--answer", wanted.answer, "--seed", str(wanted.seed)),
            *(word for stage in wanted.besides for word in ("--only", stage)),
            *("--only", "incidents", "--out", str(wanted.out)),
        )
        kept = _measured(json.loads((wanted.out / "result.json").read_text())) if run else None
        if kept:
            break
        print(f"{wanted.answer} seed {wanted.seed}: not measured", flush=True)
    if kept:
        told = f"{kept.share():.1%} of alerting"
        print(f"{wanted.answer} seed {wanted.seed}: {told}", flush=True)
    return kept


def _kept(wanted: Wanted) -> Judged | None:
    """What an earlier run measured, as it is judged now."""
    evidence = wanted.out / "evidence.json"
    told = _assay("rescore", str(evidence), "--json") if evidence.exists() else ""
    return _measured(json.loads(told)) if told else None


def _assay(*words: str) -> str:
    """What it printed; "" if it failed."""
    run = subprocess.run(
        [sys.executable, "-m", "assay.cli", *words], capture_output=True, text=True, check=False
    )
    return run.stdout or "done" if run.returncode == 0 else ""


def _measured(result: dict[str, Any]) -> Judged | None:
    """None if the machine disturbed it."""
    found = _read(result)
    return found if "metrics_truthful" in found.points else None


def _read(result: dict[str, Any]) -> Judged:
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
