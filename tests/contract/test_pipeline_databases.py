"""A pipeline is the same on SQLite and PostgreSQL, also while several people change it at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.positions import a_position, decided, invited_to, reviewed, scored
from tests.fakes.sittings import House, a_house

from assay.db.migrate import upgrade
from assay.db.session import Database
from assay.db.standing import unsettled
from assay.db.tables import Assessment, Position
from assay.domain.hiring import ReleasePolicy, Stage, Verdict
from assay.domain.lifecycle import AssessmentState
from assay.features.assessments import service as assessments
from assay.features.positions.pipeline import Place, page_of
from assay.features.positions.pool import pools
from assay.features.positions.releasing import due_for_release
from assay.features.positions.rows import candidates_of
from assay.features.positions.stages import counts_of
from assay.features.positions.wanted import Decided, Flagged, Order, Wanted

SCORES = (70.0, None, 40.0, 70.0, 90.0, None)
"""Of six candidates in the order in which they were invited."""


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/assay.db"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_url"))
    upgrade(url)
    made = a_house(tmp_path, database=Database(url))
    yield made
    made.database.dispose()


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
    assert pool.n == 4


def test_sweeps_find_the_same_everywhere(house: House, position: Position) -> None:
    first, *_ = ids(house, position)
    with house.read() as session:
        assert due_for_release(session) == []
        assert unsettled(session) == []
    decided(house, first)
    with house.read() as session:
        assert due_for_release(session) == [first]


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
