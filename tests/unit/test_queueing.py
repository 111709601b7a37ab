"""Turns as rows have them: what counts as begun, and whose place a push takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session
from tests.fakes.sittings import House, a_house

from assay.db.states import move_evaluation
from assay.db.tables import Evaluation
from assay.domain.lifecycle import EvaluationState
from assay.jobs import queueing


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def pushed(house: House, assessment_id: str) -> Evaluation:
    house.later(seconds=1)
    return house.evaluation(house.push(assessment_id).evaluation_id)


def begin(house: House, evaluation: Evaluation) -> None:
    with house.write() as session:
        _begin(session, house, evaluation)


def _begin(session: Session, house: House, evaluation: Evaluation) -> None:
    row = move_evaluation(
        session, evaluation.id, was=EvaluationState.QUEUED, then=EvaluationState.RUNNING
    )
    row.attempt, row.started_at = row.attempt + 1, house.time


def take_out(house: House, evaluation: Evaluation, then: EvaluationState) -> None:
    with house.write() as session:
        queueing.take_out(session, house.jobs, evaluation.id, then, "no more", house.time)


def test_a_newer_push_keeps_the_place_in_the_queue(house: House) -> None:
    sitting = house.started()
    old = pushed(house, sitting)
    others = [pushed(house, house.started()) for _ in range(3)]
    newer = [pushed(house, sitting) for _ in range(3)]

    assert {one.turn for one in newer} == {old.turn}
    assert old.turn < min(one.turn for one in others)


def test_a_push_after_one_that_began_stands_behind_its_organisation(house: House) -> None:
    sitting = house.started()
    pushed(house, sitting)
    begin(house, pushed(house, sitting))
    others = [pushed(house, house.started()) for _ in range(3)]

    assert pushed(house, sitting).turn > max(one.turn for one in others)


def test_what_was_cancelled_while_it_waited_took_no_turn(house: House) -> None:
    waiting = pushed(house, house.started())
    take_out(house, waiting, EvaluationState.CANCELLED)

    assert pushed(house, house.started()).turn == waiting.turn


@pytest.mark.parametrize("then", [EvaluationState.RUNNING, EvaluationState.CANCELLED])
def test_another_organisation_begins_where_the_last_one_began(
    house: House, then: EvaluationState
) -> None:
    for _ in range(5):
        last = pushed(house, house.started())
        begin(house, last)
        if then is EvaluationState.CANCELLED:
            take_out(house, last, then)
    theirs = pushed(house, house.started(house.cast.other_organisation_id))

    assert last.turn < theirs.turn <= last.turn + 1
