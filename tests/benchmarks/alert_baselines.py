"""What alerts that know nothing earn, on timelines that are really drawn. Takes seconds.

The episodes are made up, the timelines are those of the challenge, and the score is the
product's own: a proof carries some of the same answers out (`answers/rejected/alert_*`).
"""

import os
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.benchmarks.table import publish
from tests.fakes.incidents import make_claim, make_episode, make_incidents, make_monitoring

from assay.domain.alerting import recorded, score_alerting
from assay.domain.incidents import Episode, Incident, IncidentsMeasurement, Replay
from assay.evaluation.incidents.ruled import quiet_slots
from assay.evaluation.incidents.timeline import Planned, Timeline, draw_timeline
from assay.toolkit.package import load_challenge

CHALLENGE = os.environ.get("CHALLENGE", "challenges/credit-scoring")
RUNS = int(os.environ.get("RUNS", "100"))
NOTHING_MAX = 0.05
PER_13_H = 240 / (13 * 60)
"""Alerts at random are counted in thirteen hours, the layout the method was first measured on."""

Span = tuple[float, float]


@dataclass(frozen=True)
class World:
    """One drawn timeline."""

    timeline: Timeline
    incidents: tuple[Incident, ...]
    rng: Random

    def judged(self) -> Iterable[Incident]:
        """What an alert is asked for."""
        return (one for one in self.incidents if one.kind != "decoy")


def every(minutes: int) -> Callable[[World], list[Span]]:
    """Firing for two minutes, again and again, from any minute on."""

    def spans(world: World) -> list[Span]:
        first = world.rng.randrange(minutes)
        return [(at, at + 2.0) for at in range(first, int(world.timeline.length_min), minutes)]

    return spans


def at_random(per_13_h: int) -> Callable[[World], list[Span]]:
    """So often, for five minutes."""
    count = round(per_13_h * PER_13_H)

    def spans(world: World) -> list[Span]:
        quarters = range(60, int(4 * world.timeline.length_min))
        return [(at / 4, at / 4 + 5) for at in sorted(world.rng.sample(quarters, count))]

    return spans


def timely(world: World) -> list[Span]:
    """Every incident after a quarter of its budget, and over when it is over."""
    return [
        (one.onset_min + 0.25 * one.budget_min, max(one.end_min, one.onset_min) + 2)
        for one in world.judged()
    ]


def with_noise(world: World) -> list[Span]:
    """The same, and once for nothing in the longest quiet time."""
    quiet = quiet_slots(world.timeline)
    middle_min = (quiet.start + quiet.stop) / 8
    return [*timely(world), (middle_min, middle_min + 2)]


def without_half(world: World) -> list[Span]:
    """Every other incident."""
    return timely(world)[::2]


NOTHING: dict[str, Callable[[World], list[Span]]] = {
    "never": lambda _: [],
    "always": lambda world: [(1, world.timeline.length_min)],
    "every 10 minutes": every(10),
    "every 30 minutes": every(30),
    "32 in 13 hours, at random": at_random(32),
}
SOMETHING: dict[str, Callable[[World], list[Span]]] = {
    "each incident in time": timely,
    "the same, and one false alarm": with_noise,
    "every other incident in time": without_half,
}


def incident_of(planned: Planned) -> Incident:
    """As if it had been carried out to the second."""
    spec = planned.spec
    facts = {name: getattr(spec, name) for name in Incident.model_fields if hasattr(spec, name)}
    return Incident(
        **facts,
        planned_onset_min=planned.onset_min,
        planned_end_min=planned.end_min,
        onset_min=planned.onset_min,
        end_min=planned.end_min,
        requests=1,
        outcomes={},
        before={},
        wrong_served=0,
        recovery_s=0.0,
    )


def repeated(world: World, spans: Iterable[Span]) -> Replay:
    """The clean recording: what fell into the longest quiet time, again and again."""
    quiet = quiet_slots(world.timeline)
    begin, end = quiet.start / 4, (quiet.stop - 1) / 4
    rounds = int(world.timeline.length_min / (end - begin)) + 1
    inside = [span for span in spans if span[0] < end and span[1] > begin]
    starts = [
        (max(first - begin, 0.0) + n * (end - begin), min(last, end) - max(first, begin))
        for first, last in inside
        for n in range(rounds)
    ]
    length_min = world.timeline.length_min
    found = [
        make_episode("A", at, at + for_min, severity="critical")
        for at, for_min in starts
        if at < length_min
    ]
    return replay("clean", found, length_min, (begin, end))


def replay(
    name: str,
    found: Iterable[Episode],
    length_min: float,
    repeats_min: tuple[float, float] | None = None,
) -> Replay:
    """One recording's."""
    return Replay(
        name=name,
        engine="promtool",
        episodes=tuple(found),
        seconds=0.0,
        length_min=length_min,
        repeats_min=repeats_min,
    )


def measured(world: World, spans: list[Span]) -> IncidentsMeasurement:
    """As an evaluation would have it, with one alert that claims to cover everything."""
    signals = tuple({signal for one in world.incidents for signal in one.accepts})
    length_min = world.timeline.length_min
    found = [
        make_episode("A", a, b if b < length_min else None, severity="critical") for a, b in spans
    ]
    return make_incidents(
        warmup_min=world.timeline.warmup_min,
        length_min=length_min,
        incidents=world.incidents,
        slices=(),
        monitoring=make_monitoring(alerts=(make_claim("A", covers=signals),)),
        replays=(replay("recorded", found, length_min), repeated(world, spans)),
    )


def score(world: World, spans: list[Span]) -> float:
    """Of all incidents."""
    measurement = measured(world, spans)
    replayed = recorded(measurement)
    scored = score_alerting(measurement, replayed) if replayed else None
    return float(scored.value) if scored else 0.0


def worlds() -> list[World]:
    """The timelines.

    Raises:
        SystemExit: the challenge has none.
    """
    spec = load_challenge(Path(CHALLENGE)).challenge
    if spec.incidents is None:
        raise SystemExit(f"{CHALLENGE} has no incidents")
    drawn = [draw_timeline(spec.incidents, spec.incident, "standard", n) for n in range(RUNS)]
    return [
        World(one, tuple(map(incident_of, one.planned)), Random(n))  # noqa: S311 - a draw
        for n, one in enumerate(drawn)
    ]


def main() -> None:
    """Draw, score, print, write.

    Raises:
        SystemExit: alerts that know nothing earn something.
    """
    found = {
        name: [score(world, spans(world)) for world in worlds()]
        for name, spans in {**NOTHING, **SOMETHING}.items()
    }
    rows = [[k, f"{statistics.mean(v):.3f}", f"{max(v):.2f}"] for k, v in found.items()]
    notes = [f"{RUNS} drawn timelines of {CHALLENGE}; score of 1 over all of their incidents"]
    publish("alert_baselines", ["one alert that fires", "mean score", "best"], rows, notes)
    lucky = [name for name in NOTHING if statistics.mean(found[name]) >= NOTHING_MAX]
    if lucky:
        raise SystemExit(f"worth something without knowing anything: {', '.join(lucky)}")


if __name__ == "__main__":
    main()
