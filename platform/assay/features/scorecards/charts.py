"""The plots of a scorecard, each with the figures it is drawn from."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from hdrh.histogram import HdrHistogram
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from assay.domain.evidence import Evidence
from assay.domain.measurements import LatencySlice, LoadMeasurement, ResourceSample
from assay.features.scorecards.svg import LIMIT, OWN, REFERENCE, axes, inline

STYLES: dict[str, dict[str, Any]] = {
    "submission": {"color": OWN, "marker": "o", "linestyle": "-"},
    "reference": {"color": REFERENCE, "marker": "s", "linestyle": "--"},
}
"""Series differ by more than colour."""

PERCENTILES = (0, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 100)
BIN_S = 2.0
ROWS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Chart:
    """One plot.

    Attributes:
        name: Unique in the page.
        caption: What to look for.
        columns, rows: The figures, as text.
    """

    name: str
    title: str
    caption: str
    svg: Markup
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def charts_of(evidence: Evidence) -> list[Chart]:
    """Every plot the evidence has figures for."""
    drawn: list[Chart | None] = []
    if evidence.load:
        drawn += [
            latency_over_time(evidence.load),
            latency_distribution(evidence.load),
            latency_against_rate(evidence.load),
            throughput_against_rate(evidence.load),
        ]
    drawn += [memory_over_time(evidence), cpu_over_time(evidence)]
    return [chart for chart in drawn if chart]


def latency_over_time(load: LoadMeasurement) -> Chart | None:
    """p95 of each second of open-loop load."""
    seen = [(s.target, (s.at_s, ms)) for s in load.slices if (ms := s.latency_ms_p95) is not None]
    if not seen:
        return None
    with axes() as ax:
        for target, style in STYLES.items():
            points = [point for of, point in seen if of == target]
            look = {**style, "linestyle": "none", "label": target}
            ax.plot(*_unzip(points), **look)
        _objective(ax, load)
        _log_ms(ax, "y")
        ax.set_xlabel("seconds since the evaluation began")
        return _chart(
            ax,
            "latency-over-time",
            "Latency over time",
            "Each dot is the 95th percentile of one second of traffic; both services got the "
            "same requests in turn. Dots far above the others are stalls.",
            ["At (s)", "Target", "Requests/s", "Requests", "p50 (ms)", "p95 (ms)", "Failed"],
            [_slice_row(s) for s in load.slices],
        )


def latency_distribution(load: LoadMeasurement) -> Chart | None:
    """Share of requests answered within a latency, from the HDR histograms."""
    found = {t: _percentiles_ms(load.hdr[t]) for t in STYLES if load.hdr.get(t)}
    if not found:
        return None
    with axes() as ax:
        for target, values in found.items():
            style = {**STYLES[target], "marker": "", "label": target}
            ax.plot([ms for _, ms in values], [share for share, _ in values], **style)
        _objective(ax, load, vertical=True)
        _log_ms(ax, "x")
        ax.set_ylabel("share of requests (%)")
        targets = list(found)
        table = {t: dict(values) for t, values in found.items()}
        return _chart(
            ax,
            "latency-distribution",
            "Latency distribution",
            "How many requests were answered within a given time: further left is faster. "
            "Requests without an answer count at the time they were given up.",
            ["Percentile", *(f"{t} (ms)" for t in targets)],
            [
                [f"{share:g}", *(_figure(table[t][share]) for t in targets)]
                for share in PERCENTILES
                if share
            ],
        )


def latency_against_rate(load: LoadMeasurement) -> Chart | None:
    """Percentiles at each rate, with the objective."""
    rates = _by_rate(load)
    if not rates:
        return None
    with axes() as ax:
        for index, (name, marker) in enumerate((("p50", "o"), ("p95", "s"), ("p99", "^"))):
            points = [(r[0], ms) for r in rates if (ms := r[1][index]) is not None]
            ax.plot(*_unzip(points), color=OWN, marker=marker, label=name, alpha=1 - 0.2 * index)
        _objective(ax, load)
        _log_ms(ax, "y")
        ax.set_xlabel("requests per second")
        return _chart(
            ax,
            "latency-against-rate",
            "Latency against rate",
            "Latency of the submission as the rate grows. A line that bends upwards means "
            "requests queue; the objective should stay above p95.",
            ["Requests/s", "p50 (ms)", "p95 (ms)", "p99 (ms)"],
            [[f"{rate:.0f}", *map(_figure, figures)] for rate, figures in rates],
        )


def throughput_against_rate(load: LoadMeasurement) -> Chart | None:
    """Answers within the objective per second against what was offered."""
    tiers = [t for t in load.tiers if t.requests]
    if not tiers:
        return None
    offered = [t.rate_rps for t in tiers]
    within = [t.rate_rps * t.within_objective / t.requests for t in tiers]
    with axes() as ax:
        ax.plot([0, *offered], [0, *offered], color=REFERENCE, linestyle="--", label="offered")
        ax.plot(offered, [t.achieved_rps for t in tiers], color=OWN, marker="o", label="answered")
        label = f"answered within {load.objective_ms:g} ms"
        ax.plot(offered, within, color=LIMIT, marker="^", linestyle="-.", label=label)
        ax.set_xlabel("offered requests per second")
        ax.set_ylabel("per second")
        ax.set_ylim(bottom=0)
        return _chart(
            ax,
            "throughput-against-rate",
            "Throughput against rate",
            "What was asked of the submission and what it gave. Where the lines part, it no "
            "longer keeps up.",
            ["Offered/s", "Answered/s", "Within objective", "Requests", "Objective"],
            [
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


def memory_over_time(evidence: Evidence) -> Chart | None:
    """Anonymous memory of both services."""
    series = _binned(evidence.samples, lambda sample: sample.memory_mib)
    return _over_time(
        series,
        "memory-over-time",
        "Memory over time",
        "Memory the services hold, by the kernel's counters. A line that keeps rising under "
        "steady load is a leak.",
        "MiB",
    )


def cpu_over_time(evidence: Evidence) -> Chart | None:
    """CPU of both services, in cores."""
    series = _binned(evidence.samples, lambda sample: sample.cpu_share)
    return _over_time(
        series,
        "cpu-over-time",
        "CPU over time",
        "Cores the services kept busy, by the kernel's counters; 1 is one whole core.",
        "cores",
    )


def _over_time(
    series: dict[str, list[tuple[float, float]]], name: str, title: str, caption: str, unit: str
) -> Chart | None:
    if not series:
        return None
    with axes() as ax:
        for target, points in series.items():
            ax.plot(*_unzip(points), **{**STYLES[target], "marker": "", "label": target})
        ax.set_xlabel("seconds since the evaluation began")
        ax.set_ylabel(unit)
        ax.set_ylim(bottom=0)
        rows = [
            [f"{at_s:.0f}", target, _figure(value)]
            for target, points in series.items()
            for at_s, value in points
        ]
        return _chart(ax, name, title, caption, ["At (s)", "Target", unit], rows)


def _chart(
    ax: Axes,
    name: str,
    title: str,
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> Chart:
    ax.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, columnspacing=1, handlelength=1.6
    )
    svg = inline(ax, name=name, title=title, description=caption)
    return Chart(name, title, caption, svg, columns, _thinned(rows))


def _objective(ax: Axes, load: LoadMeasurement, *, vertical: bool = False) -> None:
    line = ax.axvline if vertical else ax.axhline
    label = f"objective {load.objective_ms:g} ms"
    line(load.objective_ms, color=LIMIT, linestyle=":", linewidth=1.4, label=label)


def _log_ms(ax: Axes, side: str) -> None:
    axis = ax.xaxis if side == "x" else ax.yaxis
    (ax.set_xscale if side == "x" else ax.set_yscale)("log")
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
    (ax.set_xlabel if side == "x" else ax.set_ylabel)("latency (ms)")


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
) -> dict[str, list[tuple[float, float]]]:
    """Means over bins of BIN_S, so that ten readings a second make a line one can read."""
    bins: dict[str, dict[int, list[float]]] = {}
    for sample in samples:
        if sample.target in STYLES:
            target = bins.setdefault(sample.target, {})
            target.setdefault(int(sample.at_s / BIN_S), []).append(value_of(sample))
    return {
        target: [(index * BIN_S, fmean(values)) for index, values in sorted(found.items())]
        for target, found in bins.items()
    }


def _slice_row(found: LatencySlice) -> list[str]:
    return [
        f"{found.at_s:.0f}",
        found.target,
        f"{found.rate_rps:.0f}",
        str(found.requests),
        _figure(found.latency_ms_p50),
        _figure(found.latency_ms_p95),
        str(found.failed),
    ]


def _figure(value: float | None) -> str:
    if value is None:
        return "no answer"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def _unzip(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _thinned(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """At most ROWS_SHOWN rows, evenly taken: the whole is in evidence.json."""
    step = -(-len(rows) // ROWS_SHOWN) or 1
    return rows[::step]
