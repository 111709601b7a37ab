"""Names that nobody can guess and nobody misreads."""

import hashlib
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no i, l, o or u."""
ID_LENGTH = 16
TOKEN_LENGTH = 40


def new_id(kind: str) -> str:
    """An id such as "asm_4k2v9q..." with 80 bits of chance; `kind` has two to four letters."""
    return f"{kind}_{_random(ID_LENGTH)}"


def new_token(kind: str) -> str:
    """A secret such as "asg_..." with 200 bits of chance. Only `sha256_of` it is stored."""
    return f"{kind}_{_random(TOKEN_LENGTH)}"


def sha256_of(secret: str) -> str:
    """What is stored of a secret: 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
