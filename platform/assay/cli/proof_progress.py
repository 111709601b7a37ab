"""What a person watching a proof sees: what is under way, what came out, what is left."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from assay.cli.console import one_line
from assay.toolkit.proving.estimate import told
from assay.toolkit.proving.ports import Progress, Watcher

FINISHED = ("ended", "stored")


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """A watcher for one proof; the display ends with the block."""
    if not console.is_terminal:
        yield PlainNews(console)
        return
    table = LiveNews(console)
    with table.live:
        yield table


class PlainNews:
    """A line for each run that ends, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, progress: Progress) -> None:
        """Take one piece of news."""
        if progress.state in FINISHED:
            self._console.print(line_of(progress), markup=False, soft_wrap=True)
        elif progress.state == "again":
            self._console.print(again(progress), markup=False, soft_wrap=True)
        elif progress.state == "began":
            self._console.print(f"  {progress.run} …", markup=False, soft_wrap=True)


def again(progress: Progress) -> str:
    """Why a run is done once more."""
    return f"  {progress.run} once more: {one_line(progress.told, limit=300)}"


def line_of(progress: Progress) -> str:
    """What came of a run, and what is left."""
    stored = " (stored earlier)" if progress.state == "stored" else ""
    left = f"; about {told(progress.left_s)} left" if progress.done < progress.total else ""
    where = f"[{progress.done} of {progress.total}]"
    return f"{where} {progress.run}: {one_line(progress.told, limit=300)}{stored}{left}"


class LiveNews:
    """Finished runs scroll away above; what is under way is redrawn in place."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._spinner = Spinner("dots")
        self._now: dict[str, tuple[str, float]] = {}
        self._last: Progress | None = None
        self._told_s = 0.0
        self.live = Live(self, console=console, refresh_per_second=4)

    def __call__(self, progress: Progress) -> None:
        """Take one piece of news."""
        self._last, self._told_s = progress, self._console.get_time()
        if progress.state in FINISHED:
            self._now.pop(progress.run, None)
            self._console.print(Text(line_of(progress)), soft_wrap=True)
        else:
            if progress.state == "again":
                self._console.print(Text(again(progress)), soft_wrap=True)
            stage = f"waits for {progress.stage}" if progress.state == "waits" else progress.stage
            self._now[progress.run] = (stage or "begins", self._told_s)

    def __rich__(self) -> Table:
        """Draw what is under way, as of now."""
        now_s = self._console.get_time()
        table = Table.grid(padding=(0, 1))
        for run, (stage, since_s) in self._now.items():
            table.add_row(self._spinner, Text(run), Text(stage), Text(f"{now_s - since_s:4.0f} s"))
        if self._last is not None:
            left_s = max(0.0, self._last.left_s - (now_s - self._told_s))
            bar = ProgressBar(total=max(1, self._last.total), completed=self._last.done, width=20)
            count = Text(f"{self._last.done} of {self._last.total}")
            table.add_row("", bar, count, Text(f"about {told(left_s)} left"))
        return table
