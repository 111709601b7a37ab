"""Seeds from seeds: one number given by a person decides everything that is drawn."""

import hashlib


def derived_seed(seed: int, *names: object) -> int:
    """A seed of its own for each named purpose, the same on every machine.

    Args:
        seed: The evaluation's seed.
        names: What it is for, such as `("load", 3)`.

    Returns:
        0 <= seed < 2**31, so that every generator accepts it.
    """
    text = "/".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
