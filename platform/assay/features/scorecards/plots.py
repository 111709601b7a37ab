"""The figures behind every plot of a scorecard, for drawings of ours and for those of pages."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal

from hdrh.histogram import HdrHistogram

from assay.domain.evidence import Evidence
from assay.domain.incidents import IncidentsMeasurement
from assay.domain.measurements import (
    CapacityMeasurement,
    LatencySlice,
    LoadMeasurement,
    ResourceSample,
)
from assay.features.scorecards.wording import clipped

Role = Literal["submission", "reference", "p50", "p95", "p99", "offered", "answered", "within"]
"""What a series is. Series differ by more than colour: also by mark and by dash."""

TARGETS: tuple[Role, ...] = ("submission", "reference")
PERCENTILES = (0, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 100)
BIN_S = 2.0
ROWS_SHOWN, TITLE = 60, 40


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: what it shows, and whether on a logarithmic scale."""

    label: str
    log: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Points in order of x. `dots`: without a line between them."""

    label: str
    role: Role
    x: Sequence[float]
    y: Sequence[float]
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """A straight line that must not be crossed, on the axis "x" or "y"."""

    axis: Literal["x", "y"]
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot: lines over an axis, or with `bars` the names of bars and one series.

    Attributes:
        name: Unique in the page.
        caption: What to look for.
        bars: Names of the bars; then x of every series is their place, from 0.
        columns, rows: The figures, as text.
    """

    name: str
    title: str
    caption: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    limit: Limit | None = None
    bars: Sequence[str] = field(default_factory=list)


def plots_of(evidence: Evidence) -> list[Plot]:
    """Every plot the evidence has figures for."""
    found: list[Plot | None] = []
    if evidence.load:
        found += [of(evidence.load) for of in BY_LOAD]
    found += [memory_over_time(evidence), cpu_over_time(evidence)]
    if evidence.capacity:
        found += [capacity_bars(evidence.capacity), cost_bars(evidence.capacity)]
    if evidence.incidents:
        found.append(drift_bars(evidence.incidents))
    return [plot for plot in found if plot]


def latency_over_time(load: LoadMeasurement) -> Plot | None:
    """p95 of each second of open-loop load."""
    seen = [(s.target, s.at_s, ms) for s in load.slices if (ms := s.latency_ms_p95) is not None]
    if not seen:
        return None
    return Plot(
        name="latency-over-time",
        title="Latency over time",
        caption="Each dot is the 95th percentile of one second of traffic; both services got the "
        "same requests in turn. Dots far above the others are stalls.",
        x=Axis("seconds since the evaluation began"),
        y=Axis("latency (ms)", log=True),
        series=[
            _series(role, role, [(at_s, ms) for of, at_s, ms in seen if of == role], dots=True)
            for role in TARGETS
        ],
        columns=["At (s)", "Target", "Requests/s", "Requests", "p50 (ms)", "p95 (ms)", "Failed"],
        rows=_thinned([_slice_row(s) for s in load.slices]),
        limit=_objective(load, "y"),
    )


def latency_distribution(load: LoadMeasurement) -> Plot | None:
    """Share of requests answered within a latency, from the HDR histograms."""
    found = {t: _percentiles_ms(load.hdr[t]) for t in TARGETS if load.hdr.get(t)}
    if not found:
        return None
    table = {target: dict(values) for target, values in found.items()}
    return Plot(
        name="latency-distribution",
        title="Latency distribution",
        caption="How many requests were answered within a given time: further left is faster. "
        "Requests without an answer count at the time they were given up.",
        x=Axis("latency (ms)", log=True),
        y=Axis("share of requests (%)"),
        series=[_series(t, t, [(ms, share) for share, ms in of]) for t, of in found.items()],
        columns=["Percentile", *(f"{target} (ms)" for target in found)],
        rows=[
            [f"{share:g}", *(figure_of(table[t][share]) for t in found)]
            for share in PERCENTILES
            if share
        ],
        limit=_objective(load, "x"),
    )


