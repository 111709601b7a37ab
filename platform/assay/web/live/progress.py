"""What somebody watching an evaluation sees: its stages, the running one, how long to go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never, get_args

from assay.domain.challenge import Challenge, StageName
from assay.domain.lifecycle import EvaluationState, Lane
from assay.evaluation.plan import EXPECTED_S, stages_of
from assay.features.scorecards.wording import STAGE_STATUS, printable
from assay.features.submissions.views import EvaluationView, EventView, Live, StageView
from assay.web.words import counted, duration

LOG_LINES = 200
"""So many of the newest lines a page begins with."""

How = Literal["done", "ended", "fault", "running", "waiting", "left_out"]

SIGNS: dict[How, str] = {
    "done": "✓",
    "ended": "✗",
    "fault": "!",
    "running": "●",
    "waiting": "·",
    "left_out": "–",  # noqa: RUF001 - a dash for "none"
}
HOW: dict[str, How] = {"done": "done", "candidate_fault": "ended", "platform_fault": "fault"}
"""Status of a stage that is over -> how it looks; the others were left out."""

MEANINGS: dict[StageName, str] = {
    "checkout": "exporting your commit",
    "build": "building the image",
    "boot": "starting the service",
    "contract": "asking everything the contract promises",
    "quality": "comparing with the approved model",
    "load": "measuring latency beside the reference",
    "capacity": "measuring throughput and cost beside the reference",
    "incidents": "breaking things, and listening for your alerts",
    "shutdown": "stopping it under traffic",
    "operability": "looking at image, dependencies and tests",
}


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage on the page.

    Attributes:
        words: What it does, or how it ended.
        seconds: How long it took; None if it is not over.
        since: Unix seconds at which it began; None if it does not run.
        share: Of the expected time, 0..100; None if unknown.
    """

    name: str
    how: How
    words: str
    seconds: float | None = None
    since: int | None = None
    share: float | None = None

    @property
    def sign(self) -> str:
        """A mark, so that colour is not all that tells."""
        return SIGNS[self.how]


@dataclass(frozen=True, slots=True)
class Progress:
    """An evaluation to watch.

    Attributes:
        headline: Where it stands.
        words: What that means.
        log: Lines of the newest attempt; empty for a sealed one, whose details nobody sees yet.
        after: Id of the newest event in here.
    """

    evaluation: EvaluationView
    headline: str
    words: str
    stages: Sequence[StageRow]
    log: Sequence[str]
    after: int


class Watched:
    """Gathers what was told of an evaluation; `progress` is what it amounts to."""

    def __init__(self, challenge: Challenge | None) -> None:
        """`challenge`: None if it is no longer offered."""
        self._plan = stages_of(challenge) if challenge else get_args(StageName)
        self._live: Live | None = None
        self._running: EventView | None = None
        self._began: dict[str, datetime] = {}

    def take(self, live: Live) -> Sequence[str]:
        """Add what happened; returns the new lines of the log."""
        self._live = live
        told = [event for event in live.events if event.attempt == live.evaluation.attempt]
        for event in told:
            if event.state == "start":
                self._began[event.stage] = event.at
            if event.state in {"start", "step"}:
                self._running = event
        if live.evaluation.lane is not Lane.PRACTICE:
            return ()
        return [log_line(event) for event in told if _is_worth_reading(event)]

    def progress(self, log: Sequence[str], now: datetime) -> Progress:
        """Where it stands, with these lines of its log."""
        if self._live is None:
            raise RuntimeError("nothing was told of this evaluation yet")
        evaluation = self._live.evaluation
        rows = self._rows(evaluation, {stage.stage: stage for stage in self._live.stages}, now)
        headline, words = _standing(evaluation, rows)
        return Progress(
            evaluation, headline, words, rows, log[-LOG_LINES:], self._live.last_event_id
        )

    def _rows(
        self, evaluation: EvaluationView, over: dict[str, StageView], now: datetime
    ) -> list[StageRow]:
        rows = []
        for name in self._plan:
            if name in over:
                rows.append(_over(over[name], is_sealed=evaluation.lane is not Lane.PRACTICE))
            elif name == evaluation.stage and evaluation.state is EvaluationState.RUNNING:
                rows.append(self._row_of_running(name, now, evaluation.lane))
            else:
                how: How = "left_out" if evaluation.ended else "waiting"
                rows.append(StageRow(name, how, MEANINGS[name]))
        return rows

    def _row_of_running(self, name: StageName, now: datetime, lane: Lane) -> StageRow:
        began = self._began.get(name)
        row = StageRow(
            name, "running", MEANINGS[name], since=int(began.timestamp()) if began else None
        )
        event = self._running
        if event is None or event.stage != name:
            return row
        elapsed_s = (now - began).total_seconds() if began else 0.0
        share = max(0.0, min(99.0, 100 * elapsed_s / (event.expected_s or EXPECTED_S[name])))
        words = event.detail if event.detail and lane is Lane.PRACTICE else row.words
        counts = f" ({event.done} of {event.total})" if event.total else ""
        return replace(row, words=words + counts, share=share)


def _is_worth_reading(event: EventView) -> bool:
    """Lines, and steps that say something; a tick of a count moves the bar instead."""
    return event.state == "log" or (
        event.state == "step" and bool(event.detail) and not event.total
    )


def log_line(event: EventView) -> str:
    """One event as a line of the log."""
    return f"[{event.stage}] {printable(event.detail)}"


def _over(stage: StageView, *, is_sealed: bool) -> StageRow:
    how = HOW.get(stage.status, "left_out")
    words = STAGE_STATUS.get(stage.status, stage.status)
    if stage.message and not is_sealed:
        words = stage.message
    return StageRow(stage.stage, how, "" if words == "done" else words, seconds=stage.seconds)


def _standing(evaluation: EvaluationView, rows: Sequence[StageRow]) -> tuple[str, str]:
    """A few words, and a sentence."""
    match evaluation.state:
        case EvaluationState.QUEUED:
            return _waiting(evaluation)
        case EvaluationState.RUNNING:
            return "Being judged", _to_go(rows)
        case EvaluationState.JUDGED:
            return "Judged", evaluation.message
        case EvaluationState.SUPERSEDED:
            return (
                "Replaced by a newer push",
                "It had not begun, so its practice run was given back.",
            )
        case EvaluationState.CANCELLED:
            return "Cancelled", evaluation.message
        case EvaluationState.PLATFORM_FAULT:
            return "Failed on our side", (
                "This costs you nothing: no practice run and no point. Somebody has been told."
            )
    assert_never(evaluation.state)


def _waiting(evaluation: EvaluationView) -> tuple[str, str]:
    if evaluation.attempt > 0:
        return "Trying again", (
            "Something failed on our side, so this evaluation starts anew. It costs you nothing."
        )
    ahead = (evaluation.position or 1) - 1
    if ahead < 1:
        return "Next in the queue", "It begins as soon as a place to measure is free."
    return "In the queue", f"{counted(ahead, 'evaluation')} before yours."


def _to_go(rows: Sequence[StageRow]) -> str:
    left_s = sum(_left_s(row) for row in rows)
    return f"About {duration(max(60, round(left_s / 60) * 60))} to go."


def _left_s(row: StageRow) -> float:
    expected_s = next((s for name, s in EXPECTED_S.items() if name == row.name), 0.0)
    if row.how == "waiting":
        return expected_s
    return expected_s * (1 - (row.share or 0) / 100) if row.how == "running" else 0.0
