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


@dataclass(frozen=True, slots=True)
class StageView:
    """What is known of one stage, folded from its events.

    Attributes:
        started_s, ended_s: On the console's clock; None before it happened.
        share: How far it is, 0..1, or None if unknown.
    """

    name: str
    started_s: float
    ended_s: float | None = None
    expected_s: float = 0.0
    detail: str = ""
    share: float | None = None

    def seconds(self, now_s: float) -> float:
        """How long it has run, or ran."""
        return (now_s if self.ended_s is None else self.ended_s) - self.started_s


def fold(view: StageView | None, event: ProgressEvent, now_s: float) -> StageView:
    """The view of a stage after one more of its events."""
    view = view or StageView(event.stage, now_s)
    ends = event.state == "end"
    return replace(
        view,
        ended_s=now_s if ends else None,
        expected_s=event.expected_s or view.expected_s,
        detail=one_line(event.detail, limit=100) if event.detail or ends else view.detail,
        share=event.done / event.total if event.total else view.share,
    )


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
    """One line when a stage begins and one when it ends, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._origin_s = console.get_time()
        self._views: dict[str, StageView] = {}

    def __call__(self, event: ProgressEvent) -> None:
        """Take one event."""
        now_s = self._console.get_time() - self._origin_s
        new = event.stage not in self._views
        view = self._views[event.stage] = fold(self._views.get(event.stage), event, now_s)
        if new and event.state != "end":
            expected = f" about {event.expected_s:.0f} s" if event.expected_s else ""
            self._say(now_s, f"{event.stage} …{expected}")
        elif event.state == "end":
            said = view.detail or "done"
            self._say(now_s, f"{event.stage}: {said} ({view.seconds(now_s):.1f} s)")

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
            table.add_row(self._spinner, view.name, seconds, _bar(view, now_s), Text(view.detail))
            return
        good = view.detail in GOOD_ENDS
        mark = Text("✓", style="green") if good else Text("!", style="yellow")
        table.add_row(mark, view.name, seconds, Text(""), Text("" if good else view.detail))


def _over(view: StageView, now_s: float) -> StageView:
    return view if view.ended_s is not None else replace(view, ended_s=now_s, detail="")


def _bar(view: StageView, now_s: float) -> ProgressBar:
    """Progress as the stage tells it, else as the clock suggests, never quite full."""
    share = view.share
    if share is None:
        share = min(0.97, view.seconds(now_s) / view.expected_s) if view.expected_s else 0.0
    return ProgressBar(total=1.0, completed=share, width=20, pulse=not share)
