"""What each planted monitoring fault costs, and what alerts that know nothing earn.

Carries the same timeline out against the reference, against every fault that the incidents
stage measures, and against the known answers whose alerts are a trick (never, always, flapping,
random). `ONLY=no_metrics,alert_never` for some of them; `JOBS=1` one at a time.
"""

import os
from pathlib import Path

from tests.benchmarks.incident_runs import CHALLENGE, Judged, Wanted, judged
from tests.benchmarks.table import publish

from assay.toolkit.package import load_challenge

BESIDES = {"wall_clock_window": ("load",)}
"""Fault -> stages it needs to show: what load sent is still in a window of ten minutes."""
NOISE = 0.5
"""Points: less than this is not a loss."""
BASELINE_MAX = 0.05
ONLY = [name for name in os.environ.get("ONLY", "").split(",") if name]


def wanted(name: str, answer: str) -> Wanted:
    """The evaluation of one answer."""
    return Wanted(answer, besides=BESIDES.get(name, ()))


def faults() -> dict[str, tuple[str, ...]]:
    """Fault -> the criteria it names, of those that this stage measures."""
    challenge = load_challenge(Path(CHALLENGE)).challenge
    return {
        fault.id: fault.costs
        for slot in challenge.slot
        for fault in slot.fault
        if fault.measured_by == "incidents"
    }


def baselines() -> list[str]:
    """Names of the answers that only pretend to watch."""
    return sorted(path.name for path in Path(CHALLENGE, "answers/rejected").glob("alert_*"))


def chosen(names: list[str]) -> list[str]:
    """Those that were asked for."""
    return [name for name in names if not ONLY or name in ONLY]


def main() -> None:
    """Grade, compare, print, write.

    Raises:
        SystemExit: a fault costs what it does not name, or nothing of what it names; or a
            baseline earns too much.
    """
    costs = faults()
    named = {name: f"fault:{name}" for name in chosen(list(costs))}
    named |= {name: name for name in chosen(baselines())}
    runs = judged([Wanted("reference"), *(wanted(name, answer) for name, answer in named.items())])
    reference = runs[Wanted("reference")]
    criteria = list(reference.points)
    problems, rows = [], [["reference", *(f"{reference.points[c]:.1f}" for c in criteria), ""]]
    for name, answer in named.items():
        found = runs[wanted(name, answer)]
        lost = {c: reference.points[c] - found.points.get(c, 0.0) for c in criteria}
        declared = costs.get(name)
        rows.append([name, *(cell(lost[c], c, declared) for c in criteria), f"{found.share():.0%}"])
        problems += wrong(name, lost, declared, found)
    header = ["answer", *(c.replace("_", " ") for c in criteria), "share of alerting"]
    notes = [
        "points lost against the reference on the same timeline; * the fault names the criterion",
        *problems,
    ]
    publish("incident_faults", header, rows, notes)
    if problems:
        raise SystemExit("\n".join(problems))


def cell(lost: float, criterion: str, declared: tuple[str, ...] | None) -> str:
    """Points lost, marked where the fault was meant to cost them."""
    mark = "*" if declared and criterion in declared else ""
    return f"-{lost:.1f}{mark}" if abs(lost) >= 0.05 else f"0{mark}" if mark else ""


def wrong(
    name: str, lost: dict[str, float], declared: tuple[str, ...] | None, found: Judged
) -> list[str]:
    """What does not hold, in words."""
    if declared is None:
        most = sum(found.most.get(c, 0) for c in ALERTS)
        share = sum(found.points.get(c, 0.0) for c in ALERTS) / most
        return [f"{name} earns {share:.1%} of the alerts' points"] if share >= BASELINE_MAX else []
    silent = [c for c in declared if c in lost and lost[c] < NOISE]
    leaks = [c for c, points in lost.items() if points >= NOISE and c not in declared]
    return [
        *(f"{name} names {c} and costs {lost[c]:.2f} of it" for c in silent),
        *(f"{name} costs {lost[c]:.2f} of {c}, which it does not name" for c in leaks),
    ]


ALERTS = ("alerts_raised", "drift_caught", "alerts_robust", "drift_located", "notified")
"""The criteria that are about alerts, not about figures."""


if __name__ == "__main__":
    main()
