"""The results of a position as the fairness page compares them: by variant, by host, by hour.

Scores are those of the challenge, without weights. Only complete results under one version of it
are compared: another version may have another rubric, and its variants are other starters.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from assay.db.tables import (
    Assessment,
    CandidateGroup,
    Decision,
    Evaluation,
    OutcomeCount,
    Position,
    Worker,
)
from assay.domain.fairness import Comparison, Impact, Selected, compare, impacts
from assay.domain.hiring import FINAL, Verdict
from assay.kit.chance import derived_seed

HOURS_OF_DAY = 6
"""Hours of one part of the day: more parts would leave too few people in each."""
UNKNOWN_HOST = "unknown"


@dataclass(frozen=True, slots=True)
class Judged:
    """One result that counts.

    Attributes:
        version: Of the challenge; "" if the result is not complete.
        host, begun_at: None of those who were deleted.
    """

    assessment_id: str | None
    score: float
    variant: int
    version: str
    host: str | None = None
    begun_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dimension:
    """Adverse-impact ratios by one thing the company says about its candidates.

    Attributes:
        known: Candidates of whom it is known, and about whom was decided.
        unknown: Candidates about whom was decided, and of whom it is not.
    """

    name: str
    known: int
    unknown: int
    impacts: Sequence[Impact]


@dataclass(frozen=True, slots=True)
class Fairness:
    """What the page shows.

    Attributes:
        results: How many are compared: complete, and under `version`, which most of them have.
        deleted: How many of these are of candidates who were deleted since.
        partial: How many are left out because they are not complete.
        others: How many are left out because they are under other versions.
        by_variant, by_host, by_hour: Scores compared. Of who was deleted only the variant is known.
        dimensions: Empty if the company uploaded no groups.
    """

    results: int
    deleted: int
    version: str
    partial: int
    others: int
    by_variant: Comparison
    by_host: Comparison
    by_hour: Comparison
    dimensions: Sequence[Dimension]


def fairness_of(session: Session, position: Position) -> Fairness:
    """Compare the results of a position. The same data give the same answer."""
    found = [*_judged(session, position.id), *_deleted(session, position.id)]
    whole = [one for one in found if one.version]
    version = _usual(whole)
    alike = [one for one in whole if one.version == version]
    here = [one for one in alike if one.assessment_id]
    rng = np.random.default_rng(derived_seed(0, "fairness", position.id))
    return Fairness(
        results=len(alike),
        deleted=len(alike) - len(here),
        version=version,
        partial=len(found) - len(whole),
        others=len(whole) - len(alike),
        by_variant=compare(_by(alike, _variant), rng),
        by_host=compare(_by(here, _host), rng),
        by_hour=compare(_by(here, _part_of_day), rng),
        dimensions=_dimensions(session, position.id),
    )


def _usual(whole: Sequence[Judged]) -> str:
    """The version that most results have; "" if there is none."""
    counts = Counter(one.version for one in whole)
    return max(counts, key=lambda version: (counts[version], version), default="")


def _judged(session: Session, position_id: str) -> list[Judged]:
    """The results that count (`db.standing`) of those who are still here."""
    found = session.execute(
        columns(
            col(Assessment.id),
            col(Assessment.score),
            col(Assessment.variant),
            col(Assessment.result_version),
            col(Evaluation.worker_id),
            col(Evaluation.started_at),
        )
        .join(Evaluation, col(Evaluation.id) == col(Assessment.result_id))
        .where(col(Assessment.position_id) == position_id)
    )
    hosts = dict(session.exec(select(Worker.id, Worker.host)).all())
    return [
        Judged(name, score, variant, version, hosts.get(worker_id or "", UNKNOWN_HOST), begun_at)
        for name, score, variant, version, worker_id, begun_at in found
        if score is not None
    ]


def _deleted(session: Session, position_id: str) -> list[Judged]:
    wanted = select(OutcomeCount.score, OutcomeCount.variant, OutcomeCount.challenge_version)
    found = session.exec(wanted.where(OutcomeCount.position_id == position_id))
    return [
        Judged(None, score, variant, version)
        for score, variant, version in found
        if score is not None
    ]


def _by(results: Iterable[Judged], name: Callable[[Judged], str]) -> dict[str, list[float]]:
    groups: dict[str, list[float]] = defaultdict(list)
    for one in results:
        groups[name(one)].append(one.score)
    return groups


def _dimensions(session: Session, position_id: str) -> list[Dimension]:
    """Of those about whom was decided: who goes on is selected."""
    verdicts = _verdicts(session, position_id)
    rows = session.exec(
        select(CandidateGroup.dimension, CandidateGroup.assessment_id, CandidateGroup.value)
        .join(Assessment, col(Assessment.id) == col(CandidateGroup.assessment_id))
        .where(Assessment.position_id == position_id)
    ).all()
    by_dimension: dict[str, dict[str, str]] = defaultdict(dict)
    for dimension, assessment_id, value in rows:
        by_dimension[dimension][assessment_id] = value
    return [_dimension(name, by_dimension[name], verdicts) for name in sorted(by_dimension)]


def _dimension(name: str, values: Mapping[str, str], verdicts: Mapping[str, Verdict]) -> Dimension:
    decided = {one: verdict for one, verdict in verdicts.items() if one in values}
    totals = Counter(values[one] for one in decided)
    chosen = Counter(values[o] for o, verdict in decided.items() if verdict is Verdict.ADVANCE)
    counts = [Selected(group, chosen[group], total) for group, total in totals.items()]
    return Dimension(name, len(decided), len(verdicts) - len(decided), impacts(counts))


def _verdicts(session: Session, position_id: str) -> dict[str, Verdict]:
    """Assessment -> what was decided last. "Hold" is no decision yet."""
    found = session.exec(
        select(Decision.assessment_id, Decision.verdict)
        .join(Assessment, col(Assessment.id) == col(Decision.assessment_id))
        .where(Assessment.position_id == position_id)
        .order_by(col(Decision.id))
    ).all()
    last = {one: Verdict(verdict) for one, verdict in found}
    return {one: verdict for one, verdict in last.items() if verdict in FINAL}


def _variant(one: Judged) -> str:
    return f"variant {one.variant}"


def _host(one: Judged) -> str:
    return one.host or UNKNOWN_HOST


def _part_of_day(one: Judged) -> str:
    """As in "12 to 18 h UTC"."""
    if one.begun_at is None:
        return "unknown"
    begin = one.begun_at.hour // HOURS_OF_DAY * HOURS_OF_DAY
    return f"{begin:02d} to {begin + HOURS_OF_DAY:02d} h UTC"
