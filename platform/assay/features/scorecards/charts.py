"""Plots of a scorecard as drawings of ours: they need no script, and print."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import fill
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from assay.domain.evidence import Evidence
from assay.features.scorecards.plots import Axis, Plot, Role, plots_of
from assay.features.scorecards.svg import LIMIT, OWN, REFERENCE, axes, inline

STYLES: dict[Role, dict[str, Any]] = {
    "submission": {"color": OWN, "marker": "o", "linestyle": "-"},
    "reference": {"color": REFERENCE, "marker": "s", "linestyle": "--"},
    "p50": {"color": OWN, "marker": "o", "alpha": 1.0},
    "p95": {"color": OWN, "marker": "s", "alpha": 0.8},
    "p99": {"color": OWN, "marker": "^", "alpha": 0.6},
    "offered": {"color": REFERENCE, "marker": "", "linestyle": "--"},
    "answered": {"color": OWN, "marker": "o"},
    "within": {"color": LIMIT, "marker": "^", "linestyle": "-."},
}
"""Series differ by more than colour."""
HATCHES: dict[str, str] = {"reference": "////"}
BAR_CHARACTERS = 22
"""Of the name of a bar, before it goes on in the next line."""
MARKED = 60
"""More points than this are drawn as a line alone."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What is said of a drawing: its title, what to look for, and the figures as text.

    Attributes:
        name: Unique in the page.
    """

    name: str
    title: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Chart(Figure):
    """A figure that can be drawn. That takes a tenth of a second, so it is done when asked for."""

    draw: Callable[[], Markup]

    @property
    def svg(self) -> Markup:
        """The drawing as one `<svg>` element."""
        return self.draw()


def charts_of(evidence: Evidence) -> list[Chart]:
    """Every plot the evidence has figures for."""
    return [chart_of(plot) for plot in plots_of(evidence)]


def chart_of(plot: Plot) -> Chart:
    """The plot as something that can be drawn."""
    return Chart(plot.name, plot.title, plot.caption, plot.columns, plot.rows, partial(drawn, plot))


def drawn(plot: Plot) -> Markup:
    """The drawing of a plot."""
    with axes() as ax:
        (_draw_bars if plot.bars else _draw_lines)(ax, plot)
        return inline(ax, name=plot.name, title=plot.title, description=plot.caption)


def _draw_lines(ax: Axes, plot: Plot) -> None:
    for series in plot.series:
        look: dict[str, Any] = {**STYLES[series.role], "label": series.label}
        if series.dots:
            look |= {"linestyle": "none"}
        elif len(series.x) > MARKED or plot.x.log:
            look |= {"marker": ""}
        ax.plot(series.x, series.y, **look)
    if plot.limit:
        line = ax.axvline if plot.limit.axis == "x" else ax.axhline
        look = {"color": LIMIT, "linestyle": ":", "linewidth": 1.4, "label": plot.limit.label}
        line(plot.limit.at, **look)
    _axis(ax, "x", plot.x)
    _axis(ax, "y", plot.y)
    if not plot.y.log:
        ax.set_ylim(bottom=0)
    ax.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, columnspacing=1, handlelength=1.6
    )


def _draw_bars(ax: Axes, plot: Plot) -> None:
    for series in plot.series:
        colour = STYLES[series.role]["color"]
        filled = series.role not in HATCHES
        ax.barh(
            series.x,
            series.y,
            height=0.5,
            facecolor=colour if filled else "none",
            edgecolor=colour,
            hatch=HATCHES.get(series.role),
        )
    ax.set_yticks(range(len(plot.bars)), labels=[fill(name, BAR_CHARACTERS) for name in plot.bars])
    ax.set_ylim(len(plot.bars) - 0.5, -0.5)
    ax.set_xlabel(plot.x.label)
    ax.set_xlim(left=0)


def _axis(ax: Axes, side: str, axis: Axis) -> None:
    if axis.log:
        (ax.set_xscale if side == "x" else ax.set_yscale)("log")
        ticks = ax.xaxis if side == "x" else ax.yaxis
        ticks.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ticks.set_minor_formatter(NullFormatter())
    (ax.set_xlabel if side == "x" else ax.set_ylabel)(axis.label)
