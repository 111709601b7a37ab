"""A pipeline is the same on SQLite and PostgreSQL, also while several people change it at once."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session, select
from tests.fakes.positions import (
    TERMS,
    a_position,
    alice_of,
    decided,
    invited_to,
    reviewed,
    scored,
)
from tests.fakes.sittings import House, a_house

from assay.db.session import Database
from assay.db.standing import unsettled
from assay.db.tables import Assessment, Evaluation, Membership, Position, Review, Submission
from assay.domain.hiring import ReleasePolicy, Stage, Verdict
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.domain.permissions import Role
from assay.features.assessments import service as assessments
from assay.features.positions import service
from assay.features.positions.pipeline import Place, page_of
from assay.features.positions.pool import Rank, pools
from assay.features.positions.releasing import due_for_release
from assay.features.positions.rows import candidates_of
from assay.features.positions.stages import counts_of
from assay.features.positions.views import save_view, views_of
from assay.features.positions.wanted import Decided, Flagged, Order, Wanted
from assay.features.reviews.blind import blinded, hidden_rows
from assay.kit.ids import new_id

SCORES = (70.0, None, 40.0, 70.0, 90.0, None)
"""Of six candidates in the order in which they were invited."""


@pytest.fixture
def house(each_database: Database, tmp_path: Path) -> House:
    return a_house(tmp_path, database=each_database)


@pytest.fixture
def position(house: House) -> Position:
    """Six candidates; the first four are over."""
    made = a_position(house, release=ReleasePolicy.WITH_DECISION)
    for number, score in enumerate(SCORES):
        assessment_id = invited_to(house, made, f"C {number}")
        if number < 4:
            with house.write() as session:
                row = session.get_one(Assessment, assessment_id)
                row.state, row.finished_at = AssessmentState.FINISHED, house.time
        if score is not None:
            scored(house, assessment_id, score, flags=number % 2)
        house.later(seconds=1)
    return made


def shown(house: House, position: Position, wanted: Wanted, limit: int = 50) -> list[str]:
    """Names page by page."""
    place, names, after = Place(position.organisation_id, position.id), [], ""
    while True:
        with house.read() as session:
            page = page_of(session, place, wanted, after=after, limit=limit)
        names += [row.candidate_name.removeprefix("C ") for row in page.rows]
        after = page.after
        if not after:
            return names


def ids(house: House, position: Position) -> list[str]:
    with house.read() as session:
        wanted = select(Assessment.id).where(Assessment.position_id == position.id)
        return list(session.exec(wanted.order_by(Assessment.number)))  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_orders_and_pages_are_the_same_everywhere(
    house: House, position: Position, limit: int
) -> None:
    def order(wanted: Order) -> str:
        return "".join(shown(house, position, Wanted(order=wanted), limit))

    best, lowest = order(Order.BEST), order(Order.LOWEST)
    assert order(Order.NEWEST) == "543210"
    assert order(Order.OLDEST) == "012345"
    assert (best[0], set(best[1:3]), best[3], set(best[4:])) == ("4", set("03"), "2", set("15"))
    assert (lowest[0], set(lowest[1:3]), lowest[3]) == ("2", set("03"), "4")
    assert set(lowest[4:]) == set("15")


def test_filters_find_the_same_everywhere(house: House, position: Position) -> None:
    first, _, third, *_ = ids(house, position)
    decided(house, first, Verdict.REJECT)
    decided(house, first, Verdict.ADVANCE)
    reviewed(house, third, house.cast.bob.user_id)

    def found(**wanted: object) -> str:
        return "".join(sorted(shown(house, position, replace(Wanted(), **wanted))))  # type: ignore[arg-type]

    assert found(stage=Stage.DECIDED) == "0"
    assert found(stage=Stage.SUBMITTED) == "1"
    assert found(stage=Stage.REVIEWED) == "2"
    assert found(stage=Stage.JUDGED) == "3"
    assert found(stage=Stage.INVITED) == "45"
    assert found(decision=Decided.ADVANCE) == "0"
    assert found(decision=Decided.REJECT) == ""
    assert found(decision=Decided.NO) == "12345"
    assert found(reviewer=house.cast.bob.user_id) == "2"
    assert found(least=70.0) == "034"
    assert found(most=40.0) == "2"
    assert found(flags=Flagged.YES) == "3"
    assert found(flags=Flagged.NO) == "024"
    assert found(search="c.3@EXAMPLE") == "3"
    assert found(search="%") == ""
    assert found(search="Candidate 6") == "5"


def test_counts_rows_and_pool_are_the_same_everywhere(house: House, position: Position) -> None:
    first, *_ = ids(house, position)
    decided(house, first)
    reviewed(house, first, house.cast.bob.user_id)
    ours = position.organisation_id
    with house.read() as session:
        here = Assessment.position_id == position.id
        counts = counts_of(session, here)[position.id]  # type: ignore[arg-type]
        rows = page_of(session, Place(ours, position.id), Wanted(order=Order.OLDEST)).rows
        candidates = candidates_of(session, rows, {rows[1].id})
        pool = pools(session, ours, [("credit-scoring", "1.0.0")])["credit-scoring", "1.0.0"]

    assert counts == {Stage.INVITED: 2, Stage.SUBMITTED: 1, Stage.JUDGED: 2, Stage.DECIDED: 1}
    assert [one.stage for one in candidates[:2]] == [Stage.DECIDED, Stage.SUBMITTED]
    assert candidates[0].decision is Verdict.ADVANCE
    assert [who.name for who in candidates[0].reviewers] == ["Bob"]
    assert (candidates[1].called, candidates[1].email) == ("Candidate 2", "")
    assert pool.rank(70.0) == Rank(None, 3)


def test_sweeps_find_the_same_everywhere(house: House, position: Position) -> None:
    first, *_ = ids(house, position)
    with house.read() as session:
        assert due_for_release(session) == []
        assert unsettled(session) == []
    decided(house, first)
    with house.read() as session:
        assert due_for_release(session) == [first]


@pytest.mark.parametrize("role", list(Role))
def test_the_condition_hides_whom_the_rule_hides_everywhere(house: House, role: Role) -> None:
    """Of six: one without a result, one judged, and reviews of the others in every state."""
    bob, made = house.cast.bob.user_id, a_position(house)
    everybody = [invited_to(house, made) for _ in range(6)]
    states = [None, None, "draft", "seen", "handed in", "draft of another"]
    with house.write() as session:
        membership = select(Membership).where(Membership.user_id == bob)
        session.exec(membership).one().role = role
        for number, (one, state) in enumerate(zip(everybody, states, strict=True)):
            if number:
                _judge(session, house, one)
            if state:
                user_id = house.cast.alice.user_id if state == "draft of another" else bob
                session.add(_review(house, one, user_id, state))
    with house.read() as session:
        wanted = select(Assessment.id).where(hidden_rows(bob, role))
        by_condition = set(session.exec(wanted))
        by_rule = blinded(session, bob, everybody)

    assert by_condition == by_rule
    assert len(by_rule) == (3 if role is Role.REVIEWER else 1)


def _judge(session: Session, house: House, assessment_id: str) -> None:
    push = Submission(
        id=new_id("sub"), assessment_id=assessment_id, number=1, commit_sha="a" * 40,
        tree_sha="b" * 40, pushed_at=house.time,
    )  # fmt: skip
    result = Evaluation(
        id=new_id("evl"), submission_id=push.id, assessment_id=assessment_id, seed=2, turn=1,
        organisation_id=house.cast.organisation_id, lane=Lane.SEALED,
        state=EvaluationState.JUDGED, attempt=1, score=50.0, queued_at=house.time,
    )  # fmt: skip
    for row in (push, result):
        session.add(row)
        session.flush()
    session.get_one(Assessment, assessment_id).result_id = result.id


def _review(house: House, assessment_id: str, user_id: str, state: str) -> Review:
    return Review(
        id=new_id("rev"),
        assessment_id=assessment_id,
        user_id=user_id,
        created_at=house.time,
        handed_in_at=house.time if state == "handed in" else None,
        names_seen_at=house.time if state == "seen" else None,
    )


def test_weights_do_not_change_under_somebody_who_starts(house: House) -> None:
    position = a_position(house, factors={"latency": 1.5})
    erin = invited_to(house, position)
    with ThreadPoolExecutor(1) as threads:
        with house.write() as session:
            terms = replace(TERMS, factors={"latency": 2.0})
            challenge, by = house.package.challenge, alice_of(house)
            service.change_position(session, position.id, challenge, terms, house.time, actor=by)
            starting = threads.submit(house.start, erin)
            _, waiting = wait([starting], timeout=0.7)
        starting.result(timeout=30)

    assert waiting == {starting}, "who starts waits for who weighs differently"


def test_a_form_sent_twice_at_once_keeps_one_view(house: House, position: Position) -> None:
    alice = house.cast.alice.user_id

    def keep(order: Order) -> None:
        with house.write() as session:
            save_view(session, alice, position.id, "Mine", Wanted(order=order), house.time)

    with ThreadPoolExecutor(1) as threads:
        with house.write() as session:
            first = Wanted(order=Order.OLDEST)
            save_view(session, alice, position.id, "Mine", first, house.time)
            second = threads.submit(keep, Order.BEST)
            wait([second], timeout=0.5)
        second.result(timeout=30)
    with house.read() as session:
        assert [view.query for view in views_of(session, alice, position.id)] == ["order=best"]


def test_two_who_invite_at_once_give_no_number_twice(house: House) -> None:
    position = a_position(house)
    gate = threading.Barrier(8)

    def one(number: int) -> None:
        gate.wait(timeout=30)
        order = house.order(candidate_email=f"c{number}@example.com", position_id=position.id)
        for _ in range(3):
            with house.write() as session:
                assessments.invite(session, order, house.time)

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(one, number) for number in range(8)]:
            done.result(timeout=60)
    with house.read() as session:
        wanted = select(Assessment.number).where(Assessment.position_id == position.id)
        numbers = sorted(session.exec(wanted))

    assert numbers == list(range(1, 25))
