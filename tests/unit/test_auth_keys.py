"""API keys."""

from datetime import timedelta

import pytest
from tests.fakes.accounts import NOW, Cast

from assay.auth.keys import (
    NOTED_EVERY,
    KeyOrder,
    NewKey,
    create_key,
    is_use_worth_noting,
    keys_of,
    note_use,
    revoke_key,
    whose_key,
)
from assay.auth.principal import Key, Nobody
from assay.db.session import Database
from assay.domain.errors import BadInput, NotFound
from assay.domain.permissions import Role

MOMENT = timedelta(seconds=1)


def new_key(database: Database, everybody: Cast, name: str = "pipeline") -> NewKey:
    alice = everybody.alice
    order = KeyOrder(alice.organisation_id, name, Role.REVIEWER, alice.user_id)
    with database.write() as session:
        return create_key(session, order, NOW)


def test_a_key_acts_in_its_organisation_with_its_role(database: Database, everybody: Cast) -> None:
    made = new_key(database, everybody)

    with database.read() as session:
        found = whose_key(session, made.token)
    assert found == Key(made.id, everybody.organisation_id, Role.REVIEWER)


def test_a_key_that_was_revoked_opens_nothing(database: Database, everybody: Cast) -> None:
    made, other = new_key(database, everybody), new_key(database, everybody)
    with database.write() as session:
        revoke_key(session, everybody.organisation_id, made.id, NOW)
        revoke_key(session, everybody.organisation_id, made.id, NOW + MOMENT)

    with database.read() as session:
        assert whose_key(session, made.token) == Nobody()
        assert whose_key(session, other.token) != Nobody()
        revoked = {key.id: key.revoked_at for key in keys_of(session, everybody.organisation_id)}
    assert revoked == {made.id: NOW, other.id: None}


def test_charlie_can_neither_see_nor_revoke_a_key_of_alice(
    database: Database, everybody: Cast
) -> None:
    made = new_key(database, everybody)

    with database.write() as session:
        assert keys_of(session, everybody.other_organisation_id) == []
        with pytest.raises(NotFound):
            revoke_key(session, everybody.other_organisation_id, made.id, NOW)
        assert whose_key(session, made.token) != Nobody()


@pytest.mark.parametrize("token", ["", "ask_guess"])
def test_a_guess_is_nobody(database: Database, token: str) -> None:
    with database.read() as session:
        assert whose_key(session, token) == Nobody()


def test_the_token_is_shown_once_and_stored_nowhere(database: Database, everybody: Cast) -> None:
    made = new_key(database, everybody)

    with database.read() as session:
        (stored,) = keys_of(session, everybody.organisation_id)
    assert made.token not in stored.model_dump_json()


def test_a_busy_key_is_noted_once_in_a_while(database: Database, everybody: Cast) -> None:
    made = new_key(database, everybody)
    noted = []
    for moment in (NOW, NOW + MOMENT, NOW + NOTED_EVERY):
        with database.write() as session:
            noted.append(is_use_worth_noting(session, made.id, moment))
            note_use(session, made.id, moment)

    with database.read() as session:
        (stored,) = keys_of(session, everybody.organisation_id)
    assert noted == [True, False, True]
    assert stored.last_used_at == NOW + NOTED_EVERY


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_key_without_a_usable_name_is_refused(
    database: Database, everybody: Cast, name: str
) -> None:
    with pytest.raises(BadInput, match="name the key"):
        new_key(database, everybody, name)
