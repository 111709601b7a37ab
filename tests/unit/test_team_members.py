"""Who is on a team: they join, become something else, and leave; an owner always stays."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session
from tests.fakes.accounts import NOW, Cast

from assay.auth import members
from assay.auth.members import Newcomer
from assay.auth.principal import Member, Nobody
from assay.auth.sessions import sign_in, whose_session
from assay.db.session import Database
from assay.db.tables import User
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.permissions import Role

LATER = NOW + timedelta(days=1)
EVE = Newcomer("Eve@Example.com", "Eve", Role.REVIEWER)


def roles(session: Session, organisation_id: str) -> dict[str, Role]:
    return {one.title: one.role for one in members.members_of(session, organisation_id)}


def test_whoever_joins_is_on_the_list_and_gets_in(database: Database, everybody: Cast) -> None:
    ours = everybody.organisation_id
    with database.write() as session:
        eve = members.join(session, ours, EVE, LATER)
        token = sign_in(session, eve.id, LATER)
        session.flush()

        assert roles(session, ours)["Eve"] is Role.REVIEWER
        assert whose_session(session, token, LATER) == Member(eve.id, ours, Role.REVIEWER)


@pytest.mark.parametrize("who", ["bob@example.com", " BOB@example.com"])
def test_nobody_joins_twice(database: Database, everybody: Cast, who: str) -> None:
    wish = Newcomer(who, "", Role.OWNER)

    with database.write() as session, pytest.raises(Conflict, match="on the team already"):
        members.join(session, everybody.organisation_id, wish, NOW)


def test_who_is_of_another_company_is_not_taken_over(database: Database, everybody: Cast) -> None:
    wish = Newcomer("charlie@example.com", "", Role.OWNER)

    with database.write() as session, pytest.raises(Conflict, match="another company"):
        members.join(session, everybody.organisation_id, wish, NOW)


@pytest.mark.parametrize("email", ["eve at home", ""])
def test_what_is_no_address_joins_nothing(database: Database, everybody: Cast, email: str) -> None:
    with database.write() as session, pytest.raises(BadInput, match="is no e-mail address"):
        members.join(session, everybody.organisation_id, Newcomer(email, "", Role.VIEWER), NOW)


def test_a_new_role_holds_at_once_in_browsers_that_are_open(
    database: Database, everybody: Cast
) -> None:
    bob, ours = everybody.bob, everybody.organisation_id
    with database.write() as session:
        token = sign_in(session, bob.user_id, NOW)
        was = members.change_role(session, ours, bob.user_id, Role.OWNER)

        assert was is Role.REVIEWER
        assert whose_session(session, token, NOW) == Member(bob.user_id, ours, Role.OWNER)


def test_whoever_leaves_is_out_of_every_browser(database: Database, everybody: Cast) -> None:
    bob, ours = everybody.bob, everybody.organisation_id
    with database.write() as session:
        token = sign_in(session, bob.user_id, NOW)
        members.leave(session, ours, bob.user_id)

        assert whose_session(session, token, NOW) == Nobody()
        assert "Bob" not in roles(session, ours)


def test_who_has_left_can_come_back_as_the_same_person(database: Database, everybody: Cast) -> None:
    bob, ours = everybody.bob, everybody.organisation_id
    with database.write() as session:
        members.leave(session, ours, bob.user_id)
        again = members.join(session, ours, Newcomer("bob@example.com", "", Role.VIEWER), LATER)

    assert again.id == bob.user_id


def demote(session: Session, organisation_id: str, user_id: str) -> Role:
    return members.change_role(session, organisation_id, user_id, Role.VIEWER)


DEEDS = pytest.mark.parametrize("deed", [members.leave, demote])


@DEEDS
def test_the_last_owner_stays_one(
    database: Database, everybody: Cast, deed: Callable[[Session, str, str], Role]
) -> None:
    alice, ours = everybody.alice, everybody.organisation_id
    with database.write() as session, pytest.raises(Conflict, match="needs an owner"):
        deed(session, ours, alice.user_id)


@DEEDS
def test_an_owner_whose_account_is_switched_off_is_no_other_owner(
    database: Database, everybody: Cast, deed: Callable[[Session, str, str], Role]
) -> None:
    alice, bob, ours = everybody.alice, everybody.bob, everybody.organisation_id
    with database.write() as session:
        members.change_role(session, ours, bob.user_id, Role.OWNER)
        session.get_one(User, bob.user_id).disabled_at = NOW
    with database.write() as session, pytest.raises(Conflict, match="needs an owner"):
        deed(session, ours, alice.user_id)
    with database.write() as session:
        deed(session, ours, bob.user_id)

        assert roles(session, ours)["Alice"] is Role.OWNER


def test_one_of_two_owners_may_go(database: Database, everybody: Cast) -> None:
    ours = everybody.organisation_id
    with database.write() as session:
        members.change_role(session, ours, everybody.bob.user_id, Role.OWNER)
        members.leave(session, ours, everybody.alice.user_id)

        assert roles(session, ours)["Bob"] is Role.OWNER


@DEEDS
def test_nobody_of_another_team_is_touched(
    database: Database, everybody: Cast, deed: Callable[[Session, str, str], Role]
) -> None:
    theirs, bob = everybody.other_organisation_id, everybody.bob.user_id
    with database.write() as session, pytest.raises(NotFound, match="on your team"):
        deed(session, theirs, bob)


@pytest.mark.parametrize("name", ["", "x" * 201])
def test_a_company_has_a_name(database: Database, everybody: Cast, name: str) -> None:
    with database.write() as session, pytest.raises(BadInput, match="1 to 200"):
        members.rename(session, everybody.organisation_id, name)
