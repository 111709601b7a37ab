"""Everything a service exported over a run: series by scrape slot, as Prometheus would hold them.

A slot is a scrape that was due: slot n at `n * every_s` after the first. In a slot that is not
`scraped` nothing is known, and nobody asked; in one that is, a series without a sample is gone.
"""

import base64
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.domain.incidents import ScrapeFacts
from assay.domain.statistics import percentile
from assay.domain.timeline import INSTANCE, JOB
from assay.evaluation.alerting.exposition import Exposition, Identity, Labels, Scrape, Unreadable
from assay_probe.records import ScrapeRecord

UNPARSABLE = "unparsable"
SCRAPERS = 2
"""The recorder, and a Prometheus that runs beside the service half as fast."""
MOVED_TOLD = 20
"""Counters that moved without a request that are named."""


@dataclass(frozen=True, slots=True)
class Series:
    """The samples of one series, as they were exported.

    Attributes:
        slots: Ascending.
        values: One for each slot.
    """

    name: str
    labels: Labels
    cumulative: bool
    slots: NDArray[np.int32]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recording:
    """One run, or what a mutation made of it.

    Attributes:
        series: Sorted by name and labels.
        scraped: For each slot whether it was asked for.
        every_s: Real seconds between slots.
        unix_s: Unix time of slot 0, on the service's clock.
    """

    series: tuple[Series, ...]
    scraped: NDArray[np.bool_]
    every_s: float
    unix_s: float

    @property
    def slots(self) -> int:
        """How many there are."""
        return len(self.scraped)


@dataclass(frozen=True, slots=True)
class Reading:
    """A recording, and what was seen while its scrapes were read.

    Attributes:
        samples: Slot -> how many series its scrape had; only of scrapes that could be read.
        problem: What is wrong with the first body that could not be read, "" if none.
        unparsable: How many could not.
        forged: Series dropped because only the recorder may write them.
    """

    recording: Recording
    samples: dict[int, int]
    unparsable: int
    problem: str
    forged: tuple[str, ...]


@dataclass(slots=True)
class _Columns:
    """Samples of all series, in the order they were read."""

    ids: list[NDArray[np.int32]] = field(default_factory=list)
    slots: list[NDArray[np.int32]] = field(default_factory=list)
    values: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, slot: int, scrape: Scrape) -> None:
        self.ids.append(scrape.ids)
        self.slots.append(np.full(len(scrape.ids), slot, dtype=np.int32))
        self.values.append(scrape.values)

    def by_series(self, identities: Sequence[Identity]) -> list[Series]:
        """One `Series` for each identity that has a sample; slots keep their order."""
        if not self.ids:
            return []
        ids, slots = np.concatenate(self.ids), np.concatenate(self.slots)
        order = np.argsort(ids, kind="stable")
        values = np.concatenate(self.values)[order]
        bounds = np.searchsorted(ids[order], np.arange(len(identities) + 1))
        return [
            Series(
                identity.name,
                identity.labels,
                identity.cumulative,
                slots[order[begin:end]],
                values[begin:end],
            )
            for identity, begin, end in zip(identities, bounds, bounds[1:], strict=False)
            if begin < end
        ]


def target_labels(port: int) -> Labels:
    """The labels every series is scraped with, published in the brief."""
    return (("instance", INSTANCE.format(port=port)), ("job", JOB))


def read_recording(
    scrapes: Iterable[ScrapeRecord], *, target: Labels, every_s: float, unix_s: float
) -> Reading:
    """Parse the bodies of a run and add what Prometheus adds: `up` and the length of the scrape.

    Args:
        scrapes: In any order; a slot without a record was not asked for.
        target: Labels the target is scraped with.
        every_s: Real seconds between slots.
        unix_s: Unix time of slot 0.
    """
    ordered = sorted(scrapes, key=lambda scrape: scrape.slot)
    told = _told_first(ordered)
    exposition, columns = Exposition(target), _Columns()
    samples: dict[int, int] = {}
    problems: list[str] = []
    for record in ordered:
        outcome = None if record.failure else exposition.read(_body(told[record.slot]))
        if isinstance(outcome, Scrape):
            samples[record.slot] = len(outcome.ids)
            columns.add(record.slot, outcome)
        elif isinstance(outcome, Unreadable):
            problems.append(outcome.problem)
    series = [*columns.by_series(exposition.series), *_added(ordered, samples, target)]
    recording = Recording(
        series=tuple(sorted(series, key=lambda s: (s.name, s.labels))),
        scraped=_scraped(ordered),
        every_s=every_s,
        unix_s=unix_s,
    )
    problem = problems[0] if problems else ""
    return Reading(recording, samples, len(problems), problem, tuple(exposition.forged))


