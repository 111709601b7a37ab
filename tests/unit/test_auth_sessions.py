"""Browsers that are let in."""

from datetime import timedelta

import pytest
from sqlmodel import select
from tests.fakes.accounts import NOW, Cast

from assay.auth.accounts import add_member, create_organisation
from assay.auth.principal import Member, Nobody
from assay.auth.sessions import (
    CANDIDATE_LASTS,
    MEMBER_LASTS,
    admit,
    forget_expired,
    sign_in,
    sign_out,
    whose_session,
)
from assay.db.session import Database
from assay.db.tables import LoginSession, User
from assay.domain.permissions import Role

MOMENT = timedelta(seconds=1)


def test_the_browser_of_a_member_acts_as_that_member(database: Database, everybody: Cast) -> None:
    with database.write() as session:
        tokens = {who: sign_in(session, who.user_id, NOW) for who in members(everybody)}

    with database.read() as session:
        assert all(whose_session(session, token, NOW) == who for who, token in tokens.items())


def members(everybody: Cast) -> list[Member]:
    return [everybody.alice, everybody.bob, everybody.vera, everybody.charlie]


def test_the_browser_of_a_candidate_opens_one_assessment(
    database: Database, everybody: Cast
) -> None:
    with database.write() as session:
        token = admit(session, everybody.dana.assessment_id, NOW)

    with database.read() as session:
        assert whose_session(session, token, NOW) == everybody.dana


@pytest.mark.parametrize("token", ["", "x", "a" * 43])
def test_a_token_that_nobody_was_given_is_nobodys(database: Database, token: str) -> None:
    with database.read() as session:
        assert whose_session(session, token, NOW) == Nobody()


def test_tokens_are_long_all_different_and_not_stored(database: Database, everybody: Cast) -> None:
    with database.write() as session:
        tokens = [sign_in(session, everybody.alice.user_id, NOW) for _ in range(50)]
    with database.read() as session:
        stored = set(session.exec(select(LoginSession.token_sha256)))

    assert len(set(tokens)) == len(stored) == 50
    assert min(map(len, tokens)) >= 43  # 256 bits
    assert not stored & set(tokens)


@pytest.mark.parametrize("kind", ["member", "candidate"])
def test_it_ends_at_its_time(database: Database, everybody: Cast, kind: str) -> None:
    with database.write() as session:
        if kind == "member":
            token, lasts = sign_in(session, everybody.alice.user_id, NOW), MEMBER_LASTS
        else:
            token, lasts = admit(session, everybody.dana.assessment_id, NOW), CANDIDATE_LASTS

    with database.read() as session:
        assert whose_session(session, token, NOW + lasts - MOMENT) != Nobody()
        assert whose_session(session, token, NOW + lasts) == Nobody()


def test_signing_out_ends_this_browser_only(database: Database, everybody: Cast) -> None:
    with database.write() as session:
        here, there = (sign_in(session, everybody.alice.user_id, NOW) for _ in range(2))
        sign_out(session, here)

    with database.read() as session:
        assert whose_session(session, here, NOW) == Nobody()
        assert whose_session(session, there, NOW) == everybody.alice


def test_a_disabled_user_is_nobody_at_once(database: Database, everybody: Cast) -> None:
    with database.write() as session:
        token = sign_in(session, everybody.bob.user_id, NOW)
        user = session.get(User, everybody.bob.user_id)
        assert user is not None
        user.disabled_at = NOW

    with database.read() as session:
        assert whose_session(session, token, NOW) == Nobody()


def test_a_user_of_two_companies_acts_in_the_first(database: Database, everybody: Cast) -> None:
    with database.write() as session:
        second = create_organisation(session, "Bob's own", NOW).id
        add_member(session, everybody.bob.user_id, second, Role.OWNER, NOW + MOMENT)
        token = sign_in(session, everybody.bob.user_id, NOW)

    with database.read() as session:
        assert whose_session(session, token, NOW) == everybody.bob


def test_only_sessions_that_are_over_are_forgotten(database: Database, everybody: Cast) -> None:
    with database.write() as session:
        sign_in(session, everybody.alice.user_id, NOW - MEMBER_LASTS)
        kept = sign_in(session, everybody.alice.user_id, NOW)
        assert forget_expired(session, NOW) == 1

    with database.read() as session:
        assert whose_session(session, kept, NOW) == everybody.alice
