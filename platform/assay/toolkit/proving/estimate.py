"""How long a proof takes, from how long stages took."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence

from assay.domain.challenge import StageName
from assay.domain.evidence import StageOutcome
from assay.toolkit.proving.room import TIMELINE, sharing_of

FIRST_S: dict[StageName, float] = {
    "checkout": 0.5,
    "build": 6.0,
    "boot": 2.5,
    "contract": 16.0,
    "quality": 4.0,
    "load": 82.0,
    "capacity": 19.0,
    "incidents": 262.0,
    "shutdown": 8.0,
    "operability": 8.0,
}
"""Before anything was measured here: what credit-scoring's reference took on two idle cores. Our
own trees share layers, so that most builds are short."""
AROUND_S = 6.0
"""To start a process and networks, and to remove them."""


class Durations:
    """How long each stage takes here: the median of what was seen."""

    def __init__(self) -> None:
        self._seen: dict[StageName, list[float]] = defaultdict(list)

    def learn(self, stages: Iterable[StageOutcome]) -> None:
        """Take the times of an evaluation's stages that were finished."""
        for outcome in stages:
            if outcome.status == "done":
                self._seen[outcome.stage].append(outcome.seconds)

    def of(self, stage: StageName) -> float:
        """Seconds to expect."""
        seen = self._seen.get(stage)
        return statistics.median(seen) if seen else FIRST_S[stage]


def seconds_for(
    runs: Sequence[Sequence[StageName]], durations: Durations, *, jobs: int, hard: int = 0
) -> float:
    """Wall-clock seconds for evaluations of which these stages are left.

    What is measured alone adds up; the rest is shared by as many as run at once.

    Args:
        runs: Stages of each.
        durations: How long each takes.
        jobs: So many run at once.
        hard: So many of their timelines leave no room for another beside them.
    """
    at_once = max(1, min(jobs, len(runs)))
    alone = shared = 0.0
    for stages in runs:
        shared += AROUND_S
        for stage in stages:
            if sharing_of(stage) == "alone":
                alone += durations.of(stage)
            else:
                shared += durations.of(stage)
    beside = hard * durations.of(TIMELINE) * (at_once - 1)
    return alone + (shared + beside) / at_once


def told(seconds: float) -> str:
    """A duration as a person says it: "40 s", "12 min", "4 h 10 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