def latency_against_rate(load: LoadMeasurement) -> Plot | None:
    """Percentiles at each rate, with the objective."""
    rates = _by_rate(load)
    if not rates:
        return None
    names: tuple[Role, ...] = ("p50", "p95", "p99")
    return Plot(
        name="latency-against-rate",
        title="Latency against rate",
        caption="Latency of the submission as the rate grows. A line that bends upwards means "
        "requests queue; the objective should stay above p95.",
        x=Axis("requests per second"),
        y=Axis("latency (ms)", log=True),
        series=[
            _series(name, name, [(rate, ms) for rate, of in rates if (ms := of[at]) is not None])
            for at, name in enumerate(names)
        ],
        columns=["Requests/s", "p50 (ms)", "p95 (ms)", "p99 (ms)"],
        rows=[[f"{rate:.0f}", *map(figure_of, figures)] for rate, figures in rates],
        limit=_objective(load, "y"),
    )


def throughput_against_rate(load: LoadMeasurement) -> Plot | None:
    """Answers within the objective per second against what was offered."""
    tiers = sorted((t for t in load.tiers if t.requests), key=lambda tier: tier.rate_rps)
    if not tiers:
        return None
    offered = [(t.rate_rps, t.rate_rps) for t in tiers]
    within = [(t.rate_rps, t.rate_rps * t.within_objective / t.requests) for t in tiers]
    return Plot(
        name="throughput-against-rate",
        title="Throughput against rate",
        caption="What was asked of the submission and what it gave. Where the lines part, it no "
        "longer keeps up.",
        x=Axis("offered requests per second"),
        y=Axis("per second"),
        series=[
            _series("offered", "offered", [(0.0, 0.0), *offered]),
            _series("answered", "answered", [(t.rate_rps, t.achieved_rps) for t in tiers]),
            _series(f"answered within {load.objective_ms:g} ms", "within", within),
        ],
        columns=["Offered/s", "Answered/s", "Within objective", "Requests", "Objective"],
        rows=[
            [
                f"{t.rate_rps:.0f}",
                f"{t.achieved_rps:.0f}",
                f"{t.within_objective:,}",
                f"{t.requests:,}",
                t.verdict,
            ]
            for t in tiers
        ],
    )


BY_LOAD: tuple[Callable[[LoadMeasurement], Plot | None], ...] = (
    latency_over_time,
    latency_distribution,
    latency_against_rate,
    throughput_against_rate,
)


def memory_over_time(evidence: Evidence) -> Plot | None:
    """Anonymous memory of both services."""
    return _over_time(
        _binned(evidence.samples, lambda sample: sample.memory_mib),
        "memory-over-time",
        "Memory over time",
        "Memory the services hold, by the kernel's counters. A line that keeps rising under "
        "steady load is a leak.",
        "MiB",
    )


def cpu_over_time(evidence: Evidence) -> Plot | None:
    """CPU of both services, in cores."""
    return _over_time(
        _binned(evidence.samples, lambda sample: sample.cpu_share),
        "cpu-over-time",
        "CPU over time",
        "Cores the services kept busy, by the kernel's counters; 1 is one whole core.",
        "cores",
    )


def capacity_bars(capacity: CapacityMeasurement) -> Plot:
    """Correct answers per second of both, saturated on one core."""
    return _bars(
        "capacity",
        "Correct answers per second, saturated",
        "Both services on the same core at the same time, as fast as they can. Longer is better.",
        "correct answers per second",
        (capacity.submission_rps, capacity.reference_rps),
    )


def cost_bars(capacity: CapacityMeasurement) -> Plot | None:
    """Dollars per million correct answers of both."""
    own, reference = capacity.cost_per_million, capacity.reference_cost_per_million
    if own is None or reference is None or math.isinf(own):
        return None
    return _bars(
        "cost",
        "Cost of a million correct answers",
        f"Processor and memory at the prices {capacity.price_sheet}. Shorter is better.",
        "dollars per million correct answers",
        (own, reference),
    )


def drift_bars(measured: IncidentsMeasurement) -> Plot | None:
    """How far each drift moved what was sent."""
    drifts = [
        (f"{number}  {clipped(one.title, TITLE)}", one.truth.psi_max)
        for number, one in enumerate(measured.incidents, 1)
        if one.kind == "drift" and one.truth
    ]
    if not drifts:
        return None
    return Plot(
        name="drift",
        title="How far the data drifted",
        caption="Population stability index of the field that moved furthest, numbered as in the "
        "timeline; 0.25 is commonly called a large shift. A drift of the labels alone moves none.",
        x=Axis("largest PSI"),
        y=Axis(""),
        series=[Series(name, "submission", [float(at)], [psi])
                for at, (name, psi) in enumerate(drifts)],
        columns=["Drift", "Largest PSI"],
        rows=[[name, f"{psi:.3g}"] for name, psi in drifts],
        bars=[name for name, _ in drifts],
    )  # fmt: skip


