"""Lines for a terminal, from what is known of an evaluation. Pure."""

from datetime import UTC, datetime

import pytest

from assay.domain.lifecycle import EvaluationState, Lane
from assay.domain.mends import Mend
from assay.features.submissions.terminal import Narrator, verdict
from assay.features.submissions.views import (
    AreaFeedback,
    EvaluationView,
    EventView,
    Feedback,
    Live,
    Previous,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def evaluation(
    state: EvaluationState = EvaluationState.RUNNING, message: str = ""
) -> EvaluationView:
    return EvaluationView(
        id="evl_1", lane=Lane.PRACTICE, state=state, stage="load", position=None, score=None,
        complete=False, message=message, attempt=1, queued_at=NOW, started_at=NOW, ended_at=None,
    )  # fmt: skip


def step(event_id: int, elapsed_s: float, detail: str = "window", done: int = 0) -> EventView:
    return EventView(
        id=event_id, attempt=1, at=NOW, stage="load", state="step", detail=detail,
        elapsed_s=elapsed_s, expected_s=0.0, done=done, total=20 if done else 0,
    )  # fmt: skip


def steps_told(*events: EventView) -> list[str]:
    live = Live(evaluation(), (), events, events[-1].id)
    return [line.text for line in Narrator().tell(live)]


def learnt(**changes: object) -> Feedback:
    facts: dict[str, object] = {
        "evaluation_id": "evl_1", "status": "complete", "total": 71.4, "interval": None,
        "change": None, "previous": None, "areas": [], "criteria": [], "gates": [], "mend": [],
    }  # fmt: skip
    return Feedback(**{**facts, **changes})  # type: ignore[arg-type]


def final(feedback: Feedback | None, state: EvaluationState = EvaluationState.JUDGED) -> list[str]:
    return [line.text for line in verdict(evaluation(state, "why"), feedback, "https://page")]


def test_news_of_progress_is_told_every_five_seconds_and_not_more_often() -> None:
    ticks = [step(number, float(number), f"minute {number}") for number in range(1, 13)]

    assert steps_told(*ticks) == ["[load] minute 5", "[load] minute 10"]


def test_what_differs_only_in_its_count_is_told_every_twenty_seconds() -> None:
    quiet = [step(number, float(number), "quiet", number) for number in range(1, 36)]
    then = step(36, 36.0, "the neighbour takes CPU", 36)

    assert steps_told(*quiet, then) == [
        "[load] quiet (5 of 20)",
        "[load] quiet (25 of 20)",
        "[load] the neighbour takes CPU (36 of 20)",
    ]


def test_a_step_without_words_is_not_told() -> None:
    assert steps_told(step(1, 60.0, detail="")) == []


def test_an_event_is_told_once() -> None:
    narrator = Narrator()
    narrator.tell(Live(evaluation(), (), (step(7, 60.0),), 7))

    assert narrator.seen_event_id == 7


@pytest.mark.parametrize(
    ("change", "words"), [(3.25, "+3.2"), (-4.0, "\N{MINUS SIGN}4.0"), (0.0, "+0.0")]
)
def test_a_result_says_how_it_compares(change: float, words: str) -> None:
    text = final(learnt(previous=Previous("evl_0", 2, 68.0), change=change))

    assert text[0] == f"Practice result: 71.4 of 100 ({words} against push 2)"


def test_an_incomplete_result_says_so() -> None:
    assert final(learnt(status="partial"))[0] == (
        "Practice result: 71.4 of 100, as far as it was measured"
    )
    assert final(learnt(total=None))[0] == "No score: what it needs was not measured."


def test_figures_of_areas_stand_below_each_other() -> None:
    areas = [
        AreaFeedback("a", "Correctness", 9.5, 15, 1.0),
        AreaFeedback("b", "An area whose name is longer than a line can hold", 10.0, 8, None),
    ]
    short, long = final(learnt(areas=areas))[2:4]

    assert short.index(" of ") == long.index(" of ")
    assert short.endswith("9.5 of  15  +1.0")
    assert long.endswith("…  10.0 of   8")


def test_what_to_mend_is_told_with_its_worth() -> None:
    mend = [
        Mend("builds", "The image builds", None, "Build offline."),
        Mend("b", "Be right", 6.2, ""),
    ]

    assert final(learnt(mend=mend))[-3:-1] == [
        "1. The image builds (nothing counts without it): Build offline.",
        "2. Be right (worth 6.2 points)",
    ]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (EvaluationState.SUPERSEDED, "Not judged: why."),
        (EvaluationState.CANCELLED, "Not judged: why. It costs no practice run."),
        (EvaluationState.PLATFORM_FAULT, "We could not carry this out (why)."),
    ],
)
def test_without_a_result_the_pusher_reads_why(state: EvaluationState, words: str) -> None:
    text = final(None, state)

    assert text[0].startswith(words)
    assert text[-1] == "https://page"


def event_of(state: str, detail: str = "", stage: str = "build") -> EventView:
    return EventView(
        id=1, attempt=1, at=NOW, stage=stage, state=state, detail=detail,
        elapsed_s=0.0, expected_s=0.0, done=0, total=0,
    )  # fmt: skip


def test_what_a_stage_printed_is_shown_only_when_the_submission_ended_it() -> None:
    printed = [event_of("start"), event_of("log", "Step 1"), event_of("log", "ERROR")]

    assert steps_told(*printed, event_of("end", "done")) == ["[build] started", "[build] done"]
    assert steps_told(*printed, event_of("end", "platform fault: away"))[1:] == [
        "[build] failed on our side: away"
    ]
    assert steps_told(*printed, event_of("end", "candidate fault: it fails"))[1:] == [
        "[build] its last lines:",
        "Step 1",
        "ERROR",
        "[build] it fails",
    ]


def test_lines_of_an_earlier_stage_or_try_are_not_shown_as_the_last_ones() -> None:
    before = [event_of("start"), event_of("log", "of the first try")]
    again = [event_of("start"), event_of("end", "candidate fault: it fails")]

    assert "of the first try" not in steps_told(*before, *again)