def scrape_facts(
    reading: Reading,
    scrapes: Sequence[ScrapeRecord],
    *,
    idle_moved: Sequence[str] = (),
    disturbed: Collection[int] = (),
) -> ScrapeFacts:
    """How `/metrics` behaved over the run.

    Args:
        reading: Of the scrapes.
        scrapes: All of them.
        idle_moved: See `moved`.
        disturbed: Slots in which something was done to the container: how long those scrapes
            took says nothing about the service.
    """
    failed = Counter(scrape.failure for scrape in scrapes if scrape.failure)
    if reading.unparsable:
        failed[UNPARSABLE] = reading.unparsable
    calm = reading.samples.keys() - set(disturbed)
    took_ms = [s.took_s * 1e3 for s in scrapes if s.slot in calm]
    counts = [reading.samples[slot] for slot in sorted(reading.samples)]
    return ScrapeFacts(
        slots=reading.recording.slots,
        good=len(counts),
        failed=dict(failed),
        took_ms_p50=percentile(took_ms, 0.5),
        took_ms_p95=percentile(took_ms, 0.95),
        series_first=counts[0] if counts else 0,
        series_last=counts[-1] if counts else 0,
        bytes_max=max((s.bytes for s in scrapes), default=0),
        forged=reading.forged,
        idle_moved=tuple(idle_moved),
        problem=reading.problem,
    )


def moved(
    recording: Recording, slots: range, *, names: Collection[str], path: str
) -> tuple[str, ...]:
    """Counters that grew although no request was sent: somebody makes the figures up.

    The scrapes themselves are requests, so a count for each of them is no offence, and what
    is labelled with the path of the scrapes may grow as it likes.

    Args:
        recording: As it was recorded.
        slots: Slots in which nothing was sent.
        names: The metrics to look at: those the candidate's own figures are made of. Others
            (CPU seconds, collections of garbage) move by themselves.
        path: Of the scrapes, "/metrics".
    """
    told = [
        _selector(series)
        for series in recording.series
        if series.cumulative
        and series.name in names
        and not series.name.endswith("_sum")
        and path not in dict(series.labels).values()
        and _growth(series, slots) > SCRAPERS * len(slots)
    ]
    return tuple(told[:MOVED_TOLD])


def _growth(series: Series, slots: range) -> float:
    """By how much a counter grew from the first to the last of its samples in `slots`."""
    inside = (series.slots >= slots.start) & (series.slots < slots.stop)
    steps = np.diff(series.values[inside])
    return float(steps[steps > 0].sum())


def _selector(series: Series) -> str:
    return series.name + "{" + ", ".join(f'{n}="{v}"' for n, v in series.labels) + "}"


def _told_first(ordered: Sequence[ScrapeRecord]) -> dict[int, ScrapeRecord]:
    """Slot -> the scrape whose body counts for it, of those that were answered.

    Scrapes overlap where answers are slow, and a later one may be answered first. Then counters
    would go back between the two, which Prometheus takes for a restart: one that was overtaken
    says what the one that overtook it said.
    """
    told: dict[int, ScrapeRecord] = {}
    soonest: ScrapeRecord | None = None
    for record in reversed(ordered):
        if record.failure:
            continue
        if soonest is None or record.ended_s <= soonest.ended_s:
            soonest = record
        told[record.slot] = soonest
    return told


def _body(record: ScrapeRecord) -> bytes:
    return zlib.decompress(base64.b64decode(record.body))


def _scraped(ordered: Sequence[ScrapeRecord]) -> NDArray[np.bool_]:
    scraped = np.zeros(ordered[-1].slot + 1 if ordered else 0, dtype=np.bool_)
    scraped[[record.slot for record in ordered]] = True
    return scraped


def _added(
    ordered: Sequence[ScrapeRecord], samples: dict[int, int], target: Labels
) -> list[Series]:
    """The series Prometheus writes itself about every scrape."""
    slots = np.array([record.slot for record in ordered], dtype=np.int32)
    columns: dict[str, list[float]] = {
        "up": [float(record.slot in samples) for record in ordered],
        "scrape_duration_seconds": [record.took_s for record in ordered],
        "scrape_samples_scraped": [float(samples.get(record.slot, 0)) for record in ordered],
    }
    return [
        Series(name, target, cumulative=False, slots=slots, values=np.array(values, np.float64))
        for name, values in columns.items()
        if ordered
    ]
