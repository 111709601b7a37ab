"""What a candidate is told to do next."""

from datetime import UTC, datetime

from assay.domain.lifecycle import EvaluationState, Lane
from assay.features.submissions.views import EvaluationView
from assay.web.pages.next_step import next_step
from assay.web.pages.sitting import PushRow

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def a_push(state: EvaluationState | None, score: float | None = None) -> PushRow:
    evaluation = None
    if state is not None:
        evaluation = EvaluationView(
            id="evl_1",
            lane=Lane.PRACTICE,
            state=state,
            stage="",
            position=None,
            score=score,
            complete=True,
            message="",
            attempt=1,
            queued_at=NOW,
            started_at=NOW,
            ended_at=NOW,
        )
    return PushRow(7, "Load the model once", "a" * 40, NOW, evaluation, None)


def told(*pushes: PushRow, runs_left: int = 3, mends: int = 3) -> str:
    step = next_step(pushes, runs_left=runs_left, mends=mends)
    return f"{step.title}. {step.words}"


def test_the_first_push_may_be_the_starter_itself() -> None:
    assert "push it once as it is" in told()


def test_without_practice_runs_nobody_is_told_to_push_the_starter() -> None:
    assert "as it is" not in told(runs_left=0)
    assert "no practice runs here" in told(runs_left=0)


def test_who_waits_is_told_to_go_on_working() -> None:
    for state in (EvaluationState.QUEUED, EvaluationState.RUNNING):
        assert "Push #7 is on its way" in told(a_push(state))
        assert "go on working" in told(a_push(state))


def test_a_fault_of_ours_is_called_ours_and_costs_nothing() -> None:
    assert "failed on our side" in told(a_push(EvaluationState.PLATFORM_FAULT))
    assert "no practice run" in told(a_push(EvaluationState.PLATFORM_FAULT))


def test_after_a_result_the_next_thing_is_to_mend_and_push() -> None:
    last = a_push(EvaluationState.JUDGED, 41.0)

    assert told(last) == "Mend what is worth most, then push again. You have 3 practice runs left."
    assert "1 practice run left" in told(last, runs_left=1)
    assert "Improve the service" in told(last, mends=0)


def test_full_marks_leave_nothing_to_mend() -> None:
    assert "left to mend" in told(a_push(EvaluationState.JUDGED, 100.0), mends=0)


def test_who_has_no_runs_left_is_told_that_pushing_still_counts() -> None:
    for last in (a_push(None), a_push(EvaluationState.JUDGED, 41.0)):
        assert "used up" in told(last, runs_left=0)
        assert "now #7" in told(last, runs_left=0)
