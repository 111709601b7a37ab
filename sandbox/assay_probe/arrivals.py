"""When requests are meant to be sent and which rows they carry: all of it drawn beforehand.

Integers and a seed only, so that a schedule is the same on every machine and has a digest.
"""

import hashlib
import math
import zlib
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Schedule:
    """One window's arrivals.

    Attributes:
        intended_us: Microseconds after the window's origin, ascending.
        rows: Index of the row each request carries.
        fresh: A string of its own for each request.
        sha256: Digest of instants, row ids and strings.
    """

    intended_us: tuple[int, ...]
    rows: tuple[int, ...]
    fresh: tuple[str, ...]
    sha256: str


def poisson_us(rate_rps: float, duration_s: float, seed: int) -> tuple[int, ...]:
    """Arrivals of a Poisson process within [0, duration_s), in microseconds.

    Gaps are -ln(1 - U) / rate: independent, exponential, of mean 1 / rate.
    """
    rng = Random(f"{seed}/arrivals")  # noqa: S311  (a schedule, not a secret)
    end_us = duration_s * 1e6
    instants: list[int] = []
    at_us = 0.0
    while True:
        at_us -= math.log(1.0 - rng.random()) / rate_rps * 1e6
        if at_us >= end_us:
            return tuple(instants)
        instants.append(int(at_us))


def schedule(rate_rps: float, duration_s: float, seed: int, row_ids: list[str]) -> Schedule:
    """The whole window: same arguments, same requests at the same offsets."""
    intended_us = poisson_us(rate_rps, duration_s, seed)
    rng = Random(f"{seed}/rows")  # noqa: S311
    rows = tuple(rng.randrange(len(row_ids)) for _ in intended_us)
    fresh = tuple(fresh_string(seed, i) for i in range(len(intended_us)))
    digest = hashlib.sha256()
    for at_us, row, text in zip(intended_us, rows, fresh, strict=True):
        digest.update(f"{at_us} {row_ids[row]} {text}\n".encode())
    return Schedule(intended_us, rows, fresh, digest.hexdigest())


def fresh_string(seed: int, *names: int) -> str:
    """Sixteen letters that no other request of this seed carries, without visible order."""
    return hashlib.sha256(f"{seed}/{names}".encode()).hexdigest()[:16]


def own_string(row_id: str) -> str:
    """The string that stands for the fresh one where a row is asked once."""
    return fresh_string(zlib.crc32(row_id.encode()))


def nearest_rank(values: list[int], quantile: float) -> int:
    """The smallest value with at least `quantile` of all values at or below it; 0 of none."""
    if not values:
        return 0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(quantile * len(ordered)) - 1)]
