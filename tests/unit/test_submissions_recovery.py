"""An evaluation whose job is gone gets another one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.evaluators import Studio, a_worker, work_off
from tests.fakes.sittings import House, a_house

from assay.domain.lifecycle import EvaluationState
from assay.features.submissions.recovery import recover
from assay.features.submissions.service import cancel


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def test_nothing_is_done_where_rows_and_jobs_agree(house: House) -> None:
    house.push(house.started())
    running = house.push(house.started()).evaluation_id or ""
    a_worker(house, Studio()).begin(running, 1)
    house.jobs.entries[f"{running}-1"].state = "running"
    called_off = house.push(house.started()).evaluation_id or ""
    with house.write() as session:
        cancel(session, house.jobs, called_off, house.time)

    assert house.recover() == 0


def test_a_job_that_was_lost_is_made_again(house: House) -> None:
    waiting = house.push(house.started()).evaluation_id or ""
    house.jobs.entries.clear()

    assert house.recover() == 1
    assert house.recover() == 0
    assert work_off(house, Studio()) == [f"{waiting}-1"]


@pytest.mark.parametrize("state", ["failed", "cancelled", "done"])
def test_a_job_that_ended_without_its_evaluation_is_another_attempt(
    house: House, state: str
) -> None:
    waiting = house.push(house.started()).evaluation_id or ""
    house.jobs.entries[f"{waiting}-1"].state = state  # type: ignore[assignment]

    assert house.recover() == 1
    assert work_off(house, Studio()) == [f"{waiting}-2"]
    assert house.evaluation(waiting).state is EvaluationState.JUDGED


@pytest.mark.parametrize("state", ["failed", "cancelled", "done", None])
def test_an_attempt_that_nobody_runs_is_tried_again(house: House, state: str | None) -> None:
    running = house.push(house.started()).evaluation_id or ""
    a_worker(house, Studio()).begin(running, 1)
    if state is None:
        house.jobs.entries.clear()
    else:
        house.jobs.entries[f"{running}-1"].state = state  # type: ignore[assignment]

    assert house.recover() == 1
    assert house.evaluation(running).state is EvaluationState.QUEUED
    assert work_off(house, Studio()) == [f"{running}-2"]
    assert house.evaluation(running).state is EvaluationState.JUDGED


def test_what_has_got_a_job_since_it_was_found_is_left_alone(house: House) -> None:
    waiting = house.push(house.started()).evaluation_id or ""
    running = house.push(house.started()).evaluation_id or ""
    a_worker(house, Studio()).begin(running, 1)
    house.jobs.entries[f"{running}-1"].state = "running"

    with house.write() as session:
        for evaluation in (waiting, running, "evl_none"):
            assert not recover(session, house.jobs, evaluation, house.time)
    assert [house.evaluation(one).attempt for one in (waiting, running)] == [0, 1]
