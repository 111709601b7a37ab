"""The timeline of the incidents stage: what was done above, what the alerts said below.

What an alert did is told by colour, by filling and in words, so that no one of them is needed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MultipleLocator, NullFormatter

from assay.domain.incidents import Incident, IncidentsMeasurement, TimelineSlice
from assay.domain.timeline import IncidentKind
from assay.features.scorecards.charts import Chart
from assay.features.scorecards.svg import DECOY, DRIFT, FAULT, GRID, INK, LIMIT, OWN, inline, panels
from assay.features.scorecards.wording import clipped, number

Role = Literal["noticed", "late", "other", "lasting", "false", "paged"]
"""What a firing was: it noticed an incident, or began after its budget; was about something else
while an incident went on; did so and went on when nothing was wrong; was a false alarm; or woke
someone up during a decoy."""

SPAN_MIN = 240.0
"""A longer timeline is drawn in parts of this length, so that each can be read on paper."""
WIDTH_IN, PLOT_IN = 10.6, 8.5
CHARACTER_IN = 0.06
"""Width of a character of the small text, in the widest of the usual fonts."""
TITLE_CHARACTERS, LANE_CHARACTERS = 38, 24
LANES, BARS_SHOWN, ROWS_SHOWN = 14, 200, 200
"""No candidate's alerts, however many or restless, make a drawing nobody can load."""
SMALL = 8.5

BANDS: dict[IncidentKind, dict[str, Any]] = {
    "fault": {"facecolor": FAULT, "alpha": 0.28, "linewidth": 0},
    "drift": {"facecolor": DRIFT, "alpha": 0.28, "linewidth": 0},
    "decoy": {"facecolor": "none", "edgecolor": DECOY, "alpha": 0.55, "hatch": "////"},
}
BAND_NAMES: dict[IncidentKind, str] = {
    "fault": "fault",
    "drift": "drift",
    "decoy": "decoy: nothing to report",
}
BARS: dict[Role, dict[str, Any]] = {
    "noticed": {"facecolor": OWN, "edgecolor": OWN},
    "late": {"facecolor": "none", "edgecolor": OWN, "hatch": "||||"},
    "other": {"facecolor": "none", "edgecolor": OWN},
    "lasting": {"facecolor": "none", "edgecolor": LIMIT, "hatch": "...."},
    "false": {"facecolor": "none", "edgecolor": LIMIT, "hatch": "xxxxx"},
    "paged": {"facecolor": LIMIT, "edgecolor": LIMIT},
}
BAR_NAMES: dict[Role, str] = {
    "noticed": "✓ noticed it",
    "late": "after the budget",
    "other": "about something else",
    "lasting": "✗ firing while nothing was wrong",
    "false": "✗ false alarm",
    "paged": "✗✗ paged for a decoy",
}