def figure_of(value: float | None) -> str:
    """A figure as tables show it."""
    if value is None:
        return "no answer"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def _bars(name: str, title: str, caption: str, unit: str, values: tuple[float, float]) -> Plot:
    return Plot(
        name=name,
        title=title,
        caption=caption,
        x=Axis(unit),
        y=Axis(""),
        series=[
            Series(role, role, [float(at)], [value])
            for at, (role, value) in enumerate(zip(TARGETS, values, strict=True))
        ],
        columns=["Target", unit.capitalize()],
        rows=[[role, f"{value:,.3g}"] for role, value in zip(TARGETS, values, strict=True)],
        bars=list(TARGETS),
    )


def _over_time(
    found: dict[Role, list[tuple[float, float]]], name: str, title: str, caption: str, unit: str
) -> Plot | None:
    if not found:
        return None
    rows = [
        [f"{at_s:.0f}", target, figure_of(value)]
        for target, points in found.items()
        for at_s, value in points
    ]
    return Plot(
        name=name,
        title=title,
        caption=caption,
        x=Axis("seconds since the evaluation began"),
        y=Axis(unit),
        series=[_series(target, target, points) for target, points in found.items()],
        columns=["At (s)", "Target", unit],
        rows=_thinned(rows),
    )


def _series(
    label: str, role: Role, points: Iterable[tuple[float, float]], *, dots: bool = False
) -> Series:
    ordered = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
    return Series(label, role, [x for x, _ in ordered], [y for _, y in ordered], dots)


def _objective(load: LoadMeasurement, axis: Literal["x", "y"]) -> Limit:
    return Limit(axis, load.objective_ms, f"objective {load.objective_ms:g} ms")


def _by_rate(load: LoadMeasurement) -> list[tuple[float, list[float | None]]]:
    """Rate and its p50, p95, p99, ascending: the paired windows and the published rates."""
    p50, p95 = load.latency_ms_p50, load.latency_ms_p95
    paired = [p50.value if p50 else None, p95.value if p95 else None, load.latency_ms_p99]
    rates: list[tuple[float, list[float | None]]] = [(load.rate_rps, paired)]
    for tier in load.tiers:
        figures = [tier.latency_ms_p50, tier.latency_ms_p95, tier.latency_ms_p99]
        rates.append((tier.rate_rps, figures))
    seen = [entry for entry in rates if any(ms is not None for ms in entry[1])]
    return sorted(seen, key=lambda entry: entry[0])


def _percentiles_ms(encoded: str) -> list[tuple[float, float]]:
    histogram = HdrHistogram.decode(encoded)
    return [(p, histogram.get_value_at_percentile(p) / 1000) for p in PERCENTILES]


def _binned(
    samples: Iterable[ResourceSample], value_of: Callable[[ResourceSample], float]
) -> dict[Role, list[tuple[float, float]]]:
    """Means over bins of BIN_S, so that ten readings a second make a line one can read."""
    bins: dict[str, dict[int, list[float]]] = {}
    for sample in samples:
        of_target = bins.setdefault(sample.target, {})
        of_target.setdefault(int(sample.at_s / BIN_S), []).append(value_of(sample))
    return {role: list(_means(bins[role])) for role in TARGETS if role in bins}


def _means(bins: dict[int, list[float]]) -> Iterator[tuple[float, float]]:
    for index, values in sorted(bins.items()):
        yield index * BIN_S, fmean(values)


def _slice_row(found: LatencySlice) -> list[str]:
    return [
        f"{found.at_s:.0f}",
        found.target,
        f"{found.rate_rps:.0f}",
        str(found.requests),
        figure_of(found.latency_ms_p50),
        figure_of(found.latency_ms_p95),
        str(found.failed),
    ]


def _thinned(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """At most ROWS_SHOWN rows, evenly taken: the whole is in evidence.json."""
    step = -(-len(rows) // ROWS_SHOWN) or 1
    return rows[::step]
