"""How far recent rows are from the training rows, counted in rows and never in minutes.

PSI = sum over bins of (p - q) ln(p / q), as used in credit risk since Siddiqi (2006):
below 0.1 nothing happened, above 0.25 something did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10
WINDOW_ROWS = 500
SMOOTHING_ROWS = 0.5


@dataclass(frozen=True, slots=True)
class Profile:
    """The training data in bins: cut points and shares of each column, missing values last."""

    names: Sequence[str]
    edges: Sequence[np.ndarray]
    shares: Sequence[np.ndarray]


def profile_of(columns: np.ndarray, names: Sequence[str]) -> Profile:
    """Bin the training rows by their own quantiles."""
    edges = [_edges(column) for column in columns.T]
    shares = [_shares(column, cuts) for column, cuts in zip(columns.T, edges, strict=True)]
    return Profile(names, edges, shares)


def psi_by_column(profile: Profile, columns: np.ndarray) -> Mapping[str, float]:
    """The population stability index of each column against the profile."""
    recent = (_shares(column, cuts) for column, cuts in zip(columns.T, profile.edges, strict=True))
    return {
        name: float(np.sum((now - then) * np.log(now / then)))
        for name, now, then in zip(profile.names, recent, profile.shares, strict=True)
    }


class DriftWindow:
    """The last `WINDOW_ROWS` rows."""

    def __init__(self, profile: Profile, rows: int = WINDOW_ROWS) -> None:
        self._profile = profile
        self._recent = np.empty((rows, len(profile.names)))
        self._seen = 0

    def add(self, columns: np.ndarray) -> None:
        """Remember rows, forgetting the oldest."""
        size = len(self._recent)
        places = (self._seen + np.arange(len(columns))) % size
        self._recent[places] = columns
        self._seen += len(columns)

    def psi(self) -> Mapping[str, float]:
        """PSI by column; nothing until the window has been filled once."""
        if self._seen < len(self._recent):
            return {}
        return psi_by_column(self._profile, self._recent)


def _edges(column: np.ndarray) -> np.ndarray:
    known = column[~np.isnan(column)]
    values = np.unique(known)
    if len(values) <= BINS:
        return (values[1:] + values[:-1]) / 2
    return np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))


def _shares(column: np.ndarray, edges: np.ndarray) -> np.ndarray:
    missing = np.isnan(column)
    bins = np.where(missing, len(edges) + 1, np.searchsorted(edges, column, side="right"))
    counts = np.bincount(bins, minlength=len(edges) + 2) + SMOOTHING_ROWS
    return counts / counts.sum()
