"""The timeline of the incidents stage in figures, for pages that draw it themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from assay.domain.incidents import IncidentsMeasurement
from assay.domain.timeline import IncidentKind
from assay.features.scorecards.timeline_chart import BAR_NAMES, BARS_SHOWN, LANES, Firing, Role
from assay.features.scorecards.wording import clipped

TITLE, ALERT = 80, 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """An incident as a band. `number`: as in the list of incidents."""

    number: int
    title: str
    kind: IncidentKind
    start_min: float
    end_min: float


@dataclass(frozen=True, slots=True)
class Bar:
    """An alert that fired.

    Attributes:
        told: What it was, in words.
        onset_min: Of the incident it was the first to notice, None otherwise.
    """

    start_min: float
    end_min: float
    role: Role
    told: str
    onset_min: float | None


@dataclass(frozen=True, slots=True)
class Lane:
    """All firings of one alert."""

    alert: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was done, what callers felt, what the alerts said.

    Attributes:
        minutes: Virtual minutes; `p95_ms` and `failed_percent` have a figure for each.
    """

    warmup_min: float
    length_min: float
    minutes: Sequence[float]
    p95_ms: Sequence[float | None]
    failed_percent: Sequence[float]
    incidents: Sequence[Stretch]
    lanes: Sequence[Lane]


def timeline_of(measured: IncidentsMeasurement, firings: Sequence[Firing]) -> Timeline:
    """The figures of one timeline; lanes and bars no more than can be shown."""
    slices = measured.slices
    return Timeline(
        warmup_min=measured.warmup_min,
        length_min=measured.length_min,
        minutes=[s.at_min for s in slices],
        p95_ms=[s.latency_ms_p95 for s in slices],
        failed_percent=[100 * s.failed / s.requests if s.requests else 0.0 for s in slices],
        incidents=[
            Stretch(n, clipped(i.title, TITLE), i.kind, i.onset_min, i.end_min)
            for n, i in enumerate(measured.incidents, 1)
        ],
        lanes=_lanes(firings, measured.length_min),
    )


def _lanes(firings: Sequence[Firing], length_min: float) -> list[Lane]:
    """In the order in which alerts first fired."""
    lanes: dict[str, list[Bar]] = {}
    for one in sorted(firings, key=lambda firing: firing.start_min):
        end = length_min if one.end_min is None else one.end_min
        bar = Bar(one.start_min, end, one.role, BAR_NAMES[one.role], one.onset_min)
        lanes.setdefault(one.alert, []).append(bar)
    return [
        Lane(clipped(alert, ALERT), bars[:BARS_SHOWN])
        for alert, bars in list(lanes.items())[:LANES]
    ]
