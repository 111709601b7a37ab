"""Figures from samples: quantiles, ratios and their intervals. Pure; chance is an argument.

Latencies that queue are not independent, so every interval resamples whole windows ("blocks"),
never single requests: an interval over single requests covers the truth 39-85 % of the time
where it claims 95 %, one over blocks about 90 %. A request without an answer is an infinite
latency, and infinity is carried through, never dropped.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
"""Bootstrap repeats: the ends of a 95 % interval then move by about 1 % of its width."""

TAIL = 0.025
"""What a 95 % interval leaves out on each side."""

_CHUNK = 1_000_000
"""Weights held at a time, so that many requests do not need much memory."""

Block = Sequence[float]
SloVerdict = Literal["pass", "fail", "undecided"]


class Ratio(NamedTuple):
    """Submission over reference with its 95 % interval. May be infinite, never NaN."""

    value: float
    low: float
    high: float


def rank(count: int, quantile: float) -> int:
    """1-based rank of a quantile among `count` sorted values: ceil(quantile * count), exactly.

    The quantile counts as the decimal it is written as, so 0.07 of 100 is rank 7, not 8.
    """
    if not 0 <= quantile <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, not {quantile}")
    return max(1, math.ceil(Fraction(str(quantile)) * count))


def percentile(values: Sequence[float], quantile: float) -> float | None:
    """The value at the quantile's rank, one of those observed; None if there are none."""
    if len(values) == 0:
        return None
    return float(np.sort(np.asarray(values, dtype=float))[rank(len(values), quantile) - 1])


def quantile_interval(
    blocks: Sequence[Block], quantile: float, rng: np.random.Generator
) -> tuple[float, float]:
    """95 % interval of a quantile of all values, by resampling whole blocks.

    Args:
        blocks: One sequence of values per window; at least one must not be empty.
        quantile: 0..1.
        rng: Seeded; the same seed gives the same interval.

    Raises:
        ValueError: there is no value at all.
    """
    filled = [block for block in blocks if len(block)]
    draws = _draw_counts(len(filled), rng)
    return _central(_Pool(filled).quantiles(draws, quantile))


def paired_ratio(
    reference_blocks: Sequence[Block],
    submission_blocks: Sequence[Block],
    quantile: float,
    rng: np.random.Generator,
) -> Ratio:
    """Quantile of all the submission's values over that of the reference's.

    Block k of both saw the same arrivals, so a resample draws the pair.

    Raises:
        ValueError: the blocks are not paired, a block is empty, or the reference's quantile
            is zero.
    """
    if len(reference_blocks) != len(submission_blocks):
        raise ValueError("paired_ratio needs as many submission blocks as reference blocks")
    if not all(len(block) for block in (*reference_blocks, *submission_blocks)):
        raise ValueError("paired_ratio needs values in every block; leave empty pairs out")
    reference, submission = _Pool(reference_blocks), _Pool(submission_blocks)
    draws = _draw_counts(len(reference_blocks), rng)
    observed = np.ones((1, len(reference_blocks)), dtype=np.int64)
    value = _divide(
        submission.quantiles(observed, quantile), reference.quantiles(observed, quantile)
    )
    ratios = _divide(submission.quantiles(draws, quantile), reference.quantiles(draws, quantile))
    return Ratio(float(value[0]), *_central(ratios))


def median_ratio(pairs: Sequence[tuple[float, float]], rng: np.random.Generator) -> Ratio:
    """Median over pairs of (reference, submission) of submission / reference.

    Raises:
        ValueError: there are no pairs, or a reference figure is zero.
    """
    if not pairs:
        raise ValueError("median_ratio needs at least one pair")
    figures = np.asarray(pairs, dtype=float)
    ratios = _divide(figures[:, 1], figures[:, 0])
    drawn = ratios[rng.integers(0, len(ratios), size=(RESAMPLES, len(ratios)))]
    return Ratio(float(np.median(ratios)), *_central(np.median(drawn, axis=1)))


