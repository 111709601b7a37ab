"""What a person watching sees."""

import io
from typing import Any

from rich.console import Console

from assay.cli.progress import LiveTable, PlainLines, fold
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