@dataclass(frozen=True, slots=True)
class Firing:
    """One alert firing without a break.

    Attributes:
        end_min: None if it still fired at the end of the recording.
        note: A few words beside its bar.
        onset_min: Of the incident it was the first to notice, None otherwise.
    """

    alert: str
    start_min: float
    end_min: float | None
    role: Role
    note: str = ""
    onset_min: float | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of virtual minutes that one drawing shows."""

    start_min: float
    end_min: float

    def shows(self, start_min: float, end_min: float | None) -> bool:
        """Whether any of a stretch lies in it."""
        return start_min < self.end_min and (end_min is None or end_min > self.start_min)

    def room_min(self, text: str) -> float:
        """The minutes that a small text covers."""
        return (len(text) + 1) * CHARACTER_IN * (self.end_min - self.start_min) / PLOT_IN


def timelines(measured: IncidentsMeasurement, firings: Sequence[Firing]) -> list[Chart]:
    """The whole timeline, in one drawing or several of equal length."""
    count = max(1, round(measured.length_min / SPAN_MIN))
    span_min = measured.length_min / count
    windows = [Window(n * span_min, (n + 1) * span_min) for n in range(count)]
    return [_timeline(measured, firings, window) for window in windows]


def _timeline(measured: IncidentsMeasurement, firings: Sequence[Firing], window: Window) -> Chart:
    incidents, shown = _shown(measured, firings, window)
    numbers = {i.id: n for n, i in enumerate(measured.incidents, 1)}
    return Chart(
        name=f"timeline-{window.start_min:.0f}",
        title=f"Timeline, virtual minutes {window.start_min:.0f} to {window.end_min:.0f}",
        caption=_caption(shown),
        columns=["From (min)", "To (min)", "What", "Kind", "What became of it"],
        rows=_rows_of(numbers, incidents, shown),
        draw=partial(_drawn, measured, firings, window),
    )


def _shown(
    measured: IncidentsMeasurement, firings: Iterable[Firing], window: Window
) -> tuple[list[Incident], list[Firing]]:
    incidents = [i for i in measured.incidents if window.shows(i.onset_min, i.end_min)]
    return incidents, [f for f in firings if window.shows(f.start_min, f.end_min)]


def _drawn(measured: IncidentsMeasurement, firings: Sequence[Firing], window: Window) -> Markup:
    incidents, shown = _shown(measured, firings, window)
    numbers = {i.id: n for n, i in enumerate(measured.incidents, 1)}
    titles = _placed({numbers[i.id]: i for i in incidents}, window)
    lanes = _lanes(shown)
    heights = (0.22 * _rows(titles) + 0.18, 1.3, 0.8, 0.29 * max(1, len(lanes)) + 0.9)
    name = f"timeline-{window.start_min:.0f}"
    title = f"Timeline, virtual minutes {window.start_min:.0f} to {window.end_min:.0f}"
    with panels(heights, width_in=WIDTH_IN) as (strip, latency, failures, alerts):
        for panel in (strip, latency, failures, alerts):
            _bands(panel, measured.warmup_min, incidents)
        _titles(strip, titles)
        _traffic(latency, failures, [s for s in measured.slices if window.shows(s.at_min, None)])
        _bars(alerts, lanes, window)
        _frame(alerts, window, _legend(measured.warmup_min > window.start_min, incidents, shown))
        return inline(alerts, name=name, title=title, description=_described(incidents, shown))


# ------------------------------------------------------------------------------ what was done


def _bands(panel: Axes, warmup_min: float, incidents: Iterable[Incident]) -> None:
    panel.axvspan(0, warmup_min, facecolor=GRID, alpha=0.5, linewidth=0)
    for incident in incidents:
        panel.axvspan(incident.onset_min, incident.end_min, **BANDS[incident.kind])


def _short(incident: Incident) -> str:
    return clipped(incident.title, TITLE_CHARACTERS)


@dataclass(frozen=True, slots=True)
class _Title:
    text: str
    at_min: float
    row: int
    ends_there: bool


def _placed(incidents: Mapping[int, Incident], window: Window) -> list[_Title]:
    """Each title at its onset (or, near the right edge, up to its end) in a row with room.

    Its number stands where the band is.
    """
    ends: list[float] = []
    placed = []
    for number_of, incident in incidents.items():
        text = f"{number_of}  {_short(incident)}"
        room = window.room_min(text)
        to_the_left = incident.onset_min + room > window.end_min
        at = incident.end_min if to_the_left else max(incident.onset_min, window.start_min)
        start = at - room if to_the_left else at
        row = next((n for n, end in enumerate(ends) if end <= start), len(ends))
        ends[row : row + 1] = [start + room]
        text = f"{_short(incident)}  {number_of}" if to_the_left else text
        placed.append(_Title(text, min(at, window.end_min), row, to_the_left))
    return placed


def _rows(titles: Sequence[_Title]) -> int:
    return 1 + max((title.row for title in titles), default=0)


def _titles(strip: Axes, titles: Sequence[_Title]) -> None:
    strip.set_ylim(_rows(titles) - 0.5, -0.5)
    strip.set_yticks([])
    strip.grid(visible=False)
    for spine in strip.spines.values():
        spine.set_visible(False)
    strip.tick_params(bottom=False)
    for title in titles:
        strip.text(
            title.at_min,
            title.row,
            title.text,
            ha="right" if title.ends_there else "left",
            va="center",
            fontsize=SMALL,
            clip_on=True,
        )


def _traffic(latency: Axes, failures: Axes, slices: Sequence[TimelineSlice]) -> None:
    at = [s.at_min for s in slices]
    p95 = [math.nan if s.latency_ms_p95 is None else s.latency_ms_p95 for s in slices]
    latency.plot(at, p95, color=INK, linewidth=1.2)
    latency.set_yscale("log")
    latency.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    latency.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    latency.yaxis.set_minor_formatter(NullFormatter())
    latency.set_ylabel("p95 (ms)")
    failed = [100 * s.failed / s.requests if s.requests else 0.0 for s in slices]
    failures.fill_between(at, failed, step="post", color=LIMIT, linewidth=0)
    failures.set_ylim(0, 100)
    failures.set_yticks([0, 50, 100])
    failures.set_ylabel("failed (%)")


# ---------------------------------------------------------------------- what the alerts said


def _lanes(firings: Iterable[Firing]) -> dict[str, list[Firing]]:
    """Firings by alert, in the order in which alerts first fired; no more than can be shown."""
    lanes: dict[str, list[Firing]] = {}
    for firing in sorted(firings, key=lambda f: f.start_min):
        lanes.setdefault(firing.alert, []).append(firing)
    return {alert: found[:BARS_SHOWN] for alert, found in list(lanes.items())[:LANES]}


def _bars(panel: Axes, lanes: Mapping[str, Sequence[Firing]], window: Window) -> None:
    names = [clipped(alert, LANE_CHARACTERS) for alert in lanes] or ["no alert fired"]
    panel.set_yticks(range(len(names)), labels=names)
    panel.set_ylim(len(names) - 0.5, -0.5)
    panel.tick_params(axis="y", length=0)
    for lane, firings in enumerate(lanes.values()):
        for firing in firings:
            _bar(panel, lane, firing, window)
        for at_min, side, text in _notes(firings, window):
            panel.text(at_min, lane, text, ha=side, va="center", fontsize=SMALL, clip_on=True)


def _bar(panel: Axes, lane: int, firing: Firing, window: Window) -> None:
    end = _end(firing, window)
    look = {**BARS[firing.role], "height": 0.56, "linewidth": 1.0}
    panel.barh(lane, end - firing.start_min, left=firing.start_min, **look)
    if firing.onset_min is not None:
        ends = [firing.onset_min, firing.start_min]
        panel.plot(ends, [lane, lane], color=INK, linestyle=":", linewidth=1.4)
        panel.plot(ends[:1], [lane], color=INK, marker="|", markersize=11, linestyle="none")


def _notes(firings: Sequence[Firing], window: Window) -> list[tuple[float, str, str]]:
    """Where the notes of one lane go: beside their bars, never over another bar or note."""
    bars = [(_start(firing), _end(firing, window)) for firing in firings]
    taken, notes = list(bars), []
    for firing, (start, end) in zip(firings, bars, strict=True):
        room = window.room_min(firing.note)
        right, left = (end, end + room), (start - room, start)
        free = [spot for spot in (right, left) if firing.note and _is_free(spot, taken, window)]
        if free:
            taken.append(free[0])
            notes.append((end, "left", f" {firing.note}") if free[0] == right
                         else (start, "right", f"{firing.note} "))  # fmt: skip
    return notes


def _is_free(
    spot: tuple[float, float], taken: Iterable[tuple[float, float]], window: Window
) -> bool:
    inside = window.start_min <= spot[0] and spot[1] <= window.end_min
    return inside and not any(start < spot[1] and spot[0] < end for start, end in taken)


def _start(firing: Firing) -> float:
    """Where its mark begins: the delay is part of it."""
    return firing.start_min if firing.onset_min is None else firing.onset_min


def _end(firing: Firing, window: Window) -> float:
    return window.end_min if firing.end_min is None else firing.end_min


def _frame(panel: Axes, window: Window, legend: Sequence[Patch]) -> None:
    panel.set_xlim(window.start_min, window.end_min)
    panel.xaxis.set_major_locator(MultipleLocator(30))
    panel.set_xlabel("virtual minutes")
    panel.figure.legend(
        handles=legend, loc="outside lower center", ncols=5, columnspacing=1.4, handlelength=1.8
    )


def _legend(
    warming_up: bool, incidents: Sequence[Incident], firings: Sequence[Firing]
) -> list[Patch]:
    """What is in this drawing, and nothing else."""
    kinds, roles = {i.kind for i in incidents}, {f.role for f in firings}
    return [
        *([Patch(facecolor=GRID, alpha=0.5, label="warm-up")] if warming_up else []),
        *(Patch(**look, label=BAND_NAMES[kind]) for kind, look in BANDS.items() if kind in kinds),
        *(Patch(**look, label=BAR_NAMES[role]) for role, look in BARS.items() if role in roles),
    ]


# ------------------------------------------------------------------------------------ in words


def _described(incidents: Sequence[Incident], firings: Sequence[Firing]) -> str:
    """What the drawing shows, for those who cannot see it."""
    real = [i for i in incidents if i.kind != "decoy"]
    done = "; ".join(f"{clipped(i.title, 80)} at minute {i.onset_min:.0f}" for i in incidents)
    noticed = "; ".join(
        f"{clipped(f.alert, 60)} at minute {number(f.start_min)}"
        for f in firings
        if f.onset_min is not None
    )
    return (
        f"{len(real)} incidents and {len(incidents) - len(real)} decoys: {done or 'none'}. "
        f"Noticed by: {noticed or 'no alert'}. {_alarms(firings)}"
    )


def _caption(firings: Sequence[Firing]) -> str:
    return (
        "Numbered bands are what was done to the service, hatched ones are decoys; the grey "
        "stretch warms up and is not judged. Bars are the candidate's alerts. A dotted line is "
        f"the time from the onset until the first alert that noticed it. {_alarms(firings)}"
    )


def _alarms(firings: Sequence[Firing]) -> str:
    false = sum(f.role in ("false", "paged") for f in firings)
    if not false and any(f.role == "lasting" for f in firings):
        return "Alerts went on firing while nothing was wrong."
    if not false:
        return "No false alarm."
    return f"{false} false {'alarm' if false == 1 else 'alarms'}."


def _rows_of(
    numbers: Mapping[str, int], incidents: Sequence[Incident], firings: Sequence[Firing]
) -> list[list[str]]:
    """Incidents and firings as they followed each other."""
    rows: list[tuple[float, list[str]]] = []
    for i in incidents:
        what = f"{numbers[i.id]} {clipped(i.title, 120)}"
        rows.append((i.onset_min, [number(i.onset_min), number(i.end_min), what, i.kind, ""]))
    for f in firings:
        end = "still firing" if f.end_min is None else number(f.end_min)
        kind = f"alert: {BAR_NAMES[f.role]}"
        rows.append((f.start_min, [number(f.start_min), end, clipped(f.alert, 120), kind, f.note]))
    return [row for _, row in sorted(rows, key=lambda entry: entry[0])][:ROWS_SHOWN]
