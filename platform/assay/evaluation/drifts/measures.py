"""How far one column is from another: PSI, KS and Wasserstein. Pure.

A column is a list of values with None where one is missing. What stands among numbers and is
none (a text with a decimal comma) counts as missing.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.drifts.bodies import Column, is_number

BINS = 10
HALF_ROW = 0.5
"""Added to the count of every bin, so that an empty one is rare and not impossible."""

Numbers = NDArray[np.float64]


def is_numeric(clean: Column) -> bool:
    """Whether a clean column holds numbers: some, and nothing else."""
    values = [value for value in clean if value is not None]
    return bool(values) and all(map(is_number, values))


def psi(clean: Column, drifted: Column) -> float:
    """Population stability index: sum over bins of (q - p) ln(q / p).

    Siddiqi, "Credit Risk Scorecards" (2006). Numbers are binned by the deciles of the clean
    column, or by value if it has no more than ten; everything else by value; missing values
    have a bin of their own. Under no drift it is about (1/n + 1/m) chi2(bins - 1).
    """
    p, q = _numeric_shares(clean, drifted) if is_numeric(clean) else _shares(clean, drifted)
    return float(np.sum((q - p) * np.log(q / p)))


def ks(clean: Column, drifted: Column) -> float | None:
    """Kolmogorov-Smirnov: the largest distance of the two distribution functions, 0..1.

    Of the numbers that are known; None if a column has none.
    """
    gaps = _gaps(_known(clean), _known(drifted))
    return None if gaps is None else float(gaps[1].max())


def wasserstein(clean: Column, drifted: Column) -> float | None:
    """Wasserstein-1 distance in standard deviations of the clean column.

    In one dimension it is the area between the distribution functions (Vallender 1974). Of the
    numbers that are known; None if a column has none, or the clean one always the same.
    """
    gaps = _gaps(_known(clean), _known(drifted))
    spread = float(np.std(_known(clean))) if gaps is not None else 0.0
    if gaps is None or spread == 0:
        return None
    at, distance = gaps
    return float(np.sum(distance[:-1] * np.diff(at))) / spread


def _gaps(clean: Numbers, drifted: Numbers) -> tuple[Numbers, Numbers] | None:
    """Every value seen, and how far apart the distribution functions are from there on."""
    if not len(clean) or not len(drifted):
        return None
    at = np.union1d(clean, drifted)
    return at, np.abs(_cumulated(clean, at) - _cumulated(drifted, at))


def _cumulated(values: Numbers, at: Numbers) -> Numbers:
    shares: Numbers = np.searchsorted(np.sort(values), at, side="right") / len(values)
    return shares


def _known(values: Column) -> Numbers:
    return np.array([value for value in values if is_number(value)], dtype=float)


def _numeric_shares(clean: Column, drifted: Column) -> tuple[Numbers, Numbers]:
    cuts = _cuts(_known(clean))
    p, q = (_smoothed(_binned(values, cuts)) for values in (clean, drifted))
    return p, q


def _cuts(values: Numbers) -> Numbers:
    """Upper ends of all bins but the last."""
    distinct = np.unique(values)
    if len(distinct) <= BINS:
        return distinct[:-1]
    return np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))


def _binned(values: Column, cuts: Numbers) -> Numbers:
    """Count of each bin; the last is of the missing."""
    found = _known(values)
    counts = np.bincount(np.searchsorted(cuts, found, side="left"), minlength=len(cuts) + 1)
    return np.append(counts, len(values) - len(found)).astype(float)


def _shares(clean: Column, drifted: Column) -> tuple[Numbers, Numbers]:
    before, after = Counter(map(_key, clean)), Counter(map(_key, drifted))
    keys = sorted(before.keys() | after.keys())
    p, q = (_smoothed(np.array([c[key] for key in keys], float)) for c in (before, after))
    return p, q


def _key(value: object) -> str:
    """One name per value, so that true, 1 and "1" are three and None is a category."""
    return f"{type(value).__name__} {value}"


def _smoothed(counts: Numbers) -> Numbers:
    shares: Numbers = (counts + HALF_ROW) / np.sum(counts + HALF_ROW)
    return shares
