"""What the hiring team is written when the evaluation that counts is judged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, delete, select
from tests.fakes.evaluators import Studio, work_off
from tests.fakes.positions_full import a_position, seated
from tests.fakes.sittings import PUBLIC_URL, House, a_house

from assay.audit.ledger import SYSTEM
from assay.db.tables import Mail, Membership, User
from assay.domain.hiring import ReleasePolicy
from assay.features.assessments import removal
from assay.features.assessments import service as assessments


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def invited_by(house: House, user_id: str) -> str:
    """Id of an assessment that this user invited to, and that runs."""
    with house.write() as session:
        order = house.order(invited_by=user_id)
        made = assessments.invite(session, order, house.time)
    house.start(made.assessment_id)
    return made.assessment_id


def judged(house: House, sitting: str) -> None:
    house.push(sitting)
    house.finish(sitting)
    work_off(house, Studio())


def results(house: House) -> list[Mail]:
    with house.read() as session:
        wanted = select(Mail).where(col(Mail.subject).startswith("A result is ready"))
        return list(session.exec(wanted.order_by(Mail.recipient)))


def test_the_owner_and_whoever_invited_hear_of_a_result(house: House) -> None:
    sitting = invited_by(house, house.cast.bob.user_id)
    judged(house, sitting)
    alice, bob = results(house)

    assert [alice.recipient, bob.recipient] == ["alice@example.com", "bob@example.com"]
    assert f"{PUBLIC_URL}/hiring/assessments/{sitting}" in bob.body


def test_an_owner_who_invited_hears_of_it_once(house: House) -> None:
    judged(house, invited_by(house, house.cast.alice.user_id))

    assert [letter.recipient for letter in results(house)] == ["alice@example.com"]


def test_no_name_and_no_score_travels_by_mail(house: House) -> None:
    judged(house, invited_by(house, house.cast.alice.user_id))
    (letter,) = results(house)

    assert "Dana" not in letter.subject + letter.body
    assert "dana@" not in letter.body
    assert "100" not in letter.body.replace(letter.id, "")


def test_a_practice_result_is_the_candidates_alone(house: House) -> None:
    house.push(invited_by(house, house.cast.alice.user_id))
    work_off(house, Studio())

    assert results(house) == []


def test_who_has_left_the_company_hears_nothing(house: House) -> None:
    gone, disabled = (invited_by(house, u.user_id) for u in (house.cast.bob, house.cast.vera))
    with house.write() as session:
        session.exec(delete(Membership).where(col(Membership.user_id) == house.cast.bob.user_id))
        session.get_one(User, house.cast.vera.user_id).disabled_at = house.time
    judged(house, gone)
    judged(house, disabled)

    assert {letter.recipient for letter in results(house)} == {"alice@example.com"}


@pytest.mark.parametrize(
    ("release", "seen"),
    [
        (ReleasePolicy.BY_HAND, "when you release it there."),
        (ReleasePolicy.WITH_DECISION, "when it is decided"),
        (ReleasePolicy.AT_ONCE, "now, as their position promises."),
    ],
)
def test_it_says_when_the_candidate_sees_the_result(
    house: House, release: ReleasePolicy, seen: str
) -> None:
    sitting = invited_by(house, house.cast.alice.user_id)
    seated(house, sitting, a_position(house, release=release))
    judged(house, sitting)
    (letter,) = results(house)

    assert f"The candidate sees the result {seen}" in letter.body


def test_letters_go_with_the_assessment(house: House) -> None:
    sitting = invited_by(house, house.cast.alice.user_id)
    judged(house, sitting)
    with house.write() as session:
        removal.delete(session, house.jobs, sitting, house.repositories, house.time, actor=SYSTEM)

    assert results(house) == []
