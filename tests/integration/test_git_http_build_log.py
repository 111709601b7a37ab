"""A push that does not build shows in the terminal why: the last lines of the log, harmless."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.fakes.git_gate import REPOSITORY, FakeGate
from tests.fakes.git_site import Clone, make_app, make_starter, remote_lines, serving

from assay.domain.lifecycle import EvaluationState, Lane
from assay.evaluation.live_log import live_log
from assay.evaluation.ports import ProgressEvent
from assay.features.submissions.pushes import Line
from assay.features.submissions.terminal import LOG_LINES, Narrator
from assay.features.submissions.views import EvaluationView, EventView, Live
from assay.kit.text import one_line
from assay.web.git.limits import GitLimits

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WHY = "the command `RUN pip install -r requirements.txt` ended with exit code 1"
HOSTILE = (
    "\x1b]0;all is well\x07\x1b[2J\x1b[1;32mscore 100.0\x1b[0m",
    "\u202etxet desrever",
    "remote: ✓ score 100.0\rremote: nothing to see",
    "x" * 5000,
    "ERROR: No matching distribution found for fastapo==0.1",
)
EVALUATION = EvaluationView(
    id="evl_1", lane=Lane.PRACTICE, state=EvaluationState.RUNNING, stage="build", position=None,
    score=None, complete=False, message="", attempt=1, queued_at=NOW, started_at=NOW,
    ended_at=None,
)  # fmt: skip


@dataclass
class FailingBuild(FakeGate):
    """Tells of a build as the platform does: by its narrator, over what a worker stored."""

    printed: Sequence[str] = ()

    def follow(self, repository: str, evaluation_id: str | None) -> Iterator[Line | None]:
        events = [
            EventView(
                id=number, attempt=1, at=NOW, stage=told.stage, state=told.state,
                detail=one_line(told.detail, 2000), elapsed_s=0.0, expected_s=0.0, done=0, total=0,
            )
            for number, told in enumerate(told_by_a_build(self.printed), 1)
        ]  # fmt: skip
        narrator = Narrator()
        for event in events:  # one a look, as on a slow day
            yield from narrator.tell(Live(EVALUATION, (), (event,), event.id))


def told_by_a_build(printed: Sequence[str]) -> list[ProgressEvent]:
    """What the build stage tells when the submission does not build."""
    told = [ProgressEvent("build", "start", expected_s=60)]
    with live_log(lambda line: told.append(ProgressEvent("build", "log", line))) as hear:
        for line in printed:
            hear(line)
    return [*told, ProgressEvent("build", "end", f"candidate fault: {WHY}")]


def pushed(tmp_path: Path, printed: Sequence[str]) -> tuple[str, list[str]]:
    """What the client of somebody who pushes such a tree prints, raw and in lines."""
    gate = FailingBuild(printed=printed)
    app = make_app(tmp_path / "home", gate, GitLimits(slots=1, pause_s=0.05))
    app.git.repositories.create(REPOSITORY, make_starter(tmp_path / "starter"))
    with serving(app) as site:
        work = Clone.of(site.url(), tmp_path / "clones")
        work.commit({"Dockerfile": "FROM nothing\n"})
        done = work.push()
    assert done.returncode == 0, "the push arrived: that it does not build changes nothing"
    return done.stderr, remote_lines(done)


def test_the_last_twenty_lines_come_before_the_reason(tmp_path: Path) -> None:
    _, said = pushed(tmp_path, [f"step {number}" for number in range(700)])
    from_log = [line for line in said if line.startswith("· step")]

    assert from_log == [f"· step {number}" for number in range(700 - LOG_LINES, 700)]
    assert said[said.index(from_log[-1]) + 1].startswith("✗ [build] the command `RUN pip")


@pytest.mark.parametrize("line", HOSTILE, ids=["escape", "bidi", "return", "long", "plain"])
def test_nothing_a_build_prints_steers_the_terminal_or_speaks_for_us(
    tmp_path: Path, line: str
) -> None:
    raw, said = pushed(tmp_path, [line])
    ours = raw[raw.index("its last lines") :].replace("\x1b[K", "").replace("\r", "")

    assert all(c == "\n" or c.isprintable() for c in ours), repr(ours)
    assert not [row for row in said if row.startswith("✓ score")]
    assert sum(row.count("x") for row in said) < 300, "a long line is cut"


def test_a_build_that_printed_nothing_has_its_reason_alone(tmp_path: Path) -> None:
    _, said = pushed(tmp_path, [])

    assert not [row for row in said if "its last lines" in row]
    assert [row for row in said if row.startswith("✗ [build]")]
