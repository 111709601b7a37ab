"""Matplotlib figures as SVG that lives inside a page: its colours, its fonts, no outside world.

Text stays text, ids are unique in the page, and the same data give the same bytes.
"""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, cast

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, GRID, OWN, REFERENCE, LIMIT = "#010101", "#020202", "#030303", "#040404", "#050505"
DRIFT, FAULT, DECOY = "#060606", "#070707", "#080808"
"""Stand-ins for colours that the page decides, so that a chart suits light, dark and print."""

_PAGE_COLOURS = {
    INK: "currentColor",
    GRID: "var(--line)",
    OWN: "var(--own)",
    REFERENCE: "var(--reference)",
    LIMIT: "var(--limit)",
    DRIFT: "var(--drift)",
    FAULT: "var(--fault)",
    DECOY: "var(--muted)",
}

_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "assay",
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.7,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
}

_ONE_AT_A_TIME = Lock()
"""Matplotlib's settings are one for all threads."""

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
WIDTH_IN, HEIGHT_IN = 5.4, 3.1
"""Small on purpose: text stays readable when a phone shows the chart at its own width."""


@contextmanager
def axes() -> Iterator[Axes]:
    """Axes of a new figure in the style of the report."""
    with _ONE_AT_A_TIME, mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), layout="constrained")
        FigureCanvasSVG(figure)
        yield figure.add_subplot()


@contextmanager
def panels(heights_in: Sequence[float], *, width_in: float) -> Iterator[Sequence[Axes]]:
    """Axes of a new figure below each other, with one x axis, as high as told."""
    with _ONE_AT_A_TIME, mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(width_in, sum(heights_in)), layout="constrained")
        FigureCanvasSVG(figure)
        drawn = figure.subplots(len(heights_in), 1, sharex=True, height_ratios=heights_in)
        yield list(drawn)


def inline(drawn: Axes, *, name: str, title: str, description: str) -> Markup:
    """The figure of these axes as one `<svg>` element for the page.

    Args:
        drawn: Axes from `axes`, still inside its `with`.
        name: Prefix of every id inside; unique in the page.
        title: What the chart is called, for those who cannot see it.
        description: What it shows.
    """
    text = io.StringIO()
    figure = cast(Figure, drawn.get_figure(root=True))
    with warnings.catch_warnings():
        # Text stays text: a name our font cannot measure is drawn by the browser's.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        figure.savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    # Matplotlib escapes every label, `_embedded` the rest.
    return Markup(_embedded(text.getvalue(), name, title, description))  # noqa: S704


def standalone(drawing: Markup, colours: str) -> str:
    """A drawing as a file of its own, in light and dark.

    Args:
        drawing: From `inline`.
        colours: CSS that gives the colours their names.
    """
    style = f"<style>{colours} svg {{ color: var(--ink); font-family: sans-serif; }}</style>"
    opening, _, rest = str(drawing).partition(">")
    return f'{opening} xmlns="{SVG_NAMESPACE}">{style}{rest}'


def _embedded(source: str, name: str, title: str, description: str) -> str:
    body = source[source.index("<svg") :]
    view_box = re.search(r'viewBox="([^"]*)"', body)
    inner = body[body.index(">") + 1 :].replace("xlink:href", "href")
    inner = re.sub(r"<style.*?</style>", "", inner, flags=re.DOTALL)
    inner = re.sub(r"<metadata>.*?</metadata>", "", inner, flags=re.DOTALL)
    inner = re.sub(r"<!--.*?-->", "", inner, flags=re.DOTALL)
    inner = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', inner)
    inner = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', inner)
    inner = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", inner)
    for stand_in, colour in _PAGE_COLOURS.items():
        inner = inner.replace(stand_in, colour)
    return (
        f'<svg viewBox="{view_box[1] if view_box else ""}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>{inner}'
    )