def slo_verdict(within: int, total: int, quantile: float, confidence: float) -> SloVerdict:
    """Whether counts prove that at least `quantile` of all requests meet the objective.

    The early-stopping rule of MLPerf inference: "pass" if so few misses would be this rare
    at the very edge of the objective, "fail" if so many would be, else "undecided".

    Args:
        within: Requests that met the objective.
        total: All requests, failed ones included.
        quantile: Share that must meet it, e.g. 0.95.
        confidence: E.g. 0.95.
    """
    if not 0 <= within <= total:
        raise ValueError(f"{within} of {total} requests cannot have met the objective")
    if not 0 < quantile < 1:
        raise ValueError(f"an objective's quantile lies strictly between 0 and 1, not {quantile}")
    misses, doubt = total - within, 1 - confidence
    if total and _at_most(misses, total, 1 - quantile) <= doubt:
        return "pass"
    if total and _at_most(within, total, quantile) <= doubt:
        return "fail"
    return "undecided"


def roc_auc(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Chance that a positive outscores a negative, ties counting half (Mann-Whitney).

    None if one of the two classes is absent.
    """
    if len(labels) != len(scores):
        raise ValueError("roc_auc needs one score per label")
    positive = np.asarray(labels) == 1
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return None
    below = float(_middle_ranks(np.asarray(scores, dtype=float))[positive].sum())
    return (below - positives * (positives + 1) / 2) / (positives * negatives)


def slope(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Least-squares slope of ys over xs; None if fewer than two different xs."""
    if len(xs) != len(ys):
        raise ValueError("slope needs one y per x")
    if len(set(xs)) < 2:
        return None
    x, y = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
    dx = x - x.mean()
    return float(dx @ (y - y.mean()) / (dx @ dx))


class _Pool:
    """All values of some blocks, sorted once, so that a resample is only a weighting."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        if not blocks:
            raise ValueError("there are no values to take a quantile of")
        values = np.concatenate([np.asarray(block, dtype=float) for block in blocks])
        self._sizes = np.asarray([len(block) for block in blocks])
        order = np.argsort(values, kind="stable")
        self._values = values[order]
        self._block = np.repeat(np.arange(len(blocks)), self._sizes)[order]

    def quantiles(self, draws: NDArray[np.int64], quantile: float) -> NDArray[np.float64]:
        """The quantile under each row of draws (how often each block was drawn)."""
        rows = max(1, _CHUNK // len(self._values))
        parts = [draws[at : at + rows] for at in range(0, len(draws), rows)]
        return np.concatenate([self._quantiles(part, quantile) for part in parts])

    def _quantiles(self, draws: NDArray[np.int64], quantile: float) -> NDArray[np.float64]:
        upto = np.cumsum(draws[:, self._block], axis=1)
        ranks = {int(total): rank(int(total), quantile) for total in set(upto[:, -1])}
        wanted = np.asarray([ranks[int(total)] for total in upto[:, -1]])
        at_rank: NDArray[np.float64] = self._values[(upto < wanted[:, None]).sum(axis=1)]
        return at_rank


def _draw_counts(blocks: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if not blocks:
        raise ValueError("there are no values to take a quantile of")
    return rng.multinomial(blocks, [1 / blocks] * blocks, size=RESAMPLES)


def _central(values: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 % by rank, because infinities cannot be interpolated."""
    ordered = np.sort(values)
    return (
        float(ordered[rank(len(ordered), TAIL) - 1]),
        float(ordered[rank(len(ordered), 1 - TAIL) - 1]),
    )


def _divide(over: NDArray[np.float64], under: NDArray[np.float64]) -> NDArray[np.float64]:
    """Element-wise quotient; two infinities (both unanswered) are alike, so 1."""
    if (under == 0).any():
        raise ValueError("the reference's figure is zero; there is no ratio to it")
    both = np.isinf(over) & np.isinf(under)
    return np.where(both, 1.0, np.where(both, 1.0, over) / np.where(both, 1.0, under))


def _at_most(count: int, total: int, chance: float) -> float:
    """P(X <= count) for X binomial(total, chance), summed from its smaller side."""
    if count < total * chance:
        return math.fsum(_mass(k, total, chance) for k in range(count + 1))
    return 1 - math.fsum(_mass(k, total, chance) for k in range(count + 1, total + 1))


def _mass(count: int, total: int, chance: float) -> float:
    ways = math.lgamma(total + 1) - math.lgamma(count + 1) - math.lgamma(total - count + 1)
    return math.exp(ways + count * math.log(chance) + (total - count) * math.log1p(-chance))


def _middle_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """1-based ranks; equal values share the mean of theirs."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    return np.asarray((last - (sizes - 1) / 2)[group], dtype=float)
