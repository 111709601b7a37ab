"""What a person watching sees."""

import io
from typing import Any

from rich.console import Console

from assay.cli.progress import BUSY_MARK, CALM_MARK, CELLS, LiveTable, PlainLines, fold
from assay.evaluation.ports import ProgressEvent

STARTED = ProgressEvent("load", "start", expected_s=80.0)
STEP = ProgressEvent("load", "step", "pair 3", done=3, total=10)
ENDED = ProgressEvent("load", "end", "done")


class Watch:
    """A console whose clock a test turns."""

    def __init__(self, **kwargs: Any) -> None:
        self.now_s = 1000.0
        self.written = io.StringIO()
        self.console = Console(file=self.written, width=100, get_time=lambda: self.now_s, **kwargs)

    def lines(self) -> list[str]:
        return [" ".join(line.split()) for line in self.written.getvalue().splitlines()]


def test_a_stage_is_as_long_as_the_time_between_its_events() -> None:
    view = fold(fold(fold(None, STARTED, 10.0), STEP, 20.0), ENDED, 90.0)

    assert view.seconds(now_s=500.0) == 80.0
    assert view.detail == "done"


def test_a_running_stage_shows_how_far_it_is() -> None:
    view = fold(fold(None, STARTED, 10.0), STEP, 20.0)

    assert (view.share, view.expected_s, view.ended_s) == (0.3, 80.0, None)


def test_without_a_terminal_each_stage_is_two_plain_lines() -> None:
    watch = Watch()
    progress = PlainLines(watch.console)

    for event in (STARTED, STEP, ENDED):
        watch.now_s += 10.0
        progress(event)

    assert watch.lines() == ["[ 10.0 s] load … about 80 s", "[ 30.0 s] load: done (20.0 s)"]


def test_work_before_the_first_stage_is_seen_too() -> None:
    watch = Watch()
    progress = PlainLines(watch.console)

    for line in ("making a base image", "unpacking"):
        progress(ProgressEvent("prepare", "log", line))

    assert watch.lines() == ["[ 0.0 s] prepare …"]


def test_the_output_of_a_submission_cannot_drive_the_terminal() -> None:
    watch = Watch()

    PlainLines(watch.console)(ProgressEvent("build", "end", "\x1b[2Jgone"))

    assert "gone" in watch.written.getvalue()
    assert "\x1b" not in watch.written.getvalue()


def test_on_a_terminal_all_stages_stand_in_one_table() -> None:
    watch = Watch(force_terminal=True, color_system=None)
    table = LiveTable(watch.console)
    table(ProgressEvent("prepare", "log", "making a base image"))
    watch.now_s += 2.0
    table(ProgressEvent("build", "end", "candidate fault: no Dockerfile"))
    table(STARTED)
    table(STEP)
    watch.now_s += 10.0

    watch.console.print(table)

    prepare, build, load = watch.lines()
    assert prepare == "✓ prepare 2.0 s"
    assert build == "! build 0.0 s candidate fault: no Dockerfile"
    assert "load 10.0 s of ~80 s" in load
    assert load.endswith("pair 3")


# ------------------------------------------------------------------------------- the timeline


def minute(done: int, detail: str = "quiet") -> ProgressEvent:
    return ProgressEvent("incidents", "step", detail, done=done, total=240)


HANG = [minute(n, "The service hangs" if 22 <= n < 30 else "quiet") for n in range(240)]


def test_without_a_terminal_each_incident_is_one_line() -> None:
    watch = Watch()
    progress = PlainLines(watch.console)

    progress(ProgressEvent("incidents", "start", expected_s=265.0))
    for event in HANG:
        progress(event)
    progress(ProgressEvent("incidents", "step", "replaying the rules"))

    assert watch.lines() == [
        "[ 0.0 s] incidents … about 265 s",
        "[ 0.0 s] incidents: minute 22 of 240: The service hangs",
    ]


def test_on_a_terminal_the_timeline_shows_what_goes_on_now() -> None:
    watch = Watch(force_terminal=True, color_system=None)
    table = LiveTable(watch.console)
    for event in HANG[:26]:
        table(event)

    watch.console.print(table)

    (line,) = watch.lines()
    assert line.endswith("minute 25 of 240: The service hangs")
    assert CALM_MARK * 2 + BUSY_MARK * 2 in line


def test_a_minute_without_a_detail_is_quiet() -> None:
    view = fold(fold(None, minute(22, "The service hangs"), 0.0), minute(23, ""), 1.0)

    assert view.told == "minute 23 of 240: quiet"


def test_what_follows_the_timeline_belongs_to_no_minute() -> None:
    view = fold(fold(None, minute(239), 0.0), ProgressEvent("incidents", "step", "replaying"), 1.0)

    assert view.told == "replaying"


def test_even_a_short_incident_leaves_a_mark_on_the_track() -> None:
    view = None
    for event in [minute(n, "A blip" if n == 101 else "quiet") for n in range(241)]:
        view = fold(view, event, float(event.done))

    assert view is not None
    assert view.track.count(BUSY_MARK) == 1
    assert view.track.index(BUSY_MARK) == CELLS * 101 // 240
    assert len(view.track) == CELLS - 1
