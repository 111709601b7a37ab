"""Where a score stands among all results of a challenge. Never mixes rubrics: one version each.

The percentile rank of a score is the share of results below it, those equal counted by half
(mid-rank: Crocker and Algina 1986, Introduction to Classical and Modern Test Theory, ch. 19), so
that the median has 50 whatever ties there are.
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import accumulate

from sqlmodel import Session, col, func, select

from assay.db.tables import Assessment

FEW = 6
"""Below, a percentile says nothing: the range of six is a 97 % interval of the median."""


@dataclass(frozen=True, slots=True)
class Rank:
    """A percentile rank 0..100 among `n` results; None if there are too few."""

    percentile: float | None
    n: int


class Pool:
    """The scores of all whole results under one version of a challenge."""

    def __init__(self, counts: Mapping[float, int]) -> None:
        """`counts`: score -> how many have it."""
        self._scores = sorted(counts)
        self._up_to = [0, *accumulate(counts[score] for score in self._scores)]

    @property
    def n(self) -> int:
        """How many results there are."""
        return self._up_to[-1]

    def rank(self, score: float) -> Rank:
        """Where a score stands, its own result among the others."""
        if self.n < FEW:
            return Rank(None, self.n)
        at = bisect_left(self._scores, score)
        below = self._up_to[at]
        is_there = at < len(self._scores) and self._scores[at] == score
        equal = self._up_to[at + 1] - below if is_there else 0
        return Rank(100 * (below + equal / 2) / self.n, self.n)


def pools(
    session: Session, organisation_id: str, editions: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Pool]:
    """Challenge and version -> its pool, in one organisation.

    Scores have one decimal, so a pool of ten thousand is read as a thousand rows.
    """
    return {each: _pool(session, organisation_id, *each) for each in set(editions)}


def _pool(session: Session, organisation_id: str, challenge: str, version: str) -> Pool:
    rows = session.exec(
        select(Assessment.score, func.count())
        .where(
            Assessment.organisation_id == organisation_id,
            Assessment.challenge == challenge,
            Assessment.result_version == version,
            col(Assessment.score).is_not(None),
        )
        .group_by(col(Assessment.score))
    ).all()
    return Pool({score: count for score, count in rows if score is not None})
