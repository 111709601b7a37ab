"""Where a score stands among the other results of a challenge. One version each: rubrics differ.

The percentile of a score is the share of the *other* results below it, those equal counted by half,
so that the one in the middle has 50 whatever ties there are. The scorecard says the same.
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import accumulate

from sqlmodel import Session, col, func, select

from assay.db.tables import Assessment

FEW = 6
"""Of fewer others nothing is said: the range of six is a 97 % interval of the median."""


@dataclass(frozen=True, slots=True)
class Rank:
    """A percentile 0..100 among `n` others; None if they are too few."""

    percentile: float | None
    n: int


class Pool:
    """The scores of all whole results under one version of a challenge."""

    def __init__(self, counts: Mapping[float, int]) -> None:
        """`counts`: score -> how many have it."""
        self._scores = sorted(counts)
        self._up_to = [0, *accumulate(counts[score] for score in self._scores)]

    def rank(self, score: float) -> Rank:
        """Where a result with this score stands among the others. It is in the pool itself."""
        others = self._up_to[-1] - 1
        if others < FEW:
            return Rank(None, max(others, 0))
        at = bisect_left(self._scores, score)
        below = self._up_to[at]
        equal = self._up_to[at + 1] - below - 1
        return Rank(100 * (below + equal / 2) / others, others)


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
