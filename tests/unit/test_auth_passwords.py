"""Passwords."""

import time

import pytest

from assay.auth.passwords import hash_password, is_password
from assay.domain.errors import BadInput

GOOD = "correct horse battery"


def test_a_password_is_known_again_and_another_is_not() -> None:
    stored = hash_password(GOOD)

    assert stored.startswith("$argon2id$")
    assert is_password(stored, GOOD)
    assert not is_password(stored, GOOD + " ")


def test_equal_passwords_are_stored_differently() -> None:
    assert hash_password(GOOD) != hash_password(GOOD)


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 201])
def test_a_password_that_protects_nothing_is_refused(password: str) -> None:
    with pytest.raises(BadInput, match="12 to 200"):
        hash_password(password)


@pytest.mark.parametrize("password", ["of nobody at all", "", GOOD])
def test_nobody_gets_in_without_a_stored_password(password: str) -> None:
    assert not is_password(None, password)


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$v=19$broken"])
def test_what_is_no_hash_matches_nothing(stored: str) -> None:
    assert not is_password(stored, "plain")


def test_the_time_does_not_tell_whether_a_user_exists() -> None:
    stored = hash_password(GOOD)
    is_password(None, GOOD)  # the first call makes the hash of nobody

    def quickest(password_hash: str | None) -> float:
        return min(timed(password_hash) for _ in range(3))

    assert quickest(None) > quickest(stored) / 3


def timed(password_hash: str | None) -> float:
    began = time.perf_counter()
    is_password(password_hash, "a wrong password")
    return time.perf_counter() - began
