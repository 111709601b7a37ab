"""Pushes, Finish, deadlines and workers at the same moment, on both databases."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.evaluators import Studio, a_worker, attempt, work_off
from tests.fakes.sittings import House, a_house

from assay.audit.ledger import SYSTEM
from assay.db.session import Database
from assay.db.tables import AuditEntry, Evaluation, Submission
from assay.domain.errors import Conflict
from assay.domain.lifecycle import ENDED, AssessmentState, EvaluationState, Lane
from assay.features.assessments import removal
from assay.features.assessments import service as assessments
from assay.features.submissions.feedback import feedback
from assay.features.submissions.reading import history, live
from assay.kit.ids import sha256_of


@pytest.fixture
def house(each_database: Database, tmp_path: Path) -> House:
    return a_house(tmp_path, database=each_database)


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """What each got that all began together; a `Conflict` is an answer like any other."""
    gate = threading.Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> object:
        gate.wait(timeout=30)
        try:
            return deed()
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [f.result(timeout=60) for f in [pool.submit(one, deed) for deed in deeds]]


def rows(house: House) -> list[Evaluation]:
    with house.read() as session:
        return list(session.exec(select(Evaluation).order_by(Evaluation.queued_at)))


def test_pushes_at_once_get_numbers_of_their_own_and_one_of_them_waits(house: House) -> None:
    sitting = house.started()
    at_once(*[lambda n=n: house.push(sitting, f"{n}" * 40) for n in range(8)])

    with house.read() as session:
        numbers = session.exec(select(Submission.number).order_by(Submission.number)).all()
    assert list(numbers) == list(range(1, 9))
    assert sum(row.state is EvaluationState.QUEUED for row in rows(house)) == 1


def test_of_two_who_start_at_once_one_has_the_token(house: House) -> None:
    sitting = house.invite().assessment_id
    told = at_once(*[lambda: house.start(sitting) for _ in range(4)])

    (access,) = [one for one in told if not isinstance(one, Conflict)]
    assert house.assessment(sitting).git_token_sha256 == sha256_of(access.token)  # type: ignore[attr-defined]


def test_one_commit_told_by_many_at_once_is_one_evaluation(house: House) -> None:
    sitting = house.started()
    told = at_once(*[lambda: house.push(sitting, "a" * 40) for _ in range(8)])

    assert len(set(map(repr, told))) == 1
    assert len(rows(house)) == 1


def test_of_a_push_and_finish_at_once_the_push_counts_whichever_comes_first(house: House) -> None:
    for number in range(5):
        sitting = house.started()
        house.push(sitting)
        pushed, _ = at_once(lambda s=sitting: house.push(s), lambda s=sitting: house.finish(s))

        here = [row for row in rows(house) if row.assessment_id == sitting]
        (waiting,) = [row for row in here if row.state is EvaluationState.QUEUED]
        assert waiting.lane is Lane.SEALED, number
        assert waiting.submission_id == pushed.submission_id  # type: ignore[attr-defined]


def test_two_sweeps_end_a_sitting_once(house: House) -> None:
    sitting = house.started()
    house.push(sitting)
    house.later(hours=80)

    def sweep() -> None:
        with house.write() as session:
            assessments.expire_due(session, house.jobs, house.time)

    at_once(sweep, sweep, sweep)
    assert house.assessment(sitting).state is AssessmentState.FINISHED
    assert sum(row.lane is Lane.SEALED for row in rows(house)) == 1


def test_a_job_taken_by_two_workers_at_once_is_judged_once(house: House) -> None:
    """The engine promises it at least once; what counts is the row."""
    evaluation = house.push(house.started()).evaluation_id or ""
    work = a_worker(house, Studio())
    asyncio.run(attempt(work, evaluation, 1))
    at_once(*[lambda: work.finish(evaluation, 1) for _ in range(4)])

    with house.read() as session:
        judged = session.exec(
            select(AuditEntry).where(AuditEntry.action == "evaluation:judged")
        ).all()
    assert len(judged) == 1


def test_a_push_that_overtakes_one_that_is_just_begun_lets_it_go_on(house: House) -> None:
    for _ in range(5):
        sitting = house.started()
        first = house.push(sitting).evaluation_id or ""
        work = a_worker(house, Studio())
        begun, _ = at_once(lambda w=work, f=first: w.begin(f, 1), lambda s=sitting: house.push(s))

        state = house.evaluation(first).state
        assert state is (EvaluationState.RUNNING if begun else EvaluationState.SUPERSEDED)


def test_recovery_disturbs_nobody_who_works(house: House) -> None:
    sittings = [house.started() for _ in range(3)]

    at_once(house.recover, house.recover, *[lambda s=s: house.push(s) for s in sittings * 2])
    work_off(house, Studio())
    assert {row.state for row in rows(house)} <= ENDED


def test_a_sitting_is_deleted_whole(house: House) -> None:
    sitting = house.started()
    evaluation = house.push(sitting).evaluation_id or ""
    asyncio.run(attempt(a_worker(house, Studio()), evaluation, 1))
    with house.write() as session:
        removal.delete(session, house.jobs, sitting, house.repositories, house.time, actor=SYSTEM)

    assert rows(house) == []


def test_feedback_and_history_read_alike(house: House) -> None:
    sitting = house.started()
    evaluation = house.push(sitting).evaluation_id or ""
    work_off(house, Studio())

    with house.read() as session:
        (view,) = history(session, sitting)
        learnt = feedback(session, evaluation)
        seen = live(session, evaluation, 0)
    assert view.evaluations[0].score == learnt.total
    assert len(seen.stages) == 9
    assert seen.events[-1].id == seen.last_event_id
