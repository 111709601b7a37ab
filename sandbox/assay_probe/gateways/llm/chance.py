"""Chance that is none: the same words give the same share, on every machine."""

import hashlib
import math
from statistics import NormalDist

_NORMAL = NormalDist()
_EDGE = 1e-6


def digest(*what: object) -> str:
    """Sixteen hexadecimal digits that stand for these values."""
    text = "\x1f".join(map(str, what)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def share(*what: object) -> float:
    """A number in [0, 1), evenly spread over all values."""
    return int(digest(*what), 16) / 2**64


def lognormal(median: float, spread: float, *what: object) -> float:
    """A number whose logarithm is normal with standard deviation `spread`."""
    quantile = min(max(share(*what), _EDGE), 1 - _EDGE)
    return median * math.exp(spread * _NORMAL.inv_cdf(quantile))
