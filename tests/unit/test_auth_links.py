"""Links that sign somebody in."""

from datetime import timedelta

import pytest
from sqlmodel import select
from tests.fakes.accounts import NOW, Cast

from assay.auth.links import LASTS, follow_link, forget_old_links, is_open, new_link
from assay.db.session import Database
from assay.db.tables import MagicLink, User
from assay.domain.errors import NotFound

MOMENT = timedelta(seconds=1)


def link_for(database: Database, email: str) -> str:
    with database.write() as session:
        token = new_link(session, email, NOW)
        assert token is not None
        return token


def follow(database: Database, token: str, *, after: timedelta = MOMENT) -> str:
    with database.write() as session:
        return follow_link(session, token, NOW + after).id


def test_a_link_signs_its_owner_in_however_the_address_was_typed(
    database: Database, everybody: Cast
) -> None:
    token = link_for(database, " Alice@Example.com ")

    assert follow(database, token) == everybody.alice.user_id


def test_a_link_works_once(database: Database, everybody: Cast) -> None:
    token = link_for(database, "alice@example.com")
    follow(database, token)

    with pytest.raises(NotFound, match="ask for a new one"):
        follow(database, token)


def test_looking_at_a_link_does_not_spend_it(database: Database, everybody: Cast) -> None:
    token = link_for(database, "alice@example.com")
    with database.read() as session:
        assert is_open(session, token, NOW)
        assert is_open(session, token, NOW)

    follow(database, token)

    with database.read() as session:
        assert not is_open(session, token, NOW)


def test_a_link_is_soon_too_old(database: Database, everybody: Cast) -> None:
    token = link_for(database, "alice@example.com")
    with database.read() as session:
        assert not is_open(session, token, NOW + LASTS)

    with pytest.raises(NotFound):
        follow(database, token, after=LASTS)

    assert follow(database, token, after=LASTS - MOMENT) == everybody.alice.user_id


def test_nobody_gets_a_link_who_has_no_account(database: Database, everybody: Cast) -> None:
    with database.write() as session:
        assert new_link(session, "mallory@example.com", NOW) is None


def test_a_user_who_was_disabled_meanwhile_is_not_let_in(
    database: Database, everybody: Cast
) -> None:
    token = link_for(database, "bob@example.com")
    with database.write() as session:
        user = session.get(User, everybody.bob.user_id)
        assert user is not None
        user.disabled_at = NOW

    with pytest.raises(NotFound):
        follow(database, token)
    with database.write() as session:
        assert new_link(session, "bob@example.com", NOW) is None


@pytest.mark.parametrize("token", ["", "asl_guess"])
def test_a_guess_opens_nothing(database: Database, token: str) -> None:
    with pytest.raises(NotFound):
        follow(database, token)


def test_the_token_is_not_stored(database: Database, everybody: Cast) -> None:
    token = link_for(database, "alice@example.com")
    with database.read() as session:
        stored = session.exec(select(MagicLink.token_sha256)).one()

    assert token not in stored


def test_old_links_are_forgotten(database: Database, everybody: Cast) -> None:
    link_for(database, "alice@example.com")
    with database.write() as session:
        assert forget_old_links(session, NOW) == 0
        assert forget_old_links(session, NOW + LASTS) == 1
