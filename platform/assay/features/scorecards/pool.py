"""The other results of the same challenge: where one score stands among them, and each area.

Only results that count, of the same organisation and the same version of the challenge, complete.
Files of at most `READ_MAX` are read, the latest; what was read once is remembered, for a result
never changes.

The percentile is that of lists (`positions.pool`): the share of the others below, those equal
counted by half.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from threading import Lock

from sqlalchemy import ColumnElement
from sqlmodel import Session, case, col, func, select

from assay.db.artifacts import get_artifact
from assay.db.tables import Assessment
from assay.domain.errors import AssayError
from assay.domain.evidence import RESULT_FILE
from assay.domain.scorecard import Interval

POOL_MIN = 6
"""The range of six already is a 97 % interval of the median: 1 - 2 * 0.5^6. Of fewer nothing is
said."""
READ_MAX = 200
REMEMBERED = 5000

Areas = Mapping[str, float]
"""Area -> share of its points that was earned, 0..1."""


@dataclass(frozen=True, slots=True)
class AreaPool:
    """One area in the pool, as shares 0..1: least, quartiles, most."""

    least: float
    lower: float
    middle: float
    upper: float
    most: float


@dataclass(frozen=True, slots=True)
class Pool:
    """The others.

    Attributes:
        count: How many others there are.
        percentile: Share of the others with less, in per cent, those with as much counted half;
            None if there are too few.
        span: The percentiles of both ends of its 95 % interval; None without one, too.
        scores: Totals of the others, of the latest.
        areas: Area -> how the others did; empty if there are too few.
    """

    count: int
    percentile: float | None
    span: tuple[float, float] | None
    scores: Sequence[float]
    areas: Mapping[str, AreaPool]

    @property
    def enough(self) -> bool:
        """Whether anything can be said."""
        return self.count >= POOL_MIN


NOBODY = Pool(0, None, None, (), {})


def pool_of(session: Session, assessment: Assessment, interval: Interval | None = None) -> Pool:
    """The others of an assessment whose result stands; nobody while it is partial.

    Args:
        session: The caller's.
        assessment: Whose result it is.
        interval: 95 % interval of its total, 0..100.
    """
    if not assessment.result_version or assessment.score is None:
        return NOBODY
    others = (
        Assessment.organisation_id == assessment.organisation_id,
        Assessment.challenge == assessment.challenge,
        Assessment.result_version == assessment.result_version,
        col(Assessment.score).is_not(None),
        Assessment.id != assessment.id,
    )
    count = session.exec(select(func.count()).select_from(Assessment).where(*others)).one()
    ends = interval if interval and count >= POOL_MIN else ()
    ranks = [_rank(session, others, one, count) for one in (assessment.score, *ends)]
    latest = session.exec(
        select(Assessment.result_id, Assessment.score)
        .where(*others)
        .order_by(col(Assessment.finished_at).desc(), col(Assessment.id))
        .limit(READ_MAX)
    ).all()
    return Pool(
        count=count,
        percentile=ranks[0] if count >= POOL_MIN else None,
        span=(ranks[1], ranks[2]) if ends else None,
        scores=[found for _, found in latest if found is not None],
        areas=_areas(session, [result_id for result_id, _ in latest if result_id]),
    )


def _rank(
    session: Session, others: Sequence[ColumnElement[bool] | bool], score: float, count: int
) -> float:
    """The share of so many others, in per cent, below a score; those equal counted by half."""
    halves = case((col(Assessment.score) < score, 2), (col(Assessment.score) == score, 1), else_=0)
    found = session.exec(select(func.sum(halves)).where(*others)).one() or 0
    return 100 * found / (2 * max(1, count))


def _areas(session: Session, evaluation_ids: Sequence[str]) -> dict[str, AreaPool]:
    shares: dict[str, list[float]] = {}
    for one in _read(session, evaluation_ids):
        for area, share in one.items():
            shares.setdefault(area, []).append(share)
    return {area: _summed_up(found) for area, found in shares.items() if len(found) >= POOL_MIN}


def _summed_up(found: Sequence[float]) -> AreaPool:
    lower, _, upper = quantiles(found, n=4, method="inclusive")
    return AreaPool(min(found), lower, median(found), upper, max(found))


def _read(session: Session, evaluation_ids: Sequence[str]) -> Iterable[Areas]:
    for evaluation_id in evaluation_ids:
        known = _memory.recall(evaluation_id)
        if known is None:
            known = _areas_of(session, evaluation_id)
            _memory.keep(evaluation_id, known)
        yield known


def _areas_of(session: Session, evaluation_id: str) -> Areas:
    """Of one stored result; nothing of one that cannot be read."""
    try:
        table = json.loads(get_artifact(session, evaluation_id, RESULT_FILE))
        return {one["id"]: one["points"] / one["max"] for one in table["areas"] if one["max"]}
    except (AssayError, ValueError, KeyError, TypeError):
        return {}


class _Memory:
    """The shares of the last `REMEMBERED` results that were read, for every thread."""

    def __init__(self) -> None:
        self._lock, self._known = Lock(), OrderedDict[str, Areas]()

    def recall(self, evaluation_id: str) -> Areas | None:
        with self._lock:
            return self._known.get(evaluation_id)

    def keep(self, evaluation_id: str, areas: Areas) -> None:
        with self._lock:
            self._known[evaluation_id] = areas
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


_memory = _Memory()
