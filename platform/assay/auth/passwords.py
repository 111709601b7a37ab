"""Passwords: argon2id, and no answer that tells whether a user exists."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assay.domain.errors import BadInput

SHORTEST, LONGEST = 12, 200
"""Length is what protects; argon2 is asked to hash no novel."""


def hash_password(password: str) -> str:
    """What is stored of a password. Takes some 50 ms: do it in no transaction that writes.

    Raises:
        BadInput: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(f"choose a password of {SHORTEST} to {LONGEST} characters")
    return _hasher().hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether this is the password.

    Takes as long for a user that does not exist or has none (`None`): the time tells nothing.
    """
    if len(password) > LONGEST:
        return False
    try:
        _hasher().verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _hasher() -> PasswordHasher:
    """With the parameters of RFC 9106 for little memory."""
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("of nobody at all")
