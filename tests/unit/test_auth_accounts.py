"""Organisations and the people in them."""

import pytest
from tests.fakes.accounts import NOW, Cast

from assay.auth.accounts import active_user, add_member, create_user, normal_email, owners_of
from assay.auth.passwords import is_password
from assay.db.session import Database
from assay.db.tables import User
from assay.domain.errors import BadInput, Conflict
from assay.domain.permissions import Role

PASSWORD = "a long enough one"


def test_an_address_has_one_account_however_it_is_written(
    database: Database, everybody: Cast
) -> None:
    with database.write() as session, pytest.raises(Conflict, match="has an account already"):
        create_user(session, "ALICE@example.com", "Alice", NOW)


def test_a_password_is_stored_as_its_hash(database: Database) -> None:
    with database.write() as session:
        made = create_user(session, "eve@example.com", "Eve", NOW, password=PASSWORD)

    assert "long enough" not in str(made.password_hash)
    assert is_password(made.password_hash, PASSWORD)


def test_nobody_is_a_member_twice(database: Database, everybody: Cast) -> None:
    bob = everybody.bob
    with database.write() as session, pytest.raises(Conflict, match="change the role"):
        add_member(session, bob.user_id, bob.organisation_id, Role.OWNER, NOW)


def test_only_owners_who_are_there_are_told(database: Database, everybody: Cast) -> None:
    with database.write() as session:
        user = create_user(session, "zoe@example.com", "Zoe", NOW)
        add_member(session, user.id, everybody.organisation_id, Role.OWNER, NOW)
        gone = create_user(session, "gone@example.com", "Gone", NOW)
        add_member(session, gone.id, everybody.organisation_id, Role.OWNER, NOW)
        gone.disabled_at = NOW

    with database.read() as session:
        told = [owner.email for owner in owners_of(session, everybody.organisation_id)]
    assert told == ["alice@example.com", "zoe@example.com"]


def test_a_disabled_user_cannot_be_found_to_sign_in(database: Database, everybody: Cast) -> None:
    with database.write() as session:
        user = session.get(User, everybody.bob.user_id)
        assert user is not None
        user.disabled_at = NOW

    with database.read() as session:
        assert active_user(session, "bob@example.com") is None
        assert active_user(session, " Alice@example.com") is not None


@pytest.mark.parametrize(
    "email",
    ["", "alice", "@example.com", "alice@", "a b@example.com", "a@b.com, c@d.com", "a\n@b.com",
     "a@b.com\nBcc: c@d.com", "<a@b.com>", "a" * 320 + "@b.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(BadInput, match="no e-mail address"):
        normal_email(email)


def test_an_address_is_stored_in_lower_case() -> None:
    assert normal_email(" Alice.O'Neil+jobs@Example.COM ") == "alice.o'neil+jobs@example.com"
