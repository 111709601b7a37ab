"""What became of requests by how their callers looked, gathered from all traffic.

Every request wears a guise by lot, so groups by guise differ only if the service tells callers
apart.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from assay.domain.callers import Asked, CallersMeasurement, Likeness, Moment, TurnedAway
from assay.evaluation.material import Row
from assay.evaluation.run import Run
from assay_probe.arrivals import fresh_string, own_string
from assay_probe.guises import GUISES, guise_of
from assay_probe.records import ANSWERED_200, AnswersRecord, OpenLoopRecord, SegmentRecord

TURNED_AWAY = "45"


@dataclass(slots=True)
class Group:
    """Requests that are alike, while they are counted."""

    letters: Counter[str] = field(default_factory=Counter)
    answered_ms: list[float] = field(default_factory=list)

    def add(self, letter: str, latency_ms: float) -> None:
        """One more; a latency of 0 was not timed."""
        self.letters[letter] += 1
        if letter in ANSWERED_200 and latency_ms > 0:
            self.answered_ms.append(latency_ms)

    def fact(self, moment: Moment, alike: Likeness, name: str = "") -> Asked:
        """All of them."""
        return Asked(
            moment=moment,
            alike=alike,
            name=name,
            outcomes=dict(sorted(self.letters.items())),
            latency_ms_p50=median(self.answered_ms) if self.answered_ms else None,
        )


One = tuple[str, str, float]
"""Of one request: the text its guise was drawn by, outcome letter, latency in ms."""


def by_guise(moment: Moment, requests: Iterable[One]) -> tuple[Asked, ...]:
    """Requests grouped by how their callers looked."""
    groups = {guise.name: Group() for guise in GUISES}
    for text, letter, latency_ms in requests:
        groups[guise_of(text).name].add(letter, latency_ms)
    return tuple(group.fact(moment, "guise", name) for name, group in groups.items())


def note_answers(run: Run, record: AnswersRecord, rows: Sequence[Row]) -> None:
    """Rows that were asked one by one before there was load."""
    took_us = record.latency_us or [0] * len(record.outcomes)
    requests = zip(rows, record.outcomes, took_us, strict=False)
    texts = ((own_string(row.id), letter, us / 1e3) for row, letter, us in requests)
    keep(run, by_guise("before_load", texts))


def note_windows(run: Run, moment: Moment, records: Iterable[OpenLoopRecord]) -> None:
    """Windows of load on the submission."""
    keep(run, by_guise(moment, (one for record in records for one in _of_window(record))))


def note_turned_away(run: Run, records: Sequence[OpenLoopRecord]) -> None:
    """What was answered with 4xx or 5xx in the paired windows, and how busy the service was."""
    ones = [one for record in records for one in _of_window(record)]
    away = [ms for _, letter, ms in ones if letter in TURNED_AWAY]
    answered = [ms for _, letter, ms in ones if letter in ANSWERED_200]
    fact = TurnedAway(
        requests=len(ones),
        turned_away=len(away),
        turned_away_ms_p50=median(away) if away else None,
        answered_ms_p50=median(answered) if answered else None,
        cpu_share=_cpu_share(run, records),
    )
    known = run.facts.get("callers") or CallersMeasurement()
    run.facts["callers"] = known.model_copy(update={"turned_away": fact})


def note_segments(run: Run, seed: int, segments: Iterable[SegmentRecord]) -> None:
    """The traffic of the timeline; `seed` is the plan's."""
    keep(run, by_guise("incidents", (one for s in segments for one in _of_segment(s, seed))))


def _of_window(record: OpenLoopRecord) -> Iterator[One]:
    pairs = zip(record.outcomes, record.latency_us, strict=True)
    for number, (letter, us) in enumerate(pairs):
        yield fresh_string(record.seed, number), letter, us / 1e3


def _of_segment(segment: SegmentRecord, seed: int) -> Iterator[One]:
    pairs = zip(segment.outcomes, segment.latency_us, strict=True)
    for number, (letter, us) in enumerate(pairs):
        yield fresh_string(seed, segment.index, number), letter, us / 1e3


def _cpu_share(run: Run, records: Iterable[OpenLoopRecord]) -> float | None:
    service, cores = run.services["submission"], len(run.world.host.service_cores)
    shares = [
        usage.cpu_s / ((one.ended_s - one.started_s) * cores)
        for one in records
        if one.ended_s > one.started_s
        and cores
        and (usage := service.usage(one.started_s, one.ended_s))
    ]
    return round(median(shares), 4) if shares else None


def keep(run: Run, found: Sequence[Asked]) -> None:
    """Add groups to the facts; those of the same moments are replaced."""
    known = run.facts.get("callers") or CallersMeasurement()
    moments = {one.moment for one in found}
    others = tuple(one for one in known.asked if one.moment not in moments)
    asked = tuple(one for one in found if one.requests)
    run.facts["callers"] = known.model_copy(update={"asked": (*others, *asked)})
