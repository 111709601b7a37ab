"""What a person watching an evaluation sees: a live table, or plain lines where there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from assay.cli.console import one_line
from assay.evaluation.ports import Progress, ProgressEvent

GOOD_ENDS = ("done", "")

TIMELINE = "incidents"
"""The stage whose steps are virtual minutes, and whose details say what goes on in them."""
CALM = ("warming up", "quiet", "")
"""Details of minutes in which nothing is done to the service."""
CELLS, CALM_MARK, BUSY_MARK = 30, "·", "▪"


@dataclass(frozen=True, slots=True)
class StageView:
    """What is known of one stage, folded from its events.

    Attributes:
        started_s, ended_s: On the console's clock; None before it happened.
        done, total: How far it is; 0 of 0 if unknown.
        track: What went on so far on a timeline, one mark a cell.
    """

    name: str
    started_s: float
    ended_s: float | None = None
    expected_s: float = 0.0
    detail: str = ""
    done: int = 0
    total: int = 0
    track: str = ""

    @property
    def share(self) -> float | None:
        """How far it is, 0..1, or None if unknown."""
        return self.done / self.total if self.total else None

    @property
    def told(self) -> str:
        """The detail; on the timeline with the virtual minute it belongs to."""
        if self.name == TIMELINE and self.total and self.ended_s is None:
            return f"minute {self.done} of {self.total}: {self.detail or 'quiet'}"
        return self.detail

    def seconds(self, now_s: float) -> float:
        """How long it has run, or ran."""
        return (now_s if self.ended_s is None else self.ended_s) - self.started_s


def fold(view: StageView | None, event: ProgressEvent, now_s: float) -> StageView:
    """The view of a stage after one more of its events."""
    view = view or StageView(event.stage, now_s)
    ends = event.state == "end"
    on_timeline = event.stage == TIMELINE
    timed = event.total > 0 or on_timeline
    news = event.detail or ends or (on_timeline and event.total)
    return replace(
        view,
        ended_s=now_s if ends else None,
        expected_s=event.expected_s or view.expected_s,
        detail=one_line(event.detail, limit=100) if news else view.detail,
        done=event.done if timed else view.done,
        total=event.total if timed else view.total,
        track=_track(view.track, event),
    )


def _track(track: str, event: ProgressEvent) -> str:
    """The marks so far and those of the minutes up to an event: busy ones are never lost."""
    if event.stage != TIMELINE or not event.total:
        return track
    here = min(CELLS - 1, CELLS * event.done // event.total)
    past = track.ljust(here, CALM_MARK)
    return past if event.detail in CALM else past[:here] + BUSY_MARK


@contextmanager
def watching(console: Console) -> Iterator[Progress]:
    """A progress sink for one evaluation; the display ends with the block."""
    if not console.is_terminal:
        yield PlainLines(console)
        return
    table = LiveTable(console)
    with table.live:
        yield table


class PlainLines:
    """One line when a stage begins and one when it ends, for logs and pipes.

    Each incident of the timeline has a line, too.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._origin_s = console.get_time()
        self._views: dict[str, StageView] = {}

    def __call__(self, event: ProgressEvent) -> None:
        """Take one event."""
        now_s = self._console.get_time() - self._origin_s
        before = self._views.get(event.stage)
        view = self._views[event.stage] = fold(before, event, now_s)
        if before is None and event.state != "end":
            expected = f" about {event.expected_s:.0f} s" if event.expected_s else ""
            self._say(now_s, f"{event.stage} …{expected}")
        elif event.state == "end":
            said = view.detail or "done"
            self._say(now_s, f"{event.stage}: {said} ({view.seconds(now_s):.1f} s)")
        elif _begins_incident(before, view):
            self._say(now_s, f"{event.stage}: {view.told}")

    def _say(self, now_s: float, line: str) -> None:
        self._console.print(f"[{now_s:6.1f} s] {line}", markup=False, soft_wrap=True)


class LiveTable:
    """Every stage so far on a line of its own, redrawn in place."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._views: dict[str, StageView] = {}
        self._spinner = Spinner("dots")
        self.live = Live(self, console=console, refresh_per_second=8)

    def __call__(self, event: ProgressEvent) -> None:
        """Take one event. Stages run one after another: a new one ends what came before."""
        now_s = self._console.get_time()
        if event.stage not in self._views:
            self._views = {name: _over(view, now_s) for name, view in self._views.items()}
        self._views[event.stage] = fold(self._views.get(event.stage), event, now_s)

    def __rich__(self) -> Table:
        """Draw the table as of now: running stages go on counting between events."""
        now_s = self._console.get_time()
        table = Table.grid(padding=(0, 1))
        for view in self._views.values():
            self._add(table, view, now_s)
        return table

    def _add(self, table: Table, view: StageView, now_s: float) -> None:
        seconds = Text(f"{view.seconds(now_s):5.1f} s")
        if view.ended_s is None:
            seconds.append(f" of ~{view.expected_s:.0f} s" if view.expected_s else "")
            shown = _timeline(view) if view.track else _bar(view, now_s)
            table.add_row(self._spinner, view.name, seconds, shown, Text(view.told))
            return
        good = view.detail in GOOD_ENDS
        mark = Text("✓", style="green") if good else Text("!", style="yellow")
        table.add_row(mark, view.name, seconds, Text(""), Text("" if good else view.detail))


def _begins_incident(before: StageView | None, view: StageView) -> bool:
    """Whether something is done to the service that was not a moment ago."""
    news = before is None or before.detail != view.detail
    return view.name == TIMELINE and view.total > 0 and news and view.detail not in CALM


def _timeline(view: StageView) -> Text:
    """The marks so far in a track of fixed width."""
    text = Text(view.track.ljust(CELLS), style="dim")
    text.highlight_words([BUSY_MARK], style="not dim bold yellow")
    return text


def _over(view: StageView, now_s: float) -> StageView:
    return view if view.ended_s is not None else replace(view, ended_s=now_s, detail="")


def _bar(view: StageView, now_s: float) -> ProgressBar:
    """Progress as the stage tells it, else as the clock suggests, never quite full."""
    share = view.share
    if share is None:
        share = min(0.97, view.seconds(now_s) / view.expected_s) if view.expected_s else 0.0
    return ProgressBar(total=1.0, completed=share, width=20, pulse=not share)
